import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type DatabaseProxy, openDatabaseProxy, type Way } from "@/e2e/support/database-proxy";
import { reachBy } from "@/e2e/support/reach";
import { all, list, one, run, runAside, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { isBusy } from "@/lib/limits/lanes";
import { isOverdue, startLimit, withinTime } from "@/lib/limits/time-limit";
import { findReadiness } from "@/lib/process/readiness";
import { openWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { isUnknownOutcome } from "./commit-outcome";
import { pool, poolUse, prisma } from "./pool";
import { point } from "./reader";
import { inTransaction } from "./transaction";
import { troubleOf } from "./trouble";

// The process reaches its database by a proxy that does to connections what networks do. Whatever that is, afterwards all of the pool is
// there again, and nothing has waited for longer than it may.

const direct = env().DATABASE_URL;
let proxy: DatabaseProxy;

beforeEach(async () => {
  await proxy?.close();
  proxy = await openDatabaseProxy(direct);
  env().DATABASE_POOL = 5;
  await reachBy(proxy.url);
});
afterAll(async () => {
  await reachBy(direct);
  await proxy.close();
});

const transaction = () => inTransaction("key", (tx) => tx.one(sql`SELECT 4 AS four`));

/** Each way in which the application asks its database. */
const ways: Record<string, () => Promise<unknown>> = {
  "a look-up": () => point(sql`SELECT 1 AS one`),
  "a statement": () => all(sql`SELECT 2 AS two`),
  "a list": () => list("00000000-0000-0000-0000-000000000001", sql`SELECT 3 AS three`),
  "a transaction": transaction,
  "works that share a transaction": () =>
    Promise.all([1, 2, 3].map((at) => inTransaction("shared", (tx) => tx.one(sql`SELECT ${at}::int AS at`), true))),
  "a page's query": () => prisma().workspace.count(),
  "the job queue's": () => pool().query("SELECT 5 AS five"),
};

/** What an attempt ends in, and how many seconds it took. */
async function outcomeOf(ask: () => Promise<unknown>): Promise<{ error: unknown; seconds: number }> {
  const began = performance.now();
  const error = await ask().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { error, seconds: (performance.now() - began) / 1000 };
}

/** Each kind of question is answered with a trouble, within seconds. */
async function expectUnreachable(within: number): Promise<void> {
  const outcomes = await Promise.all(Object.values(ways).map(outcomeOf));
  for (const [index, { error, seconds }] of outcomes.entries()) {
    const name = Object.keys(ways)[index];
    expect(troubleOf(error)?.kind, `${name}: ${error}`).toMatch(/unreachable|crowded/);
    expect(seconds, name).toBeLessThan(within);
  }
}

/** More at once than there are connections: every place of the pool is good. */
async function expectWhole(): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 20 }, () => all<{ one: number }>(sql`SELECT 1 AS one`)));
  expect(answers.flat()).toHaveLength(20);
  for (const ask of Object.values(ways)) await ask();
  const { size, open, waiting } = poolUse();
  expect(open).toBeLessThanOrEqual(size);
  expect(waiting).toBe(0);
}

describe("A1 after the way to the database was", () => {
  for (const way of ["cutting", "closed", "silent", "half-closed"] as const satisfies Way[]) {
    test(`A1 ${way}: each kind of question is answered with a trouble in time, and then all of the pool is there again`, async () => {
      await expectWhole();
      for (let round = 0; round < (way === "silent" ? 1 : 5); round++) {
        proxy.turn(way);
        await expectUnreachable(way === "silent" ? 4 : 15);
        proxy.turn("open");
      }
      await expectWhole();
    });
  }

  test("A5 a migration changes a column that prepared statements return: each place fails once at most, with a trouble, and all of the pool is there", async () => {
    await run(sql`CREATE TABLE "Migrated" (word text)`);
    await run(sql`INSERT INTO "Migrated" VALUES ('x')`);
    const asks = [
      () => point(sql`SELECT word FROM "Migrated"`),
      () => all(sql`SELECT word, 1 FROM "Migrated"`),
      () => inTransaction("m", (tx) => tx.one(sql`SELECT word, 2 FROM "Migrated"`)),
    ];
    const askAll = () =>
      Promise.all(Array.from({ length: 15 }, (_, at) => outcomeOf(asks[at % 3] as () => Promise<unknown>)));
    for (const { error } of await askAll()) expect(error).toBeNull();
    await all(sql`ALTER TABLE "Migrated" ALTER COLUMN word TYPE varchar(10)`);
    const failed = (await askAll()).filter(({ error }) => error !== null);
    expect(failed.length).toBeGreaterThan(0);
    for (const { error } of failed) expect(troubleOf(error)?.kind).toBe("migrated");
    for (const { error } of await askAll()) expect(error).toBeNull();
    await expectWhole();
  });

  test("A1 silent from the start: a dead database is said within two seconds by every kind of question", async () => {
    proxy.turn("silent");
    await expectUnreachable(3); // two, and what a busy machine adds
    proxy.turn("open");
    await expectWhole();
  });

  test("A1 silent after a rest: connections are asked for a sign of life first, so nobody waits for a statement's whole time", async () => {
    await expectWhole();
    await new Promise((resolve) => setTimeout(resolve, 100));
    proxy.turn("silent");
    await expectUnreachable(3);
  });

  test("A2 silent, with a token that is remembered: SCIM says so within two seconds, and asks no second time", async () => {
    const workspace = await openWorkspace("silent");
    const requests: [string, string, unknown?][] = [
      ["GET", "/Users?count=5"],
      ["GET", "/Users?filter=userName%20eq%20%22x%22"],
      ["POST", "/Users", userBody(`silent@${workspace.domain}`)],
    ];
    for (const [method, path] of requests.slice(0, 2)) await workspace.scim(method, path);
    await new Promise((resolve) => setTimeout(resolve, 400)); // the request log is written
    proxy.turn("silent");
    for (const [method, path, body] of requests) {
      const began = performance.now();
      const { status } = await workspace.scim(method, path, body);
      expect(status, `${method} ${path}`).toBe(503);
      expect(performance.now() - began, `${method} ${path}`).toBeLessThan(3_000);
    }
  });
});

describe("A1 the readers that look-ups share", () => {
  const pid = async () => (await point<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`))[0]?.pid;

  test("A1 one that has become silent keeps the next look-ups waiting for a quarter of a second at most", async () => {
    const first = await pid();
    proxy.silence();
    const stuck = outcomeOf(pid);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = performance.now();
    expect(await pid()).not.toBe(first);
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(troubleOf((await stuck).error)?.kind).toBe("unreachable");
    await expectWhole();
  });

  test("A1 one whose backend is killed is replaced", async () => {
    const first = await pid();
    await one(sql`SELECT pg_terminate_backend(${first}::int)`);
    await expect.poll(() => pid().catch(() => first)).not.toBe(first);
    await expectWhole();
  });

  test("A1 an old one makes room for a new one, and what is under way on it is answered", async () => {
    const first = await pid();
    const slow = point<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid, pg_sleep(0.1)`);
    const later = performance.now() + 11 * 60_000;
    const clock = vi.spyOn(performance, "now").mockReturnValue(later);
    const next = await pid();
    clock.mockRestore();
    expect(next).not.toBe(first);
    expect((await slow)[0]?.pid).toBe(first);
    await expect.poll(() => all(sql`SELECT 1 FROM pg_stat_activity WHERE pid = ${first}::int`)).toEqual([]);
    await expectWhole();
  });

  test("A1 a slow look-up is given up by PostgreSQL, and the reader stays", async () => {
    const first = await pid();
    const { error } = await outcomeOf(() => point(sql`SELECT pg_sleep(5)`));
    expect(troubleOf(error)?.kind).toBe("too_slow");
    expect(await pid()).toBe(first);
  });
});

test("A1 a connection that is lost between two moments of its holder ends nobody, and is not given back", async () => {
  const client = await pool().connect();
  const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
  await one(sql`SELECT pg_terminate_backend(${rows[0].pid}::int)`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  client.release();
  await expectWhole();
});

test("A1 a write outside a transaction whose answer is lost is not said to have changed nothing", async () => {
  await run(sql`CREATE TABLE marks (id int)`);
  await all(sql`SELECT pg_backend_pid()`);
  const late = run(sql`INSERT INTO marks SELECT 1 FROM pg_sleep(0.5)`);
  const failed = late.catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 200));
  proxy.turn("closed");
  expect(isUnknownOutcome(await failed)).toBe(true);
  proxy.turn("open");
  await run(sql`DROP TABLE marks`);
});

describe("A2 waiting has an end", () => {
  test("A2 F04 when all connections are in use, whoever comes is refused within two seconds, and nothing piles up", async () => {
    const held = await Promise.all(Array.from({ length: 5 }, () => pool().connect()));
    const { error, seconds } = await outcomeOf(() => all(sql`SELECT 1`));
    expect(troubleOf(error)?.kind).toBe("crowded");
    expect(seconds).toBeLessThan(4);
    expect(poolUse()).toMatchObject({ used: 5, waiting: 0 });
    for (const client of held) client.release();
    await expectWhole();
  });

  test("A2 works that share a transaction are refused together, not one after the other", async () => {
    await all(sql`SELECT 1`);
    proxy.turn("silent");
    const shared = Array.from(
      { length: 16 },
      (_, at) => () => inTransaction("queue", (tx) => tx.one(sql`SELECT ${at}::int`), true),
    );
    const outcomes = await Promise.all(shared.map(outcomeOf));
    for (const { error, seconds } of outcomes) {
      expect(troubleOf(error)).not.toBeNull();
      expect(seconds).toBeLessThan(8);
    }
  });

  test("A2 a row that another one holds is waited for five seconds, then nothing was changed", async () => {
    await run(sql`CREATE TABLE rows_held (id int PRIMARY KEY, text text)`);
    await run(sql`INSERT INTO rows_held VALUES (1, 'before')`);
    const holder = await pool().connect();
    await holder.query("BEGIN; SELECT 1 FROM rows_held FOR UPDATE");
    const { error, seconds } = await outcomeOf(() =>
      inTransaction("other", (tx) => tx.run(sql`UPDATE rows_held SET text = 'after'`)),
    );
    expect(troubleOf(error)?.kind).toBe("busy");
    expect(seconds).toBeLessThan(7);
    await holder.query("ROLLBACK");
    holder.release();
    expect(await one(sql`SELECT text FROM rows_held`)).toEqual({ text: "before" });
    await run(sql`DROP TABLE rows_held`);
  });

  test("A2 a turn that doesn't come within ten seconds is given up, and the works behind it keep their order", async () => {
    let end: (() => void) | undefined;
    const first = inTransaction("turns", () => new Promise<string>((resolve) => (end = () => resolve("first"))));
    await expect.poll(() => end).toBeDefined();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const late = outcomeOf(() => inTransaction("turns", async () => "late"));
    await vi.advanceTimersByTimeAsync(6_000);
    const third = inTransaction("turns", async () => "third");
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(isBusy((await late).error)).toBe(true);
    end?.();
    expect(await first).toBe("first");
    expect(await third).toBe("third");
  });

  test("A2 what a request has no time for is not begun, and says that nothing was changed", async () => {
    const spent = startLimit(4_000); // less than what is kept for what is under way
    const { error } = await outcomeOf(() =>
      withinTime(spent, () => inTransaction("late", (tx) => tx.run(sql`SELECT 1`))),
    );
    expect(isOverdue(error)).toBe(true);
    expect((error as Error).message).toContain("Nothing was changed");
  });

  test("A2 nothing is tried twice: a statement that fails, or a database that is lost, is told as it is", async () => {
    let tries = 0;
    const failing = (code: string) =>
      outcomeOf(() =>
        inTransaction("once", async () => {
          tries++;
          throw Object.assign(new Error("as PostgreSQL says it"), { code });
        }),
      );
    for (const code of ["53100", "57P01", "25006", "55P03", "57014", "22001", "08006"]) await failing(code);
    expect(tries).toBe(7);
    tries = 0;
    for (const code of ["40P01", "40001"]) await failing(code);
    expect(tries, "three times each").toBe(6);
    await inTransaction("once", (tx) => tx.run(sql`SELECT 1`)); // a failed commit is reported until one succeeds
  });
});

describe("A10 what /readyz says", () => {
  const parts = async () => {
    const began = performance.now();
    const { ready, database, writes, migrations } = await findReadiness();
    return { ready, database, writes, migrations, seconds: (performance.now() - began) / 1000 };
  };

  test.each(["closed", "silent", "half-closed", "cutting"] as const)(
    "A10 %s: within two seconds that the database doesn't answer, and later that it does",
    async (way) => {
      expect((await parts()).database.ok).toBe(true);
      proxy.turn(way);
      await parts(); // whatever was about to be used
      const { ready, database, writes, seconds } = await parts();
      expect({ ready, lookups: database.ok, writes: writes.ok }).toEqual({
        ready: false,
        lookups: false,
        writes: false,
      });
      expect(seconds).toBeLessThan(4);
      proxy.turn("open");
      await expect
        .poll(async () => (await parts()).database.ok && (await parts()).writes.ok, { timeout: 10_000 })
        .toBe(true);
    },
  );

  test("A10 a lock on what every request reads: look-ups say so, and each read that waits behind it is too slow", async () => {
    const name = "looked-up-behind-a-lock";
    const beside = await pool().connect();
    await beside.query(`BEGIN; LOCK TABLE "Workspace" IN ACCESS EXCLUSIVE MODE`);
    const read = () => outcomeOf(() => point({ name, text: `SELECT id FROM "Workspace" LIMIT 1`, values: [] }));
    const outcomes = await Promise.all([read(), read(), read()]);
    expect(outcomes.map(({ error }) => troubleOf(error)?.kind)).toEqual(["too_slow", "too_slow", "too_slow"]);
    expect((await parts()).database.ok).toBe(false);
    await beside.query("ROLLBACK");
    beside.release();
    expect((await read()).error).toBeNull();
    expect((await parts()).database.ok).toBe(true);
  });

  test("A10 a database that is read only can be looked up in, also where a visit is noted, and takes no writes", async () => {
    const [{ name } = { name: "" }] = await all<{ name: string }>(sql`SELECT current_database() AS name`);
    const set = (value: string) =>
      run({ text: `BEGIN READ WRITE; ALTER DATABASE "${name}" ${value}; COMMIT`, values: [] });
    await set("SET default_transaction_read_only = on");
    await reachBy(proxy.url);
    const { database, writes } = await parts();
    expect(database.ok).toBe(true);
    expect(writes).toEqual({ ok: false, detail: "the database is set to read-only" });
    await runAside(sql`CREATE TABLE nothing (id int)`);
    const { error } = await outcomeOf(() => run(sql`CREATE TABLE nothing (id int)`));
    expect(troubleOf(error)?.kind).toBe("read_only");
    await set("RESET default_transaction_read_only");
    await reachBy(proxy.url);
    expect((await parts()).writes.ok).toBe(true);
  });

  test("A10 a commit that failed a moment ago is told, until one succeeds", async () => {
    await outcomeOf(() =>
      inTransaction("full", () =>
        Promise.reject(Object.assign(new Error("No space left on device"), { code: "53100" })),
      ),
    );
    expect((await parts()).writes).toMatchObject({ ok: false, detail: expect.stringContaining("out of disk space") });
    await inTransaction("full", (tx) => tx.run(sql`SELECT 1`));
    expect((await parts()).writes.ok).toBe(true);
  });
});
