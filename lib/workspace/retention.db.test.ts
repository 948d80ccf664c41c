import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { pool } from "@/lib/database/pool";
import { all, one, run, type Statement, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { listScimRequests } from "@/lib/workspace/log/scim-requests";
import { createWebhook } from "@/lib/workspace/webhooks/webhooks";
import { logLimits, removalBy, removeOld, rules, trimScimRequests } from "./retention";

let workspace: TestWorkspace;

beforeEach(async () => {
  workspace = await openWorkspace("old");
});

const fail = (table: string, error: unknown) => {
  throw new Error(`${table}: ${String(error)}`);
};
const clean = (most?: number) => removeOld(() => false, fail, most);
const plain = (text: string): Statement => ({ text, values: [] });
const countOf = async (table: string) =>
  Number((await one<{ count: number }>(plain(`SELECT count(*) AS count FROM "${table}"`)))?.count);

/** Fills a table with `count` rows of one workspace, each `age` old; the columns are those that it must have. */
function fill(table: string, count: number, age: string): Promise<number> {
  const then = `now() - interval '${age}'`;
  const id = `'${workspace.id}'::uuid`;
  const member = `(SELECT id FROM "Membership" WHERE "workspaceId" = ${id} LIMIT 1)`;
  const user = `(SELECT id FROM "User" LIMIT 1)`;
  const token = `(SELECT id FROM "AccessToken" WHERE "workspaceId" = ${id} LIMIT 1)`;
  const columns: Record<string, [string, string]> = {
    ScimRequest: [
      `"workspaceId", id, "requestId", at, method, path, status, "durationMs", notes`,
      `${id}, uuidv7(-(interval '${age}')), 'r', ${then}, 'GET', '/', 200, 1, '{}'`,
    ],
    WebhookDelivery: [
      `"workspaceId", id, "webhookId", "eventId", event, payload, "createdAt"`,
      `${id}, uuidv7(), (SELECT id FROM "Webhook" WHERE "workspaceId" = ${id}), uuidv7(), 'x', '{}', ${then}`,
    ],
    Mail: [
      `id, "dedupeKey", kind, "to", data, state, "createdAt"`,
      `uuidv7(), uuidv7()::text, 'added', 'x', '{}', 'sent', ${then}`,
    ],
    VerificationToken: [`identifier, "tokenHash", expires`, `'x', uuidv7()::text, ${then}`],
    Session: [`id, "tokenHash", "userId", expires`, `uuidv7(), uuidv7()::text, ${user}, ${then}`],
    AccessLoss: [`"workspaceId", id, kind, name, "actorName", at`, `${id}, uuidv7(), 'team', 'x', 'x', ${then}`],
    OAuthRevocation: [`"workspaceId", key, "tokenId", "expiresAt"`, `${id}, uuidv7()::text, ${token}, ${then}`],
    OAuthGrant: [
      `"workspaceId", id, "tokenId", kind, "secretHash", "familyId", scopes, "grantedBy", "usedAt", "expiresAt"`,
      `${id}, uuidv7(), ${token}, 'refresh', uuidv7()::text, uuidv7(), '{}', 'x', ${then}, now() + interval '1 year'`,
    ],
    Invite: [
      `"workspaceId", id, "membershipId", "addressKey", "secretHash", "invitedBy", "expiresAt", "endedAt"`,
      `${id}, uuidv7(), ${member}, 'x', uuidv7()::text, 'x', ${then}, ${then}`,
    ],
    AddressChange: [
      `"workspaceId", id, "membershipId", "userId", "oldAddress", "newAddress", "secretHash", "expiresAt", "endedAt"`,
      `${id}, uuidv7(), ${member}, ${user}, 'x', 'y', uuidv7()::text, ${then}, ${then}`,
    ],
    Hold: [`"workspaceId", id, state, counted, allowed, "decidedAt"`, `${id}, uuidv7(), 'approved', 1, 1, ${then}`],
    AccessToken: [
      `"workspaceId", id, "publicId", "secretHash", last4, name, scopes, "revokedAt"`,
      `${id}, uuidv7(), uuidv7()::text, '\\x00', 'x', 'x', '{}', ${then}`,
    ],
    SeatChange: [
      `"workspaceId", id, "membershipId", change, reason, at`,
      `${id}, uuidv7(), ${member}, 1, 'added', ${then}`,
    ],
    Server: [`id, url, settings, "secretKey", process, "seenAt"`, `uuidv7(), 'x', '{}', 'x', '{}', ${then}`],
    AuditEvent: [
      `"workspaceId", id, at, "actorKind", action, "targetKind", "targetId"`,
      `${id}, uuidv7(), ${then}, 'system', 'x', 'x', 'x'`,
    ],
  };
  const [names, values] = columns[table] ?? ["", ""];
  return run(plain(`INSERT INTO "${table}" (${names}) SELECT ${values} FROM generate_series(1, ${count})`));
}

/** What some tables need before they can be filled. */
async function prepare(): Promise<void> {
  await createWebhook(workspace.operator, {
    url: "https://example.com/hook",
    description: "",
    events: ["team.created"],
  });
  await run(sql`
    INSERT INTO "OAuthClient" ("workspaceId", "tokenId", grants, "redirectUris", audiences) VALUES (${workspace.id}, ${workspace.token.id}, '{}', '{}', '{}') ON CONFLICT DO NOTHING`);
}

const tables = [...new Set(rules.map(({ table }) => table)), "AuditEvent"];

describe("A7 retention", () => {
  test.each(tables)("A7 %s goes by age, a batch after the other, and what is younger stays", async (table) => {
    await prepare();
    const days =
      table === "AuditEvent" ? 400 : Math.max(...rules.filter((rule) => rule.table === table).map((r) => r.days));
    await fill(table, 7, `${days + 1} days`);
    if (days > 1) await fill(table, 3, `${days - 1} days`);
    const before = await countOf(table);
    await clean(3);
    expect(await countOf(table)).toBe(before - 7);
  });

  test("A7 README says of each table what is kept for how long", () => {
    const page = readFileSync("docs/operate.md", "utf8");
    const from = page.indexOf("\n## Retention\n");
    const text = page.slice(from, page.indexOf("\n## ", from + 10));
    for (const { table, days } of rules) {
      const line = text.split("\n").find((row) => row.includes(`\`${table}\``));
      expect(line, table).toBeDefined();
      if (days > 1) expect(line, table).toContain(`${days} days`);
    }
    expect(text).toContain("MUSTER_AUDIT_DAYS");
    for (const limit of Object.values(logLimits)) expect(text).toContain(limit.toLocaleString("en"));
  });

  test.each([...rules, { table: "AuditEvent", key: '"workspaceId", id', by: "at", days: 400 }])(
    "A7 old rows of $table by $by are found by an index, however many there are",
    async (rule) => {
      await prepare();
      await fill(rule.table, 3_000, `${Math.max(rule.days - 2, 0)} days`).catch(() => 0);
      if (rule.days === 0) await run(plain(`UPDATE "${rule.table}" SET ${rule.by} = now() + interval '1 day'`));
      await fill(rule.table, 20, `${rule.days + 1} days`);
      await run(plain(`ANALYZE "${rule.table}"`));
      const { text, values } = removalBy(rule)(10);
      const client = await pool().connect();
      const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN ${text}`, values);
      client.release();
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      const inner = plan.slice(plan.indexOf("Limit"));
      expect(inner, plan).toMatch(/Index (Only )?Scan using/);
      expect(inner, plan).not.toMatch(new RegExp(`Seq Scan on "${rule.table}"`));
    },
  );

  test("A7 a table that fails keeps no other from being cleaned, and is named", async () => {
    await fill("ScimRequest", 3, "31 days");
    await fill("SeatChange", 3, "401 days");
    await run(plain(`ALTER TABLE "ScimRequest" RENAME TO "Away"`));
    const failed: string[] = [];
    await removeOld(
      () => false,
      (table) => failed.push(table),
    );
    await run(plain(`ALTER TABLE "Away" RENAME TO "ScimRequest"`));
    expect(failed).toContain("ScimRequest");
    expect(await all(sql`SELECT 1 FROM "SeatChange" WHERE at < now() - interval '400 days'`)).toEqual([]);
    await clean();
  });

  test("A7 where a batch takes the database too long, smaller ones do it", async () => {
    await fill("SeatChange", 400, "401 days");
    await run(sql`
      CREATE FUNCTION too_many() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT count(*) FROM gone) > 50 THEN RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = '57014'; END IF; RETURN NULL; END $$`);
    await run(sql`
      CREATE TRIGGER too_many AFTER DELETE ON "SeatChange" REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION too_many()`);
    await clean();
    await run(sql`DROP TRIGGER too_many ON "SeatChange"`);
    expect(await all(sql`SELECT 1 FROM "SeatChange" WHERE at < now() - interval '400 days'`)).toEqual([]);
  });

  test("A7 it stops between two batches", async () => {
    await fill("ScimRequest", 20, "31 days");
    let looks = 0;
    await removeOld(() => ++looks > 3, fail, 5);
    const left = await all(sql`SELECT 1 FROM "ScimRequest" WHERE at < now() - interval '30 days'`);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(20);
  });

  test("A7 twenty thousand rows take four transactions, and rows that are written meanwhile wait for none", async () => {
    await fill("ScimRequest", 20_000, "31 days");
    const cleaning = clean();
    await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
    await flushRequestLog();
    await cleaning;
    expect(await all(sql`SELECT 1 FROM "ScimRequest" WHERE at < now() - interval '30 days'`)).toEqual([]);
    expect((await listScimRequests(workspace.id, {})).requests).toHaveLength(1);
  });
});

describe("A7 audit events", () => {
  test("A7 are kept for ever where MUSTER_AUDIT_DAYS is 0, and otherwise as long as it says", async () => {
    const old = () =>
      all(sql`SELECT 1 FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND at < now() - interval '99 days'`);
    await fill("AuditEvent", 5, "5000 days");
    env().MUSTER_AUDIT_DAYS = 0;
    await clean();
    expect(await old()).toHaveLength(5);
    env().MUSTER_AUDIT_DAYS = 100;
    await fill("AuditEvent", 5, "99.5 days");
    await clean();
    env().MUSTER_AUDIT_DAYS = 400;
    expect(await old()).toHaveLength(5);
  });

  test("A7 nothing but the retention removes one, and not even that one of today; they go with their workspace", async () => {
    await fill("AuditEvent", 2, "500 days");
    const refused = /append-only/;
    await expect(run(sql`DELETE FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id}`)).rejects.toThrow(refused);
    const client = await pool().connect();
    await client.query("BEGIN; SELECT set_config('muster.audit_retention', 'on', true)");
    await expect(client.query(`DELETE FROM "AuditEvent" WHERE at > now() - interval '1 hour'`)).rejects.toThrow(
      refused,
    );
    await client.query("ROLLBACK");
    await expect(
      client.query(`DELETE FROM "AuditEvent" WHERE at < now() - interval '499 days'`),
      "the way is open for one transaction",
    ).rejects.toThrow(refused);
    client.release();
    const { id } = await openEmpty();
    await run(sql`DELETE FROM "Workspace" WHERE id = ${id}`);
    expect(await all(sql`SELECT 1 FROM "AuditEvent" WHERE "workspaceId" = ${id}`)).toEqual([]);
  });

  /** A workspace with nothing but an audit event. */
  async function openEmpty() {
    const row = await one<{ id: string }>(
      sql`INSERT INTO "Workspace" (id, name, slug) VALUES (uuidv7(), 'x', uuidv7()::text) RETURNING id`,
    );
    const id = row?.id ?? "";
    await run(sql`
      INSERT INTO "AuditEvent" ("workspaceId", id, "actorKind", action, "targetKind", "targetId") VALUES (${id}, uuidv7(), 'system', 'x', 'x', 'x')`);
    return { id };
  }
});

describe("A7 what refers to what is gone stays readable", () => {
  test("A7 a token that ended half a year ago goes, unless a webhook still names it; its requests and events keep its name", async () => {
    const make = async (name: string) => {
      const input = { name, scopes: ["user_management:read"], expiresAt: null, connection: null };
      const { token } = await createAccessToken(workspace.operator, input);
      await revokeAccessToken(workspace.operator, token.id);
      return token.id;
    };
    const [gone, named, recent] = [await make("Gone"), await make("Named"), await make("Recent")];
    const { webhook } = await createWebhook(workspace.operator, {
      url: "https://example.com/",
      description: "",
      events: [],
    });
    await run(sql`UPDATE "Webhook" SET "tokenId" = ${named} WHERE id = ${webhook.id}`);
    await run(sql`UPDATE "AccessToken" SET "revokedAt" = now() - interval '181 days' WHERE id IN (${gone}, ${named})`);
    await clean();
    const left = await all<{ id: string }>(sql`SELECT id FROM "AccessToken" WHERE "workspaceId" = ${workspace.id}`);
    expect(left.map(({ id }) => id)).toEqual(expect.arrayContaining([named, recent, workspace.token.id]));
    expect(left.map(({ id }) => id)).not.toContain(gone);
    const events = await all(sql`SELECT "targetName" FROM "AuditEvent" WHERE "targetId" = ${gone}`);
    expect(events).toEqual([{ targetName: "Gone" }, { targetName: "Gone" }]);
  });
});

describe("A7 the request log has an end", () => {
  const kept = { ...logLimits };

  /** Changes with bodies, the oldest first. */
  const write = (id: string, count: number, body = "x".repeat(2_000)) =>
    run(sql`
      INSERT INTO "ScimRequest" ("workspaceId", id, "requestId", at, method, path, status, "durationMs", "requestBody", "responseBody", effect, subject, "searchText", notes, "tokenId", "tokenName", "connectionId", agent, address)
      SELECT ${id}, uuidv7(n * interval '1 millisecond'), 'req_01234567890123456789', now() + n * interval '1 millisecond', 'PATCH', '/scim/v2/Users/' || gen_random_uuid(), 200, 12.5,
        ${body}, ${body}, 'user.updated', 'lin.osei@acme.test', 'lin.osei@acme.test lin osei lin', '{}', gen_random_uuid(), 'SCIM for Entra', gen_random_uuid(), 'Microsoft Entra ID', '203.0.113.77' FROM generate_series(1, ${count}::int) n`);
  const rowsOf = async (id: string) => {
    const [row] = await all<{ rows: number; bodies: number }>(
      sql`SELECT count(*) AS rows, count("requestBody") AS bodies FROM "ScimRequest" WHERE "workspaceId" = ${id}`,
    );
    return row;
  };

  beforeEach(async () => {
    Object.assign(logLimits, kept);
    await run(sql`DELETE FROM "ScimRequest"`);
  });

  test("A7 of one workspace: its last rows, and bodies of fewer; another one's stay", async () => {
    const other = await openWorkspace("old");
    await write(workspace.id, 100);
    await write(other.id, 10);
    Object.assign(logLimits, { ofOne: 50, bodiesOfOne: 20 });
    await trimScimRequests(workspace.id);
    expect(await rowsOf(workspace.id)).toEqual({ rows: 50, bodies: 20 });
    expect(await rowsOf(other.id)).toEqual({ rows: 10, bodies: 10 });
    await write(workspace.id, 100);
    await clean(7);
    expect(await rowsOf(workspace.id)).toEqual({ rows: 50, bodies: 20 });
    Object.assign(logLimits, kept);
  });

  test("A7 of all together: the last rows, and bodies of fewer", async () => {
    const other = await openWorkspace("old");
    await write(workspace.id, 60);
    await write(other.id, 60);
    Object.assign(logLimits, { ofAll: 50, bodiesOfAll: 20 });
    await clean(7);
    const [ours, theirs] = [await rowsOf(workspace.id), await rowsOf(other.id)];
    expect((ours?.rows ?? 0) + (theirs?.rows ?? 0)).toBeLessThanOrEqual(51);
    expect((ours?.bodies ?? 0) + (theirs?.bodies ?? 0)).toBeLessThanOrEqual(21);
    Object.assign(logLimits, kept);
  });

  test("A7 a row without bodies takes about half a kilobyte, indexes and all, so that all of it fits on 5 GB", async () => {
    await write(workspace.id, 20_000, "");
    // A table of its own, with the same indexes: nothing that other tests have left counts.
    await run(sql`UPDATE "ScimRequest" SET "requestBody" = NULL, "responseBody" = NULL`);
    await run(sql`CREATE TABLE sized (LIKE "ScimRequest" INCLUDING ALL)`);
    await run(sql`INSERT INTO sized SELECT * FROM "ScimRequest"`);
    const size = await one<{ bytes: number }>(sql`SELECT pg_total_relation_size('sized') AS bytes`);
    await run(sql`DROP TABLE sized`);
    const perRow = Number(size?.bytes) / 20_000;
    expect(perRow).toBeLessThan(600);
    const bodies = logLimits.bodiesOfAll * 20_000; // as long as they may be, and of nothing that can be compressed
    expect(logLimits.ofAll * perRow + bodies).toBeLessThan(5e9);
  });
});
