import { beforeEach, describe, expect, test } from "vitest";
import { all, one, run, sql } from "@/lib/db";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { listSetAside } from "@/lib/set-aside";
import type { LoggedRequest } from "@/lib/workspace/log/record";
import { listScimRequests } from "@/lib/workspace/log/scim-requests";
import { addToRequestLog, flushRequestLog } from "./request-log";

let ours: TestWorkspace;
let theirs: TestWorkspace;

beforeEach(async () => {
  [ours, theirs] = [await openWorkspace("log"), await openWorkspace("log")];
  await flushRequestLog();
  await run(sql`DELETE FROM "ScimRequest"`);
});

const requestOf = ({ id }: TestWorkspace, more: Partial<LoggedRequest> = {}): LoggedRequest => ({
  ...{
    workspaceId: id,
    requestId: "r",
    at: new Date(),
    method: "POST",
    path: "/scim/v2/Users",
    query: null,
    resourceId: null,
    status: 200,
  },
  ...{ scimType: null, detail: null, durationMs: 1, requestBody: null, responseBody: null, effect: null, notes: [] },
  ...{ tokenId: null, connectionId: null, agent: null, address: null, missing: 0, ...more },
});

const logged = ({ id }: TestWorkspace) =>
  all<{ path: string; missing: number }>(
    sql`SELECT path, missing FROM "ScimRequest" WHERE "workspaceId" = ${id} ORDER BY id`,
  );

describe("A4 one bad row never stops the request log", () => {
  test.each<[string, Partial<LoggedRequest>]>([
    ["half of an emoji in the agent", { agent: `${"a".repeat(299)}\uD83D` }],
    ["half of an emoji in the path", { path: "/x\uDE00" }],
    ["half of an emoji in a body's name", { requestBody: '{"userName":"\\ud83d"}' }],
    ["U+0000 in the query", { query: "filter=\u0000" }],
    ["U+0000 in a body's name", { responseBody: '{"displayName":"a\\u0000b"}' }],
    ["U+0000 in a note", { notes: ["a\u0000b"] }],
    ["half of an emoji in the detail", { detail: "\uD83D is no value" }],
  ])("A4 %s is written as U+FFFD", async (_, more) => {
    addToRequestLog(requestOf(theirs));
    addToRequestLog(requestOf(ours, more));
    await flushRequestLog();
    expect(await logged(ours)).toHaveLength(1);
    expect(await logged(theirs)).toHaveLength(1);
  });

  test.each<[string, Partial<LoggedRequest>]>([
    ["a value that a column can't hold", { status: 4_000_000_000 }],
    ["a value that a column must have", { durationMs: Number.NaN }],
    ["an id that is none", { tokenId: "nobody" }],
    ["a time that is none", { at: new Date("never") }],
  ])("A4 %s sets that row aside alone, counted, and its workspace's log says that one is missing", async (_, more) => {
    const before = listSetAside()["request log"]?.count ?? 0;
    const paths = Array.from({ length: 20 }, (_, n) => `/${n}`);
    for (const path of paths) {
      addToRequestLog(requestOf(theirs, { path }));
      addToRequestLog(requestOf(ours, path === "/7" ? { path, ...more } : { path }));
    }
    await flushRequestLog();
    expect((await logged(theirs)).map(({ path }) => path)).toEqual(paths);
    expect((await logged(ours)).map(({ path }) => path)).toEqual(paths.filter((path) => path !== "/7"));
    expect(listSetAside()["request log"]).toMatchObject({ count: before + 1, reason: expect.stringMatching(/\w/) });
    addToRequestLog(requestOf(ours, { path: "/next" }));
    await flushRequestLog();
    expect((await logged(ours)).at(-1)).toEqual({ path: "/next", missing: 1 });
  });

  test("A4 a database that can't be written to sets nothing aside: all of it is written later, once", async () => {
    const before = listSetAside()["request log"];
    await run(sql`ALTER TABLE "ScimRequest" RENAME TO "Away"`);
    for (let n = 0; n < 10; n++) addToRequestLog(requestOf(ours, { path: `/${n}` }));
    await flushRequestLog();
    await run(sql`ALTER TABLE "Away" RENAME TO "ScimRequest"`);
    expect(await logged(ours)).toEqual([]);
    await flushRequestLog();
    expect(await logged(ours)).toHaveLength(10);
    expect(listSetAside()["request log"]).toEqual(before);
  });

  test("A4 rows that were written before the answer was lost are not written twice", async () => {
    const request = requestOf(ours);
    for (let n = 0; n < 2; n++) {
      addToRequestLog(request);
      await flushRequestLog();
    }
    expect(await logged(ours)).toHaveLength(1);
  });

  test.each(["", "a"])(
    "A4 a body that is cut inside an emoji (after %j) is in the log, and so is everybody else's",
    async (shift) => {
      const nickName = `${shift}${"😀".repeat(9_000)}`;
      const made = await ours.scim("POST", "/Users", userBody(`lin@${ours.domain}`, { nickName }));
      expect(made.status).toBe(201);
      await theirs.scim("POST", "/Users", userBody(`lin@${theirs.domain}`));
      await flushRequestLog();
      expect(await logged(ours)).toHaveLength(1);
      expect(await logged(theirs)).toHaveLength(1);
      const row = await one<{ body: string }>(
        sql`SELECT "responseBody" AS body FROM "ScimRequest" WHERE "workspaceId" = ${ours.id}`,
      );
      expect(row?.body).toMatch(/😀…$/u);
    },
  );

  test("A7 a row names its token and whom it was about, also when both are gone", async () => {
    await ours.scim("POST", "/Users", userBody(`lin@${ours.domain}`));
    await flushRequestLog();
    await run(sql`UPDATE "ScimRequest" SET "requestBody" = NULL, "responseBody" = NULL`);
    await run(sql`DELETE FROM "AccessToken" WHERE "workspaceId" = ${ours.id}`);
    const { requests } = await listScimRequests(ours.id, {});
    expect(requests).toMatchObject([{ subject: `lin@${ours.domain}`, token: { name: "IdP" } }]);
  });
});
