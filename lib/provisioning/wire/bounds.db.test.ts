import pg from "pg";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { pool } from "@/lib/database/pool";
import { all, run, sql, statement } from "@/lib/db";
import { inLane } from "@/lib/limits/lanes";
import { add, type Body, expectError, insertPeople, type Resource } from "@/lib/provisioning/conformance/support";
import { addToRequestLog, flushRequestLog } from "@/lib/provisioning/http/request-log";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { addDomain } from "@/lib/workspace/domains/domains";
import { newId } from "@/lib/workspace/id";
import type { LoggedRequest } from "@/lib/workspace/log/record";
import { listScimRequests } from "@/lib/workspace/log/scim-requests";
import { listPeople } from "@/lib/workspace/members/directory";
import { logLimits, trimScimRequests } from "@/lib/workspace/retention";
import { createTeamInApp } from "@/lib/workspace/teams/edit";

// D-82: whatever one workspace asks for, stores and logs has limits, and other workspaces aren't affected.

process.env.MUSTER_SCIM_RATE = "0";

/** Puts people with so many e-mails straight into the table. */
async function insertLarge({ id }: TestWorkspace, people: number, emails: number, prefix: string): Promise<void> {
  const list = `(SELECT jsonb_build_object('emails', jsonb_agg(jsonb_build_object('value', 'mail' || e || '@example.test', 'type', 'other'))) FROM generate_series(1, $3::int) e)`;
  await run(
    statement(
      `WITH d AS MATERIALIZED (SELECT ${list} AS attributes) INSERT INTO "Membership" ("workspaceId", id, state, "userName", "userNameKey", attributes, folded)
       SELECT $1, uuidv7(), 'suspended', $4 || n, $4 || n, d.attributes, d.attributes FROM d, generate_series(1, $2::int) n`,
      [id, people, emails, prefix],
    ),
  );
}

/** Holds every place of a workspace's lane until it is let go. */
function occupy({ id }: TestWorkspace): () => void {
  let free = () => {};
  const gate = new Promise<void>((resolve) => {
    free = resolve;
  });
  for (let place = 0; place < 4; place++) void inLane(id, 4, () => gate);
  return free;
}

const quoted = (filter: string) => encodeURIComponent(filter);

describe.each(adapters)("%s", (adapter, open) => {
  let busy: TestWorkspace;
  let calm: TestWorkspace;
  let scim: ScimClient;
  let other: ScimClient;
  const prefix = adapter === "server.ts" ? "bs" : "br";

  beforeAll(async () => {
    busy = await openWorkspace(`${prefix}busy`);
    calm = await openWorkspace(`${prefix}calm`);
    scim = open(busy.token.secret);
    other = open(calm.token.secret);
    await insertPeople(busy, 50);
    await insertLarge(busy, 60, 9_000, `${prefix}large`);
  });

  test("C2 a filter that looks through too many values is tooMany at once, however it is sent; eq and other people's filters work", async () => {
    const terms = Array.from({ length: 50 }, (_, term) => `emails.value co "nobody${term}"`).join(" or ");
    const refused = [terms, 'emails.value ew "x"', 'emails[value co "a" and type ne "b"]', 'emails.value ne "x"'];
    for (const filter of refused) {
      for (const path of ["/Users", ""]) {
        expectError(await scim("GET", `${path}/?filter=${quoted(filter)}`), 400, "tooMany");
        expectError(await scim("POST", `${path}/.search`, { filter, count: 0 }), 400, "tooMany");
      }
      expect((await other("GET", `/Users?filter=${quoted(filter)}`)).status, filter).toBe(200);
    }
    expectError(await scim("GET", "/Users?sortBy=emails.value"), 400, "tooMany");
    expect(
      (await scim("GET", `/Users?filter=${quoted('emails.value eq "mail7@example.test"')}&attributes=id`)).body
        .totalResults,
    ).toBe(60);
    expect(
      (await scim("GET", `/Users?filter=${quoted('emails[type eq "work" and value eq "x"]')}`)).body.totalResults,
    ).toBe(0);
    expect((await scim("GET", `/Users?filter=${quoted('title co "x"')}`)).status).toBe(200);
  });

  test("C2 a filter on one person's long lists is not read where others wait behind it", async () => {
    const filter = `userName eq "${prefix}large1" and emails.value co "nobody"`;
    expectError(await scim("GET", `/Users?filter=${quoted(filter)}`), 400, "tooMany");
    const { body } = await scim("GET", `/Users?filter=${quoted(`userName eq "${prefix}large1"`)}`);
    expect((body.Resources as { emails: unknown[] }[])[0]?.emails).toHaveLength(9_000);
    const [{ id } = { id: "" }] = body.Resources as Resource[];
    expect((await scim("GET", `/Users/${id}`)).body.emails).toHaveLength(9_000);
    expect((await scim("GET", `/Users/${id}?attributes=emails`)).body.emails).toHaveLength(9_000);
  });

  test("C2 a workspace has a third of the pool; the rest waits its turn, beyond a bound it is 429, and others are served", async () => {
    const free = occupy(busy);
    const asked = Array.from({ length: 520 }, () => scim("GET", "/Users?count=1"));
    const early = await Promise.race(asked);
    expectError(early, 429);
    expect(Number(early.headers.get("retry-after"))).toBeGreaterThan(0);
    expectError(await scim("POST", "/Users", userBody(`late@${busy.domain}`)), 429);
    const point = await scim("GET", `/Users?filter=${quoted('userName eq "nobody"')}`);
    expect(point.status, "what is found by its key waits behind nothing").toBe(200);
    const others = await Promise.all([
      other("GET", "/Users?count=1"),
      other("GET", `/Groups?filter=${quoted('displayName co "x"')}`),
      other("POST", "/Users", userBody(`n${newId()}@${calm.domain}`)),
    ]);
    expect(others.map(({ status }) => status)).toEqual([200, 200, 201]);
    free();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(490);
    expect((await scim("GET", "/Users?count=1")).status).toBe(200);
  });

  test("C2 writes of one workspace wait for their places as well, and all are done", async () => {
    const free = occupy(busy);
    const writes = Array.from({ length: 40 }, (_, n) =>
      scim("POST", "/Users", userBody(`w${n}.${newId()}@${busy.domain}`)),
    );
    expect((await other("POST", "/Users", userBody(`n${newId()}@${calm.domain}`))).status).toBe(201);
    free();
    expect(new Set((await Promise.all(writes)).map(({ status }) => status))).toEqual(new Set([201]));
  });

  describe("while a table answers nobody", () => {
    let holder: pg.PoolClient;
    beforeEach(async () => {
      holder = await pool().connect();
      await holder.query('BEGIN; LOCK TABLE "Team" IN ACCESS EXCLUSIVE MODE');
    });
    afterEach(async () => {
      vi.restoreAllMocks();
      await holder.query("ROLLBACK");
      holder.release();
    });

    test("C2 a list is given up after three seconds and is not asked again: tooMany with a filter, else 503", async () => {
      await scim("GET", "/Users?attributes=userName&count=1"); // from now on the token is remembered
      const asked = vi.spyOn(pg.Client.prototype, "query");
      const [filtered, sorted, plain] = await Promise.all([
        scim("GET", `/Groups?filter=${quoted('displayName co "x"')}`),
        scim("GET", "/Groups?sortBy=displayName"),
        scim("GET", "/Groups"),
        other("GET", "/Users?attributes=userName").then(({ status }) => expect(status).toBe(200)),
      ]);
      expectError(filtered, 400, "tooMany");
      expectError(sorted, 400, "tooMany");
      expectError(plain, 503);
      expect(plain.headers.get("retry-after")).toBe("5");
      const texts = asked.mock.calls.map(([query]) => String((query as { text?: string }).text ?? query));
      expect(texts.filter((text) => text.includes('FROM "Team" t'))).toHaveLength(3);
    });
  });

  test("C2 a page ends at 8 MB with fewer resources than asked for; a walk by index or cursor sees everybody once", async () => {
    const workspace = await openWorkspace(`${prefix}walk`);
    const client = open(workspace.token.secret);
    await insertLarge(workspace, 20, 9_000, "walk");
    const total = Number((await client("GET", "/Users?count=0")).body.totalResults);
    const whole = (body: Body) => (body.Resources as Resource[]).map(({ id }) => id);
    for (const query of ["", "&sortBy=userName", "&attributes=userName", `&filter=${quoted("active pr")}`]) {
      const seen: string[] = [];
      for (let start = 1; start <= total; ) {
        const { status, body } = await client("GET", `/Users?count=1000&startIndex=${start}${query}`);
        expect(status).toBe(200);
        expect(body.totalResults).toBe(total);
        expect(JSON.stringify(body).length).toBeLessThan(9_000_000);
        expect(body.itemsPerPage).toBe(whole(body).length);
        seen.push(...whole(body));
        start += Number(body.itemsPerPage);
      }
      expect(new Set(seen).size, query).toBe(total);
      expect(seen.length).toBe(total);
    }
    for (const [path, query] of [
      ["/Users", ""],
      ["/Users", "&sortBy=userName&sortOrder=descending"],
      ["", ""],
    ] as const) {
      const seen: string[] = [];
      for (let cursor: unknown = ""; cursor !== undefined; ) {
        const { status, body } = await client("GET", `${path}/?count=1000&cursor=${cursor}${query}`);
        expect(status, JSON.stringify(body).slice(0, 200)).toBe(200);
        expect(JSON.stringify(body).length).toBeLessThan(9_000_000);
        seen.push(...whole(body));
        cursor = body.nextCursor;
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBeGreaterThanOrEqual(total);
    }
  });

  test("C2 a page of groups ends at 8 MB, too, and so does one whose order is by long texts", async () => {
    const workspace = await openWorkspace(`${prefix}crowd`);
    const client = open(workspace.token.secret);
    const people = await insertPeople(workspace, 1_000);
    await run(sql`
      WITH t AS (INSERT INTO "Team" ("workspaceId", id, name, "nameKey", "nameFolded")
        SELECT ${workspace.id}, uuidv7(), 'T' || n, 't' || n, 't' || n FROM generate_series(1, 60) n RETURNING id)
      INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId") SELECT ${workspace.id}, t.id, m FROM t, unnest(${people}::uuid[]) m`);
    await run(sql`ANALYZE "Team", "TeamMember", "Membership"`); // as the server does when they have grown; by chance, autovacuum is late
    const seen = new Set<string>();
    for (let start = 1; start <= 60; ) {
      const { body } = await client("GET", `/Groups?count=1000&startIndex=${start}`);
      expect(body, JSON.stringify(body).slice(0, 200)).toMatchObject({ totalResults: 60 });
      expect(Number(body.itemsPerPage)).toBeLessThan(60);
      for (const { id } of body.Resources as Resource[]) seen.add(id);
      start += Number(body.itemsPerPage);
    }
    expect(seen.size).toBe(60);
    const long = "n".repeat(900_000);
    for (let n = 0; n < 12; n++)
      await add(client, "/Users", userBody(`long${n}@${workspace.domain}`, { title: `${n}${long}` }));
    for (const path of ["/Users", ""]) {
      const { status, body } = await client("GET", `${path}/?sortBy=title&count=1000&attributes=userName`);
      expect(status).toBe(200);
      expect(Number(body.itemsPerPage)).toBeLessThan(12);
    }
  });

  test("C2 one person holds 1 MB: what would be more is 413, what gets smaller or is suspended is not", async () => {
    const person = await add(scim, "/Users", userBody(`size${newId()}@${busy.domain}`, { title: "x".repeat(900_000) }));
    const path = `/Users/${person.id}`;
    const set = (name: string, value: unknown) => scim("PATCH", path, patchBody({ op: "replace", path: name, value }));
    const grown = await set("nickName", "y".repeat(300_000));
    expectError(grown, 413, "tooMany");
    expect((await scim("GET", path)).body).not.toHaveProperty("nickName");
    await run(
      sql`UPDATE "Membership" SET attributes = attributes || ${JSON.stringify({ nickName: "y".repeat(300_000) })}::jsonb WHERE id = ${person.id}`,
    );
    expect((await set("active", false)).body.active).toBe(false);
    expectError(await set("displayName", "z"), 413, "tooMany");
    expect((await set("title", "x".repeat(899_000))).status).toBe(200);
    expect(
      (await other("POST", "/Users", userBody(`big${newId()}@${calm.domain}`, { title: "x".repeat(900_000) }))).status,
    ).toBe(201);
  });

  test("C2 people without a seat are bounded, those who have one and those who are here are not", async () => {
    const workspace = await openWorkspace(`${prefix}seatless`);
    const client = open(workspace.token.secret);
    const person = await add(client, "/Users", userBody(`a@${workspace.domain}`));
    await run(sql`UPDATE "Workspace" SET "memberCount" = "memberCount" + 100000 WHERE id = ${workspace.id}`);
    const inactive = (name: string) => userBody(`${name}@${workspace.domain}`, { active: false });
    const refused = await client("POST", "/Users", inactive("b"));
    expectError(refused, 403);
    expect(refused.body.detail).toContain("100,000 people without a seat");
    expect((await client("POST", "/Users", userBody(`c@${workspace.domain}`))).status).toBe(201);
    const suspend = patchBody({ op: "replace", path: "active", value: false });
    expect((await client("PATCH", `/Users/${person.id}`, suspend)).status).toBe(200);
    expect((await other("POST", "/Users", userBody(`i${newId()}@${calm.domain}`, { active: false }))).status).toBe(201);
    await run(sql`UPDATE "Workspace" SET "seatsUsed" = 200000, "memberCount" = 350000 WHERE id = ${workspace.id}`);
    expect((await client("POST", "/Users", inactive("d"))).status).toBe(201);
  });

  test("C2 domain claims are bounded in one workspace and free in another", async () => {
    const workspace = await openWorkspace(`${prefix}claims`);
    await run(sql`
      INSERT INTO "Domain" ("workspaceId", id, name, challenge) SELECT ${workspace.id}, uuidv7(), 'd' || n || '.test', 'c' || n FROM generate_series(1, 499) n`);
    await expect(addDomain(workspace.operator, "one-more.test")).rejects.toMatchObject({ reason: "limit_reached" });
    await addDomain(calm.operator, `${prefix}-one-more.test`);
  });

  test("C2 teams are bounded, so that somebody who is in all of them is still read by the connection that all workspaces share", async () => {
    const workspace = await openWorkspace(`${prefix}teams`);
    const client = open(workspace.token.secret);
    const person = await add(client, "/Users", userBody(`a@${workspace.domain}`));
    await run(sql`
      INSERT INTO "Team" ("workspaceId", id, name, "nameKey") SELECT ${workspace.id}, uuidv7(), 'T' || n, 't' || n FROM generate_series(1, 20000) n`);
    await run(sql`
      INSERT INTO "TeamMember" ("workspaceId", "teamId", "membershipId") SELECT "workspaceId", id, ${person.id}::uuid FROM "Team" WHERE "workspaceId" = ${workspace.id}`);
    const read = await client("GET", `/Users/${person.id}`);
    expect(read.status).toBe(200);
    expect(read.body.groups).toHaveLength(20_000);
    const refused = await client("POST", "/Groups", { displayName: "One more" });
    expectError(refused, 403);
    expect(refused.body.detail).toContain("20000 teams at most");
    await expect(createTeamInApp(workspace.operator, "One more")).rejects.toMatchObject({ reason: "limit_reached" });
    expect((await other("POST", "/Groups", { displayName: `G${newId()}` })).status).toBe(201);
  });
});

describe("the request log", () => {
  const requestOf = ({ id }: TestWorkspace, more: Partial<LoggedRequest> = {}): LoggedRequest => ({
    ...{
      workspaceId: id,
      requestId: newId(),
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
  const countOf = async ({ id }: TestWorkspace) => {
    const [row] = await all<{ rows: number; missing: number }>(
      sql`SELECT count(*) AS rows, coalesce(sum(missing), 0) AS missing FROM "ScimRequest" WHERE "workspaceId" = ${id}`,
    );
    return { rows: row?.rows, missing: Number(row?.missing) };
  };

  test("C2, D5 one workspace fills its share, and the log says how many are missing; another one's is whole", async () => {
    const [loud, quiet] = [await openWorkspace("loud"), await openWorkspace("quiet")];
    await flushRequestLog();
    for (let n = 0; n < 30_000; n++) addToRequestLog(requestOf(loud));
    for (let n = 0; n < 100; n++) addToRequestLog(requestOf(quiet));
    await flushRequestLog();
    expect(await countOf(loud)).toEqual({ rows: 6_666, missing: 30_000 - 6_666 });
    expect(await countOf(quiet)).toEqual({ rows: 100, missing: 0 });
    expect((await listScimRequests(loud.id, {})).requests[0]).toMatchObject({ missing: 30_000 - 6_666 });
    addToRequestLog(requestOf(loud));
    await flushRequestLog();
    expect((await countOf(loud)).rows).toBe(6_667);
  });

  test("C2 bodies count by their bytes", async () => {
    const [loud, quiet] = [await openWorkspace("loud"), await openWorkspace("quiet")];
    for (let n = 0; n < 2_000; n++) addToRequestLog(requestOf(loud, { requestBody: "x".repeat(16_000) }));
    addToRequestLog(requestOf(quiet));
    await flushRequestLog();
    const { rows = 0, missing } = await countOf(loud);
    expect(rows).toBeLessThan(1_500);
    expect(rows + missing).toBe(2_000);
    expect(await countOf(quiet)).toEqual({ rows: 1, missing: 0 });
  });

  test("C2 a log keeps so many rows, the last ones; another workspace's are its own", async () => {
    const [loud, quiet] = [await openWorkspace("loud"), await openWorkspace("quiet")];
    for (let n = 0; n < 30; n++)
      for (const workspace of [loud, quiet]) addToRequestLog(requestOf(workspace, { path: `/${n}` }));
    await flushRequestLog();
    const { ofOne } = logLimits;
    logLimits.ofOne = 10;
    await trimScimRequests(loud.id);
    logLimits.ofOne = ofOne;
    const paths = (await listScimRequests(loud.id, { limit: 100 })).requests.map(({ path }) => path);
    expect(paths).toEqual(Array.from({ length: 10 }, (_, n) => `/${29 - n}`));
    expect((await countOf(quiet)).rows).toBe(30);
  });
});

test("C2 lists of REST wait in the same lane and are refused beyond its bound; another workspace's are read", async () => {
  const [busy, calm] = [await openWorkspace("restbusy"), await openWorkspace("restcalm")];
  const free = occupy(busy);
  const asked = Array.from({ length: 501 }, () => listPeople(busy.id, { limit: 1 }));
  await expect(asked[500]).rejects.toMatchObject({ kind: "busy" });
  expect((await listPeople(calm.id, { limit: 1 })).people).toHaveLength(1);
  free();
  expect((await Promise.all(asked.slice(0, 500))).every(({ people }) => people.length === 1)).toBe(true);
});
