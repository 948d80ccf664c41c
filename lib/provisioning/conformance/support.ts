import { request as httpRequest } from "node:http";
import { expect } from "vitest";
import { all, type MembershipModel, sql } from "@/lib/db";
import { answerWeb } from "@/lib/provisioning/http/web-adapter";
import { nodeAdapterUrl, type ScimClient } from "@/lib/provisioning/testing/adapters";
import type { TestWorkspace } from "@/lib/provisioning/testing/fixtures";

// Helpers for the conformance suite.

export type Body = Record<string, unknown>;
export type Resource = Body & { id: string; meta: Record<string, string> };
type Answer = Awaited<ReturnType<ScimClient>>;

export const urn = {
  user: "urn:ietf:params:scim:schemas:core:2.0:User",
  group: "urn:ietf:params:scim:schemas:core:2.0:Group",
  enterprise: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  list: "urn:ietf:params:scim:api:messages:2.0:ListResponse",
  error: "urn:ietf:params:scim:api:messages:2.0:Error",
} as const;

/** A well-formed id that was never issued. */
export const nobody = "00000000-0000-4000-8000-000000000000";

/** POSTs a resource that must be created, and returns it. */
export async function add(scim: ScimClient, endpoint: "/Users" | "/Groups", body: Body): Promise<Resource> {
  const answer = await scim("POST", endpoint, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as Resource;
}

/** GETs a resource that must exist. */
export async function read(scim: ScimClient, path: string): Promise<Resource> {
  const answer = await scim("GET", path);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as Resource;
}

/** Sends a PATCH that must succeed, and returns the resource as stored afterwards. */
export async function change(scim: ScimClient, path: string, body: Body): Promise<Resource> {
  const answer = await scim("PATCH", path, body);
  expect(answer.status, `${JSON.stringify(body)} ${JSON.stringify(answer.body)}`).toBe(200);
  return read(scim, path);
}

/** The resources of an answer that must be a list. */
export function resourcesOf(answer: Answer): Resource[] {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(answer.body.schemas).toEqual([urn.list]);
  return answer.body.Resources as Resource[];
}

/** The resources that match a filter. */
export async function find(scim: ScimClient, endpoint: string, filter: string): Promise<Resource[]> {
  return resourcesOf(await scim("GET", `${endpoint}?filter=${encodeURIComponent(filter)}`));
}

/** Expects an error as in RFC 7644 §3.12 that reveals no internals. */
export function expectError(answer: Answer, status: number, scimType?: string): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/scim+json");
  const { schemas, status: text, detail, scimType: keyword } = answer.body;
  expect(schemas).toEqual([urn.error]);
  expect(text).toBe(String(status));
  expect(detail).toEqual(expect.stringMatching(/\S/));
  expect(keyword, String(detail)).toBe(scimType);
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:|\bat \w+ \(|SELECT |UPDATE /);
}

/** A body without the request id that an error's detail ends with. */
export function withoutRequestId(body: Body): Body {
  return typeof body.detail === "string" ? { ...body, detail: body.detail.replace(/ Request ID: \S+$/, "") } : body;
}

/** The ids of a group's members. */
export async function membersOf(scim: ScimClient, groupId: string): Promise<string[]> {
  const { members } = await read(scim, `/Groups/${groupId}`);
  return ((members ?? []) as { value: string }[]).map(({ value }) => value).sort();
}

/** Sends exactly these headers, which no ordinary client can: no User-Agent, no Accept, no Content-Type. */
export async function sendBare(
  adapter: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; headers: Headers; text: string }> {
  if (adapter !== "server.ts") {
    const sent = body === undefined ? {} : { body: Buffer.from(body) };
    const response = await answerWeb(new Request(`http://muster.test/scim/v2${path}`, { method, headers, ...sent }));
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
  const url = await nodeAdapterUrl;
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}`, { method, headers, path: `/scim/v2${path}` }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const given = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        resolve({ status: response.statusCode ?? 0, headers: given, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

let inserted = 0;

/** Inserts people without accounts straight into the table, because thousands of POSTs would only take time. */
export async function insertPeople({ id }: TestWorkspace, count: number): Promise<string[]> {
  const prefix = `row${++inserted}-`;
  const rows = await all<Pick<MembershipModel, "id">>(sql`
    INSERT INTO "Membership" ("workspaceId", id, state, "userName", "userNameKey")
    SELECT ${id}, gen_random_uuid(), 'suspended', ${prefix} || n, ${prefix} || n FROM generate_series(1, ${count}) n RETURNING id`);
  return rows.map((row) => row.id).sort();
}
