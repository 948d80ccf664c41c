import { EventEmitter, once } from "node:events";
import pg from "pg";
import { afterAll, beforeEach, expect, inject, test, vi } from "vitest";
import { StartError } from "@/scripts/start-error";
import { listMigrations, migrate } from "./migrate";
import { inTableLock } from "./table-lock";

// Each test starts servers, which takes its time where others want the machine too.
vi.setConfig({ testTimeout: 120_000 });

// Each test has a database of its own, without tables.

let url: string;
const made: string[] = [];

async function ask<Row extends pg.QueryResultRow>(address: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

beforeEach(async () => {
  const name = `tables_${process.pid}_${made.length}`;
  const address = new URL(inject("templateUrl"));
  await ask(inject("adminUrl"), `CREATE DATABASE "${name}" OWNER "${address.username}"`);
  made.push(name);
  address.pathname = `/${name}`;
  url = address.href;
});
afterAll(async () => {
  for (const name of made) await ask(inject("adminUrl"), `DROP DATABASE "${name}" WITH (FORCE)`);
});

const tables = () =>
  ask<{ name: string }>(
    url,
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`,
  );

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (failed: unknown) => failed,
  );
  expect(error).toBeInstanceOf(StartError);
  return (error as StartError).message;
}

const all = listMigrations();
const last = all.at(-1)?.name ?? "";

test("A11 two and three processes that make everything at once all come through, each migration once", async () => {
  for (const count of [2, 3, 6]) {
    const applied = await Promise.all(Array.from({ length: count }, () => migrate(url)));
    expect(applied.flat().sort()).toEqual(all.map(({ name }) => name));
    await ask(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  }
}, 120_000);

test("A11 a lock that is not to be had is named after its time, with who has it", async () => {
  const end = new EventEmitter();
  const holder = inTableLock(url, 5, async (client) => {
    await client.query("SET application_name = 'somebody'");
    end.emit("held");
    await once(end, "over");
  });
  await once(end, "held");
  const line = await refusal(migrate(url, { seconds: 1 }));
  expect(line).toMatch(
    /^Another process is changing the tables of this database since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(connection \d+ of somebody\)\. Wait until it is done, or stop it/,
  );
  expect(await tables()).toEqual([]);
  end.emit("over");
  await holder;
  expect(await migrate(url)).toHaveLength(all.length);
});

test("A11 the lock is Prisma's, and one that a session holds counts as well", async () => {
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query("SELECT pg_advisory_lock(72707369)");
  expect(await refusal(migrate(url, { seconds: 1 }))).toContain("Another process is changing the tables");
  await other.end();
});

test("A11 a table that is in use is waited for, and then named; nothing was changed", async () => {
  const [first, ...rest] = [
    { name: "1_a", sql: "CREATE TABLE a (x int)" },
    { name: "2_b", sql: "CREATE TABLE b (x int); ALTER TABLE a ADD COLUMN y int" },
  ];
  await migrate(url, { migrations: [first] });
  const user = new pg.Client({ connectionString: url });
  await user.connect();
  await user.query("BEGIN; SELECT * FROM a");
  const line = await refusal(migrate(url, { migrations: [first, ...rest], seconds: 1 }));
  expect(line).toMatch(/^The tables of the database are in use/);
  expect((await tables()).map(({ name }) => name).sort()).toEqual(["_prisma_migrations", "a"]);
  const later = migrate(url, { migrations: [first, ...rest], seconds: 20 });
  await user.query("COMMIT");
  await user.end();
  expect(await later).toEqual(["2_b"]);
}, 40_000);

test("A11 a migration that fails leaves nothing behind, of itself and of those before it, and is named", async () => {
  const broken = [...all, { name: "9_broken", sql: "CREATE TABLE half (x int); SELECT nonsense" }];
  const line = await refusal(migrate(url, { migrations: broken }));
  expect(line).toMatch(/^The migration 9_broken failed \(42703: .*nonsense.*\)\. Everything is as it was before\.$/);
  expect(await tables()).toEqual([]);
  expect(await migrate(url)).toHaveLength(all.length);
});

test("A11 a database of a newer version is refused, and stays as it is", async () => {
  await migrate(url);
  const older = all.slice(0, -1);
  const line = await refusal(migrate(url, { migrations: older }));
  expect(line).toContain(`newer version of Muster: it has the migration ${last}`);
  expect(await migrate(url)).toEqual([]);
});

test("A11 a migration that was edited, and one that another tool left half, are named", async () => {
  await migrate(url);
  const edited = all.map((migration) =>
    migration.name === last ? { ...migration, sql: `${migration.sql}\n` } : migration,
  );
  expect(await refusal(migrate(url, { migrations: edited }))).toMatch(
    new RegExp(`^The migration ${last} was changed after`),
  );
  await ask(url, `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '${last}'`);
  expect(await refusal(migrate(url))).toMatch(new RegExp(`began the migration ${last} and did not finish it`));
});

test("A11 a role that may not change the tables is told what it lacks, in a line", async () => {
  const limited = `limited_${process.pid}`;
  await ask(inject("adminUrl"), `CREATE ROLE ${limited} LOGIN`);
  const theirs = new URL(url);
  theirs.username = limited;
  await expect(migrate(theirs.href)).rejects.toMatchObject({ code: "42501" });
  await ask(inject("adminUrl"), `DROP ROLE ${limited}`);
});

test("A11 behind a pooler that gives each transaction another connection the lock holds all the same", async () => {
  // What such a pooler takes away is the session: nothing of it may be left once the transaction has ended.
  await migrate(url);
  expect(await ask(url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369")).toEqual([]);
});

test("A4 a database from before knows the secret that its last server had", async () => {
  const at = all.findIndex(({ name }) => name.endsWith("_installation"));
  await migrate(url, { migrations: all.slice(0, at) });
  await ask(
    url,
    `INSERT INTO "Server" (id, url, settings, "secretKey", process, "startedAt")
     SELECT gen_random_uuid(), 'http://x', '{}', key, '{}', now() - age FROM (VALUES ('older', interval '1 day'), ('last', interval '0')) s (key, age)`,
  );
  await migrate(url);
  expect(await ask(url, `SELECT id, "secretKey" FROM "Installation"`)).toEqual([{ id: 1, secretKey: "last" }]);
});
