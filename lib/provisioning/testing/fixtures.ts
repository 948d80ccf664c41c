import { expect } from "vitest";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import type { Actor } from "@/lib/workspace/actor";
import { addDomain, trustDomain } from "@/lib/workspace/domains/domains";
import { createWorkspace } from "@/lib/workspace/workspaces/workspaces";
import { routeAdapter, type ScimClient } from "./adapters";

// Fixtures for tests of provisioning: a workspace with a verified domain, and a client with a token for it.

type Body = Record<string, unknown>;

export type TestWorkspace = {
  id: string;
  slug: string;
  /** `slug.test`, verified. */
  domain: string;
  /** The operator, who may do everything an admin may. */
  operator: Actor;
  token: { id: string; secret: string };
  scim: ScimClient;
};

let opened = 0;

/** Creates a workspace for one test, with its first admin `admin@<domain>`. */
export async function openWorkspace(prefix = "w"): Promise<TestWorkspace> {
  const slug = `${prefix}${++opened}`;
  const domain = `${slug}.test`;
  const admin = { adminEmail: `admin@${domain}`, firstName: "Ada", lastName: "Admin" };
  const { id } = await createWorkspace({ name: slug, slug, ...admin }, "Test");
  const operator: Actor = { workspaceId: id, kind: "operator", id: null, name: "Test" };
  await addDomain(operator, domain);
  await trustDomain(operator, domain);
  const scopes = ["user_management:read-write"];
  const made = await createAccessToken(operator, { name: "IdP", scopes, expiresAt: null, connection: null });
  const token = { id: made.token.id, secret: made.secret };
  return { id, slug, domain, operator, token, scim: routeAdapter(token.secret) };
}

/** The body of a POST to /Users. */
export function userBody(userName: string, more: Body = {}): Body {
  return { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName, ...more };
}

const message = (name: string) => `urn:ietf:params:scim:api:messages:2.0:${name}`;

/** Matches a User's ETag of this version: a digest of the groups follows the hyphen (D-70). */
export function versionIs(version: number): unknown {
  return expect.stringMatching(new RegExp(`^W/"${version}-[0-9a-f]{16}1?"$`));
}

/** The body of a PATCH. */
export function patchBody(...operations: Body[]): Body {
  return { schemas: [message("PatchOp")], Operations: operations };
}

/** The body of a POST to /Bulk. */
export function bulkBody(operations: unknown[], more: Body = {}): Body {
  return { schemas: [message("BulkRequest")], Operations: operations, ...more };
}

/** The body of a POST to …/.search. */
export function searchBody(more: Body = {}): Body {
  return { schemas: [message("SearchRequest")], ...more };
}
