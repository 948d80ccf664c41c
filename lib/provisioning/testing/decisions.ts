import { inTransaction } from "@/lib/database/transaction";
import {
  type AuditEventModel,
  all,
  type MailModel,
  type MembershipModel,
  one,
  type Role,
  run,
  type ScimRequestModel,
  sql,
  type UserModel,
} from "@/lib/db";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { disconnect } from "@/lib/workspace/access/connections";
import { listConnections } from "@/lib/workspace/access/find-connection";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { confirmAddress } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import { newId } from "@/lib/workspace/id";
import { type Acceptor, acceptInvite } from "@/lib/workspace/invites/accept";
import { insertMember } from "@/lib/workspace/members/create";
import { suspendMember } from "@/lib/workspace/members/edit";
import { inviteMember } from "@/lib/workspace/members/invite";

import { unseal } from "@/lib/workspace/seal";
import { inWorkspace } from "@/lib/workspace/transaction";
import { routeAdapter, type ScimClient } from "./adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "./fixtures";

// For tests of decisions: reads a workspace's rows, and creates people outside any identity provider.

type Body = Record<string, unknown>;
type Answer = Awaited<ReturnType<TestWorkspace["scim"]>>;

export const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const musterUrn = "urn:ietf:params:scim:schemas:extension:muster:2.0:User";

export const setTo = (path: string, value: unknown) => patchBody({ op: "Replace", path, value });
export const suspend = setTo("active", "False");
export const reactivate = setTo("active", "True");

export function groupBody(displayName: string, members?: readonly string[]): Body {
  return { schemas: [groupUrn], displayName, ...(members && { members: members.map((value) => ({ value })) }) };
}

export type Row = Pick<
  MembershipModel,
  "id" | "state" | "role" | "userId" | "address" | "userName" | "externalId" | "version" | "connectionId"
>;

export async function rowOf({ id }: TestWorkspace, person: unknown): Promise<Row> {
  const row = await one<Row>(sql`
    SELECT id, state, role, "userId", address, "userName", "externalId", version, "connectionId" FROM "Membership" WHERE "workspaceId" = ${id} AND id = ${String(person)}`);
  if (!row) throw new Error(`no membership ${person}`);
  return row;
}

/** Kinds of the emails from a workspace to an email address, in alphabetical order. */
export async function mailsTo({ id }: TestWorkspace, to: string): Promise<string[]> {
  const rows = await all<Pick<MailModel, "kind">>(
    sql`SELECT kind FROM "Mail" WHERE "workspaceId" = ${id} AND "to" = ${to} ORDER BY kind::text`,
  );
  return rows.map(({ kind }) => kind);
}

/** The audit log's actions on a person or team, in order. */
export async function eventsOf({ id }: TestWorkspace, target: unknown): Promise<string[]> {
  const rows = await all<Pick<AuditEventModel, "action">>(
    sql`SELECT action FROM "AuditEvent" WHERE "workspaceId" = ${id} AND "targetId" = ${String(target)} ORDER BY id`,
  );
  return rows.map(({ action }) => action);
}

/** Counts the used seats, and checks that the workspace's own figure agrees. */
export async function seatsOf({ id }: TestWorkspace): Promise<number> {
  const row = await one<{ counted: number; kept: number }>(sql`
    SELECT (SELECT count(*) FROM "Membership" WHERE "workspaceId" = ${id} AND state IN ('invited', 'active')) AS counted, "seatsUsed" AS kept
    FROM "Workspace" WHERE id = ${id}`);
  if (!row || row.counted !== row.kept) throw new Error(`seats: ${JSON.stringify(row)}`);
  return row.counted;
}

/** The notes that the request log shows an admin about this answer. */
export async function notesOf({ headers }: Answer): Promise<string> {
  await flushRequestLog();
  const row = await one<Pick<ScimRequestModel, "notes">>(
    sql`SELECT notes FROM "ScimRequest" WHERE "requestId" = ${headers.get("x-request-id") ?? ""}`,
  );
  return (row?.notes ?? []).join(" ");
}

/** The secret of the last link of a kind that was mailed to an email address. */
export async function mailedSecret({ id }: TestWorkspace, to: string, kind: string): Promise<string> {
  const row = await one<Pick<MailModel, "sealed">>(
    sql`SELECT sealed FROM "Mail" WHERE "workspaceId" = ${id} AND "to" = ${to} AND kind = ${kind} ORDER BY id DESC LIMIT 1`,
  );
  return unseal(row?.sealed ?? "");
}

export const inviteSecret = (workspace: TestWorkspace, to: string) => mailedSecret(workspace, to, "invite");

export async function userIdOf(address: string): Promise<string> {
  const row = await one<Pick<UserModel, "id">>(sql`SELECT id FROM "User" WHERE "emailKey" = ${address.toLowerCase()}`);
  if (!row) throw new Error(`no account for ${address}`);
  return row.id;
}

/** Signs in the owner of an account by a mailed link. Returns the proof. */
export async function signIn(address: string): Promise<Acceptor> {
  const userId = await userIdOf(address);
  await inTransaction(userId, (tx) => confirmAddress(tx, userId));
  const sessionId = newId();
  await run(sql`
    INSERT INTO "Session" (id, "tokenHash", "userId", expires) VALUES (${sessionId}, ${sessionId}, ${userId}, now() + interval '1 day')`);
  return { userId, sessionId };
}

/** Somebody with an account accepts the last invite mailed to it. */
export async function acceptSignedIn(workspace: TestWorkspace, address: string): Promise<void> {
  await acceptInvite(await inviteSecret(workspace, address), { firstName: "", lastName: "" }, await signIn(address));
}

export const adminOf = ({ operator }: TestWorkspace): Actor => ({ ...operator, kind: "member", name: "Ada" });

export async function addPerson(workspace: TestWorkspace, userName: string, more: Body = {}): Promise<string> {
  const { status, body } = await workspace.scim("POST", "/Users", userBody(userName, more));
  if (status !== 201) throw new Error(`${status} ${body.detail}`);
  return String(body.id);
}

/** Adds a person whom nobody manages: active or suspended with an account, or invited by an admin. Returns the id. */
export async function addUnmanaged(
  workspace: TestWorkspace,
  address: string,
  state: "active" | "suspended" | "invited" = "active",
  role: Role = "member",
): Promise<string> {
  const person = { address, firstName: "In", lastName: "App", role };
  if (state === "invited") return inviteMember(adminOf(workspace), person);
  const { id } = await inWorkspace(workspace.id, (tx) => insertMember(tx, workspace.operator, person));
  if (state === "suspended") await suspendMember(adminOf(workspace), id);
  return id;
}

/** All of a person except what every write changes. */
export const storedOf = ({ id }: TestWorkspace, person: string) =>
  one(
    sql`SELECT state, role, "userId", address, "userName", "externalId", attributes, version, "connectionId" FROM "Membership" WHERE "workspaceId" = ${id} AND id = ${person}`,
  );

export const allMails = ({ id }: TestWorkspace) =>
  all(sql`SELECT kind, "to" FROM "Mail" WHERE "workspaceId" = ${id} ORDER BY id`);

/** Disconnects the identity provider, so that nobody is managed, and connects another one. */
export async function connectAnew(workspace: TestWorkspace): Promise<ScimClient> {
  const [connection] = await listConnections(workspace.id);
  await disconnect(adminOf(workspace), connection?.id ?? "");
  const input = { name: "Next", scopes: ["user_management:read-write"], expiresAt: null, connection: null };
  return routeAdapter((await createAccessToken(workspace.operator, input)).secret);
}

let guests = 0;
/** An email address on a domain that nobody has verified. */
export const guestOf = ({ slug }: TestWorkspace) => `guest${++guests}@${slug}-else.test`;

export { openWorkspace, patchBody, type TestWorkspace, userBody };
