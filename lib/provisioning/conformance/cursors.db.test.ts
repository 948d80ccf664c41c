import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { run, sql } from "@/lib/db";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { expectError, insertPeople, type Resource, urn, withoutRequestId } from "./support";

// C1: cursors (RFC 9865).

type Page = { totalResults: number; itemsPerPage: number; nextCursor?: string; Resources: Resource[] };

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let ids: string[];

  beforeAll(async () => {
    workspace = await openWorkspace("cursors");
    scim = open(workspace.token.secret);
    await insertPeople(workspace, 120);
    await run(
      sql`UPDATE "Membership" SET folded = jsonb_build_object('title', 'T' || (length("userName") % 3)), attributes = jsonb_build_object('title', 'T' || (length("userName") % 3)) WHERE "workspaceId" = ${workspace.id}`,
    );
    ids = ((await scim("GET", "/Users?count=1000&attributes=id")).body.Resources as Resource[]).map(({ id }) => id);
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  async function page(query: string): Promise<Page> {
    const { status, body } = await scim("GET", `/Users?${query}`);
    expect(status, JSON.stringify(body)).toBe(200);
    return body as Page;
  }

  /** Every id of a walk, and what happens between its pages. */
  async function walk(query: string, between: () => Promise<unknown> = async () => {}): Promise<string[]> {
    const walked: string[] = [];
    let cursor: string | undefined = "";
    while (cursor !== undefined) {
      const part: Page = await page(`${query}&cursor=${cursor}`);
      walked.push(...part.Resources.map(({ id }) => id));
      cursor = part.nextCursor;
      await between();
    }
    return walked;
  }

  test("C1 an empty cursor begins, nextCursor goes on, its absence is the end; every row once, in the order of the index", async () => {
    const first = await page("cursor&count=50");
    expect(first).toMatchObject({ schemas: [urn.list], totalResults: 121, itemsPerPage: 50 });
    expect(first).not.toHaveProperty("startIndex");
    expect(first).not.toHaveProperty("previousCursor");
    expect(first.nextCursor).toMatch(/^[A-Za-z0-9\-._~]+$/);
    expect((await page("cursor=")).itemsPerPage).toBe(100);
    expect(await walk("count=50")).toEqual(ids);
    expect(await walk("count=121")).toEqual(ids);
    expect(await walk("count=11")).toEqual(ids);
    expect(await page("cursor&count=0")).toMatchObject({ totalResults: 121, itemsPerPage: 0, Resources: [] });
  });

  test.each(["title", "userName", "meta.created", "id", "active", "externalId", "emails.value", "name.familyName"])(
    "C1 a walk sorted by %s, up and down, with equal and missing keys, is the sorted list",
    async (by) => {
      for (const order of ["ascending", "descending"]) {
        const query = `sortBy=${by}&sortOrder=${order}&attributes=id`;
        const whole = await page(`${query}&count=1000`);
        expect(await walk(`${query}&count=7`), order).toEqual(whole.Resources.map(({ id }) => id));
      }
    },
  );

  test("C1 rows that stay are seen once while others are added and deleted; filters hold", async () => {
    const moving = await openWorkspace("moving");
    scim = open(moving.token.secret);
    const stable = await insertPeople(moving, 60);
    const doomed = await insertPeople(moving, 40);
    let step = 0;
    const seen = await walk("count=10&filter=active%20eq%20false", async () => {
      const gone = doomed[step++ * 3];
      if (gone) await scim("DELETE", `/Users/${gone}`);
      await insertPeople(moving, 1);
    });
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => stable.includes(id)).sort()).toEqual(stable);
    scim = open(workspace.token.secret);
  });

  test("C1 a cursor of another query, endpoint, token or workspace, or a made-up one, is invalidCursor in the same words", async () => {
    const { nextCursor = "" } = await page("cursor&count=5&filter=active%20eq%20false");
    const ours = `filter=active%20eq%20false&cursor=${nextCursor}`;
    expect((await page(ours)).itemsPerPage).toBe(5);
    const other = await openWorkspace("foreign");
    const scopes = ["user_management:read-write"];
    const second = await createAccessToken(workspace.operator, {
      name: "2",
      scopes,
      expiresAt: null,
      connection: null,
    });
    const flipped = `${nextCursor.startsWith("A") ? "B" : "A"}${nextCursor.slice(1)}`;
    const tries = [
      scim("GET", `/Users?cursor=${nextCursor}`),
      scim("GET", `/Users?filter=active%20eq%20true&cursor=${nextCursor}`),
      scim("GET", `/Users?filter=active%20eq%20false&sortBy=userName&cursor=${nextCursor}`),
      scim("GET", `/Groups?cursor=${nextCursor}`),
      scim("GET", `/?${ours}`),
      scim("GET", `/Users?filter=active%20eq%20false&cursor=${flipped}`),
      scim("GET", "/Users?filter=active%20eq%20false&cursor=bm9uc2Vuc2U"),
      scim("GET", "/Users?filter=active%20eq%20false&cursor=%00"),
      open(other.token.secret)("GET", `/Users?${ours}`),
      open(second.secret)("GET", `/Users?${ours}`),
    ];
    const details = new Set<unknown>();
    for (const answer of await Promise.all(tries)) {
      expectError(answer, 400, "invalidCursor");
      details.add(withoutRequestId(answer.body).detail);
    }
    expect(details.size).toBe(1);
  });

  test("C1 an old cursor is expiredCursor", async () => {
    const { nextCursor = "" } = await page("cursor&count=5");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_601_000 });
    expectError(await scim("GET", `/Users?cursor=${nextCursor}`), 400, "expiredCursor");
  });

  test("C1 a count out of range, or another than the walk's, is invalidCount; cursor and startIndex exclude each other", async () => {
    const { nextCursor = "" } = await page("cursor&count=5");
    for (const count of ["-1", "1001", "x", "1.5"])
      expectError(await scim("GET", `/Users?cursor&count=${count}`), 400, "invalidCount");
    expectError(await scim("GET", `/Users?cursor=${nextCursor}&count=6`), 400, "invalidCount");
    expect((await page(`cursor=${nextCursor}&count=5`)).itemsPerPage).toBe(5);
    expect((await page(`cursor=${nextCursor}`)).itemsPerPage).toBe(5);
    expectError(await scim("GET", `/Users?cursor=${nextCursor}&startIndex=1`), 400, "invalidValue");
  });

  test("C1 the service says so, and the index stays what is used without a word", async () => {
    const { body } = await scim("GET", "/ServiceProviderConfig");
    expect(body.pagination).toEqual({
      cursor: true,
      index: true,
      defaultPaginationMethod: "index",
      defaultPageSize: 100,
      maxPageSize: 1_000,
      cursorTimeout: 3_600,
    });
    const plain = await page("");
    expect(plain).toMatchObject({ startIndex: 1, itemsPerPage: 100 });
    expect(plain).not.toHaveProperty("nextCursor");
  });

  test("C1 whoever may no longer read can't go on with a cursor either", async () => {
    const made = await createAccessToken(workspace.operator, {
      name: "R",
      scopes: ["user_management:read"],
      expiresAt: null,
      connection: null,
    });
    const reader = open(made.secret);
    const { body } = await reader("GET", "/Users?cursor&count=5");
    await run(sql`UPDATE "AccessToken" SET scopes = '{audit_log:read}' WHERE id = ${made.token.id}`);
    expect((await reader("GET", `/Users?cursor=${body.nextCursor}`)).status).toBe(403);
    await run(sql`UPDATE "AccessToken" SET "revokedAt" = now() WHERE id = ${made.token.id}`);
    expect((await reader("GET", `/Users?cursor=${body.nextCursor}`)).status).toBe(401);
  });

  test("C1 groups walk as people do", async () => {
    for (let at = 0; at < 7; at++)
      await scim("POST", "/Groups", { displayName: `Team ${at} ${workspace.slug}`, schemas: [urn.group] });
    const { body } = await scim("GET", "/Groups?cursor&count=3&sortBy=displayName");
    expect(body).toMatchObject({ itemsPerPage: 3, totalResults: 7, nextCursor: expect.any(String) });
    expect(await scim("POST", "/Users", userBody(`after@${workspace.domain}`))).toMatchObject({ status: 201 });
  });
});
