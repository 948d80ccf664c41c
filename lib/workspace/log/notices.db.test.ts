import { beforeEach, expect, test } from "vitest";
import { run, sql } from "@/lib/db";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { addPerson, openWorkspace, setTo, type TestWorkspace } from "@/lib/provisioning/testing/decisions";
import { revokeAccessToken } from "@/lib/workspace/access/tokens";
import { findProvisioningStatus } from "./health";
import { listNotices } from "./notices";

// 11.4 F23: what needs an admin is said on every page.

let ours: TestWorkspace;
beforeEach(async () => {
  ours = await openWorkspace("notices");
});

const kinds = async () => {
  await flushRequestLog();
  return (await listNotices(ours.id)).map(({ kind, name }) => [kind, name]);
};

const endsIn = (days: number) =>
  run(
    sql`UPDATE "AccessToken" SET "expiresAt" = now() + make_interval(days => ${days}) WHERE "workspaceId" = ${ours.id}`,
  );

test("11.4 F23 a healthy workspace has none", async () => {
  await addPerson(ours, `lin@${ours.domain}`);
  expect(await kinds()).toEqual([]);
});

test("11.4 F23 a token that ends within 14 days, or has ended, and then the connection has stopped", async () => {
  await endsIn(15);
  expect(await kinds()).toEqual([]);
  await endsIn(13);
  expect(await kinds()).toEqual([["tokenEnding", "IdP"]]);
  await endsIn(-1);
  expect(await kinds()).toEqual([
    ["stopped", "Identity provider"],
    ["tokenEnded", "IdP"],
  ]);
});

test("11.4 F23 a connection whose last token was revoked, or whose changes are refused", async () => {
  const id = await addPerson(ours, `lin@${ours.domain}`);
  for (let count = 0; count < 3; count++) await ours.scim("PATCH", `/Users/${id}`, setTo("active", "perhaps"));
  expect(await kinds()).toEqual([["failing", "Identity provider"]]);
  await revokeAccessToken(ours.operator, ours.token.id);
  expect(await kinds()).toEqual([["stopped", "Identity provider"]]);
});

test("11.4 a hold comes first, and what it puts off is no failure", async () => {
  await addPerson(ours, `lin@${ours.domain}`);
  await flushRequestLog();
  await run(sql`UPDATE "ScimRequest" SET status = 429 WHERE "workspaceId" = ${ours.id}`);
  await run(sql`
    INSERT INTO "Hold" ("workspaceId", id, state, counted, allowed, "openedAt") VALUES (${ours.id}, gen_random_uuid(), 'open', 11, 10, now())`);
  await endsIn(3);
  expect(await kinds()).toEqual([
    ["held", ""],
    ["tokenEnding", "IdP"],
  ]);
  const [connection] = (await findProvisioningStatus(ours.id)).connections;
  expect(connection?.state).toBe("healthy");
});

test("11.4 F23 another workspace's are not ours", async () => {
  const theirs = await openWorkspace("notices");
  await revokeAccessToken(theirs.operator, theirs.token.id);
  expect(await kinds()).toEqual([]);
});
