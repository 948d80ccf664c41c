import { beforeAll, expect, test } from "vitest";
import { POST as sendAgain } from "@/app/api/workspaces/[workspace]/unsent-emails/[id]/again/route";
import { GET as list } from "@/app/api/workspaces/[workspace]/unsent-emails/route";
import { openSession } from "@/lib/auth";
import { one, run, sql } from "@/lib/db";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";

let ours: TestWorkspace;
let theirs: TestWorkspace;

beforeAll(async () => {
  [ours, theirs] = [await openWorkspace("unsent"), await openWorkspace("unsent")];
});

async function signIn(address: string): Promise<string> {
  const user = await one<{ id: string }>(sql`SELECT id FROM "User" WHERE "emailKey" = ${address}`);
  const cookie = await openSession(user?.id ?? "", { address: null, agent: null });
  return cookie.split(";")[0] ?? "";
}

/** An email of a workspace that was given up. */
async function failed(workspace: TestWorkspace, userName: string): Promise<string> {
  await workspace.scim("POST", "/Users", userBody(userName));
  const row = await one<{ id: string }>(sql`
    UPDATE "Mail" SET state = 'failed', detail = '451 later', "sentAt" = now(), attempts = 10 WHERE id = (SELECT id FROM "Mail" WHERE "to" = ${userName} AND "workspaceId" = ${workspace.id} ORDER BY id DESC LIMIT 1) RETURNING id`);
  return row?.id ?? "";
}

async function call(route: typeof list, cookie: string | null, workspace: TestWorkspace, id?: string) {
  const request = new Request(`http://muster.test/api/workspaces/${workspace.slug}/unsent-emails`, {
    method: id === undefined ? "GET" : "POST",
    headers: { ...(cookie && { cookie }), origin: "http://muster.test" },
  });
  const response = await route(request, {
    params: Promise.resolve({ workspace: workspace.slug, ...(id !== undefined && { id }) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

const stateOf = (id: string) =>
  one<{ state: string; attempts: number }>(sql`SELECT state, attempts FROM "Mail" WHERE id = ${id}`);

test("A8 an admin sees what wasn't sent in the workspace, and sends it again", async () => {
  const cookie = await signIn(`admin@${ours.domain}`);
  const id = await failed(ours, `guest@${ours.slug}.example`);
  await failed(theirs, `guest@${theirs.slug}.example`);
  expect(await call(list, cookie, ours)).toMatchObject({
    status: 200,
    body: { total: 1, emails: [{ id, kind: "invite", state: "failed", reason: "451 later", canBeSent: true }] },
  });
  expect(await call(sendAgain, cookie, ours, id)).toEqual({ status: 204, body: null });
  expect(await stateOf(id)).toEqual({ state: "pending", attempts: 0 });
  expect((await call(list, cookie, ours)).body).toMatchObject({ total: 0, emails: [] });
  expect((await call(sendAgain, cookie, ours, id)).status, "it is on its way already").toBe(404);
});

test("A8 nobody else does: members, strangers, admins of another workspace", async () => {
  const id = await failed(ours, `other@${ours.slug}.example`);
  await ours.scim("POST", "/Users", userBody(`lin@${ours.domain}`));
  expect((await call(list, null, ours)).status).toBe(401);
  expect((await call(sendAgain, await signIn(`lin@${ours.domain}`), ours, id)).status).toBe(403);
  const cookie = await signIn(`admin@${theirs.domain}`);
  expect((await call(sendAgain, cookie, ours, id)).status).toBe(404);
  expect((await call(sendAgain, cookie, theirs, id)).status).toBe(404);
  expect(await stateOf(id)).toMatchObject({ state: "failed" });
});

test("A8 an email with a dead link can't be sent again: its invite was replaced, or the link was erased", async () => {
  const cookie = await signIn(`admin@${ours.domain}`);
  const id = await failed(ours, `late@${ours.slug}.example`);
  await run(sql`UPDATE "Invite" SET "expiresAt" = now() WHERE "workspaceId" = ${ours.id}`);
  const refused = await call(sendAgain, cookie, ours, id);
  expect(refused).toMatchObject({ status: 409, body: { error: { code: "state_conflict" } } });
  expect(refused.body.error.detail).toContain("Resend the invite");
  await run(sql`UPDATE "Mail" SET sealed = NULL WHERE id = ${id}`);
  const { body } = await call(list, cookie, ours);
  expect(body.emails.find((email: { id: string }) => email.id === id)).toMatchObject({ canBeSent: false });
  expect((await call(sendAgain, cookie, ours, id)).status).toBe(409);
});
