import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { query } from "./database";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "./postgres";
import { postmaster } from "./postmaster";

// Each test starts servers, which takes its time where others want the machine too.
vi.setConfig({ testTimeout: 120_000 });

let top: string;
let embedded: EmbeddedPostgres;
beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), "muster-a6-"));
  embedded = await openEmbeddedPostgres(top);
  embedded.watch();
  await query(embedded.url, "CREATE TABLE kept AS SELECT 1 AS one");
});
afterEach(async () => {
  await embedded.release();
  rmSync(top, { recursive: true, force: true });
});

const folder = () => join(top, "postgres");
const pid = () => postmaster(folder())?.pid ?? 0;
const isThere = () =>
  vi.waitFor(async () => expect(await query(embedded.url, "SELECT one FROM kept")).toEqual([{ one: 1 }]), {
    timeout: 20_000,
    interval: 100,
  });

test("A6 a database that is killed is started again, at the same address, again and again", async () => {
  for (const signal of ["SIGKILL", "SIGQUIT", "SIGINT"] as const) {
    const before = pid();
    process.kill(before, signal);
    await vi.waitFor(() => expect(pid()).not.toBe(before), { timeout: 10_000 });
    await isThere();
    expect(pid()).not.toBe(before);
  }
}, 60_000);

test("A6 a socket that was removed comes back", async () => {
  rmSync(join(top, "run"), { recursive: true });
  await isThere();
}, 60_000);

test("A6 several that watch one folder end with one database", async () => {
  const others = await Promise.all([openEmbeddedPostgres(top), openEmbeddedPostgres(top)]);
  for (const other of others) other.watch();
  for (let round = 0; round < 3; round++) {
    const before = pid();
    process.kill(before, "SIGKILL");
    await vi.waitFor(() => expect([0, before]).not.toContain(pid()), { timeout: 10_000 });
    await isThere();
  }
  const last = pid();
  const client = new pg.Client({
    connectionString: embedded.url.replace(/application_name=[^&]+/, "application_name=other"),
  });
  await client.connect(); // somebody uses it still
  for (const other of others) await other.release();
  expect(pid()).toBe(last);
  await client.end();
}, 60_000);

test("A6 a stop while it is being started again does not hang, and leaves nobody", async () => {
  writeFileSync(join(folder(), "postgresql.auto.conf"), "shared_buffers = 'lots'\n"); // it can't come up
  process.kill(pid(), "SIGKILL");
  await vi.waitFor(() => expect(pid()).toBe(0));
  await embedded.release();
  expect(pid()).toBe(0);
}, 20_000);

test("A6 once its folder is whole again, it is up again", async () => {
  renameSync(folder(), join(top, "away"));
  await vi.waitFor(() => expect(pid()).toBe(0), { timeout: 90_000 });
  renameSync(join(top, "away"), folder());
  await isThere();
}, 120_000);
