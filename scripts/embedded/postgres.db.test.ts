import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrate } from "@/scripts/database/migrate";
import { openEmbeddedPostgres } from "./postgres";

// Each test starts a database server of its own, in folders that go away.

let top: string;
const given = process.env.TMPDIR;

beforeEach(() => {
  top = mkdtempSync(join(given ?? tmpdir(), "muster-a7-"));
});
afterEach(() => {
  if (given === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = given;
  rmSync(top, { recursive: true, force: true });
});

async function ask<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row & pg.QueryResultRow>(text)).rows;
  } finally {
    await client.end();
  }
}

const roleOf = (url: string) =>
  ask(
    url,
    "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user",
  );
const plainRole = {
  rolname: "muster_app",
  rolsuper: false,
  rolcreatedb: false,
  rolcreaterole: false,
  rolbypassrls: false,
};

/** What is somebody else's in the database, apart from PostgreSQL's own. */
const foreign = `
  SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relowner <> 'muster_app'::regrole
  UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND p.proowner <> 'muster_app'::regrole
  UNION ALL SELECT t.oid::regtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND t.typowner <> 'muster_app'::regrole
  UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = 'pgboss' AND nspowner <> 'muster_app'::regrole`;

describe("A7 the application's role", () => {
  test("A7 owns its database and is no superuser", async () => {
    const { url, release } = await openEmbeddedPostgres(join(top, "data"));
    expect(await roleOf(url)).toEqual([plainRole]);
    expect((await migrate(url)).length).toBeGreaterThan(0);
    await expect(ask(url, "CREATE ROLE other")).rejects.toThrow("permission denied");
    await expect(ask(url, "COPY (SELECT 1) TO PROGRAM 'true'")).rejects.toThrow("permission denied");
    await release();
  });

  test("A7 a data folder from before gets it too, with everything that is in it", async () => {
    const data = join(top, "data");
    const first = await openEmbeddedPostgres(data);
    // As it was: one role for all, which is the superuser.
    const old = first.url.replace("muster_app@", "muster@");
    await ask(first.adminUrl, "ALTER DATABASE muster OWNER TO muster");
    await ask(first.adminUrl, "DROP ROLE muster_app");
    await migrate(old);
    await ask(
      old,
      `CREATE SCHEMA pgboss; CREATE TABLE pgboss.job (id uuid); CREATE TYPE pgboss.state AS ENUM ('created');
       CREATE FUNCTION pgboss.create_queue() RETURNS void LANGUAGE sql AS ''; CREATE SEQUENCE "free standing"; CREATE DOMAIN "Odd name" AS text; CREATE VIEW "V" AS SELECT 1 AS one`,
    );
    await ask(old, `INSERT INTO "Workspace" (id, name, slug) VALUES (gen_random_uuid(), 'Acme', 'acme')`);
    await first.release();

    const again = await openEmbeddedPostgres(data);
    expect(await roleOf(again.url)).toEqual([plainRole]);
    expect(await ask(again.url, foreign)).toEqual([]);
    expect(await ask(again.url, `SELECT slug FROM "Workspace"`)).toEqual([{ slug: "acme" }]);
    await ask(again.url, `ALTER TABLE "Workspace" ADD COLUMN later text; DROP VIEW "V"; CREATE SCHEMA mine`);
    expect(await migrate(again.url)).toEqual([]);
    await again.release();
    const third = await openEmbeddedPostgres(data);
    expect(await roleOf(third.url)).toEqual([plainRole]);
    await third.release();
  });
});

const socketOf = (url: string) => new URL(url).searchParams.get("host") ?? "";

/** A data folder whose socket would have too long a path. */
function deepFolder(): string {
  return join(top, "deep".repeat(25), "data");
}

describe("A7 the folder of the socket", () => {
  test("A7 under the temp directory it is new, ours, closed to others, found by a second process, and goes away", async () => {
    process.env.TMPDIR = join(top, "tmp");
    mkdirSync(process.env.TMPDIR);
    const first = await openEmbeddedPostgres(deepFolder());
    const socket = socketOf(first.url);
    expect(dirname(socket)).toBe(process.env.TMPDIR);
    expect(statSync(socket).mode & 0o777).toBe(0o700);
    const second = await openEmbeddedPostgres(deepFolder());
    expect(socketOf(second.url)).toBe(socket);
    await second.release();
    await first.release();
    expect(readdirSync(process.env.TMPDIR)).toEqual([]);
    const third = await openEmbeddedPostgres(deepFolder());
    expect(socketOf(third.url)).not.toBe(socket);
    await third.release();
  });

  test("A7 what a stranger put where the name could be guessed is not followed, and nothing in it changes hands", async () => {
    process.env.TMPDIR = join(top, "tmp");
    const theirs = join(top, "theirs");
    mkdirSync(join(theirs, "inside"), { recursive: true });
    writeFileSync(join(theirs, "inside", "file"), "");
    chmodSync(theirs, 0o755);
    mkdirSync(process.env.TMPDIR);
    const data = deepFolder();
    // The name that it had before: made from the folder's path alone.
    const hash = Buffer.from(data).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7);
    const guessed = join(process.env.TMPDIR, `muster-${process.getuid?.()}-${hash.toString(36)}`);
    symlinkSync(theirs, guessed);
    const before = lstatSync(join(theirs, "inside", "file"));
    const { url, release } = await openEmbeddedPostgres(data);
    expect(socketOf(url)).not.toBe(guessed);
    await release();
    expect(statSync(theirs).mode & 0o777).toBe(0o755);
    expect(lstatSync(join(theirs, "inside", "file"))).toMatchObject({ uid: before.uid, mode: before.mode });
    expect(existsSync(guessed)).toBe(true);
  });

  test("A7 a link in its place is refused in one line, and stays as it is", async () => {
    const data = join(top, "data");
    const theirs = join(top, "theirs");
    mkdirSync(data, { mode: 0o700 });
    mkdirSync(theirs);
    chmodSync(theirs, 0o755);
    symlinkSync(theirs, join(data, "run"));
    await expect(openEmbeddedPostgres(data)).rejects.toThrow(
      /^The folder .*run can't be used for the database's socket/,
    );
    expect(statSync(theirs).mode & 0o777).toBe(0o755);
  });

  // Only root can make what is somebody else's.
  if (process.getuid?.() !== 0) return;

  test("A7 somebody else's folder in its place is refused", async () => {
    const data = join(top, "data");
    mkdirSync(join(data, "run"), { recursive: true, mode: 0o700 });
    writeFileSync(join(data, "run", "file"), "");
    chownSync(join(data, "run", "file"), 4_242, 4_242);
    chownSync(join(data, "run"), 4_242, 4_242);
    await expect(openEmbeddedPostgres(data)).rejects.toThrow("somebody else's");
    expect(statSync(join(data, "run")).uid).toBe(4_242);
    expect(statSync(join(data, "run", "file")).uid).toBe(4_242);
  });

  test("A7 what lies in our own folder keeps its owner", async () => {
    const data = join(top, "data");
    mkdirSync(join(data, "run"), { recursive: true, mode: 0o700 });
    writeFileSync(join(top, "outside"), "");
    chownSync(join(top, "outside"), 4_242, 4_242);
    symlinkSync(join(top, "outside"), join(data, "run", "link"));
    const { release } = await openEmbeddedPostgres(data);
    await release();
    expect(statSync(join(top, "outside")).uid).toBe(4_242);
  });
});
