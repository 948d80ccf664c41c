import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { StartError } from "@/scripts/start-error";
import { query } from "./database";
import { openEmbeddedPostgres } from "./postgres";
import { postmaster } from "./postmaster";
import { keptSecret } from "./secret";

// Each test starts servers, which takes its time where others want the machine too.
vi.setConfig({ testTimeout: 120_000 });

// What a start finds in its data folder.

/** A data folder with a table and a row, which most tests begin with a copy of. */
const filled = mkdtempSync(join(tmpdir(), "muster-a6-"));
beforeAll(async () => {
  const { url, release } = await openEmbeddedPostgres(filled);
  await query(url, "CREATE TABLE kept AS SELECT 1 AS one");
  await release();
  rmSync(join(filled, "run"), { recursive: true }); // each start makes one
});
afterAll(() => rmSync(filled, { recursive: true, force: true }));

let top: string;
let data: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "muster-a6-"));
  data = join(top, "data");
});
afterEach(() => {
  try {
    execFileSync("umount", [data], { stdio: "ignore" });
  } catch {
    // most tests mount nothing
  }
  rmSync(top, { recursive: true, force: true });
});

const folder = () => join(data, "postgres");

/** Starts it, looks whether it works, and stops it. */
async function startsAndStops(): Promise<void> {
  const { url, release } = await openEmbeddedPostgres(data);
  expect(await query(url, "SELECT current_user AS me")).toEqual([{ me: "muster_app" }]);
  await release();
  expect(postmaster(folder())).toBeNull();
}

async function refusal(): Promise<string> {
  const failed = await openEmbeddedPostgres(data).then(
    async ({ release }) => {
      await release();
      return "it started";
    },
    (error: unknown) => error,
  );
  expect(failed).toBeInstanceOf(StartError);
  const { message } = failed as StartError;
  expect(message).not.toContain("\n");
  return message;
}

/** A table with a row, as data that must never go. */
function makeData(): void {
  mkdirSync(data, { recursive: true });
  execFileSync("cp", ["-a", `${filled}/.`, data]);
}

async function dataIsThere(): Promise<void> {
  const { url, release } = await openEmbeddedPostgres(data);
  expect(await query(url, "SELECT one FROM kept")).toEqual([{ one: 1 }]);
  await release();
}

test("A6 what a start that was killed has left beside the database goes away", async () => {
  makeData();
  mkdirSync(join(data, "postgres.new-abc", "base"), { recursive: true });
  writeFileSync(join(data, "postgres.new-abc", "PG_VERSION"), "18\n");
  await dataIsThere();
  expect(readdirSync(data).sort()).toEqual(["postgres", "postgres.log", "run"]);
});

test.each([
  ["only its folders", (path: string) => mkdirSync(join(path, "base", "1"), { recursive: true })],
  [
    "an empty version",
    (path: string) => {
      mkdirSync(join(path, "global"), { recursive: true });
      writeFileSync(join(path, "PG_VERSION"), "");
    },
  ],
  [
    "its version and no databases",
    (path: string) => {
      mkdirSync(join(path, "base", "1"), { recursive: true });
      writeFileSync(join(path, "PG_VERSION"), "18\n");
      writeFileSync(join(path, "postgresql.conf"), "");
    },
  ],
])("A6 a folder that an older version began and did not finish is made anew: %s", async (_, begin) => {
  begin(folder());
  await startsAndStops();
});

test("A6 so is one in which all files are there, and PostgreSQL's own first database is not", async () => {
  const { adminUrl, release } = await openEmbeddedPostgres(data);
  await query(adminUrl.replace("/postgres?", "/template1?"), "DROP DATABASE muster");
  await query(adminUrl.replace("/postgres?", "/template1?"), "DROP DATABASE postgres");
  await release();
  await startsAndStops();
});

test("A6 so is one that does not start and never held a database", async () => {
  const { adminUrl, release } = await openEmbeddedPostgres(data);
  await query(adminUrl, "DROP DATABASE muster");
  await release();
  writeFileSync(join(folder(), "global", "pg_control"), "");
  await startsAndStops();
}, 60_000);

test("A6 one that held data is never made anew: its damage is named", async () => {
  makeData();
  const control = readFileSync(join(folder(), "global", "pg_control"));
  rmSync(join(folder(), "global", "pg_control"));
  expect(await refusal()).toMatch(/^The database in .* is damaged: .* there is data in it/);
  writeFileSync(join(folder(), "global", "pg_control"), "");
  expect(await refusal()).toMatch(/^The embedded database in .* does not start: .*global\/pg_control/);
  writeFileSync(join(folder(), "global", "pg_control"), control);
  await dataIsThere();
}, 60_000);

test("A6 a backup that is half restored is not taken for a start that was killed", async () => {
  makeData();
  renameSync(join(folder(), "base"), join(top, "base"));
  renameSync(join(folder(), "global"), join(top, "global"));
  writeFileSync(join(folder(), "pg_wal", "00000001000000020000004F"), "");
  expect(await refusal()).toMatch(/is damaged/);
  rmSync(join(folder(), "pg_wal", "00000001000000020000004F"));
  for (const name of ["base", "global"]) renameSync(join(top, name), join(folder(), name));
  await dataIsThere();
});

test("A6 a start that fails, or is given up at whatever moment, leaves no database running", async () => {
  makeData();
  await expect(openEmbeddedPostgres(data, 'no"name')).rejects.toThrow(StartError);
  expect(postmaster(folder())).toBeNull();
  const moments = [
    () => true,
    () => existsSync(join(folder(), "postmaster.pid")),
    () => existsSync(join(data, "run", ".s.PGSQL.5432")),
    () => postmaster(folder())?.ready === true,
  ];
  /** Gives a start up at a moment. False if it was over before anybody looked: then it is ended as a server would. */
  const isGivenUp = async (isReached: () => boolean) => {
    const leaving = new AbortController();
    let isOver = false;
    const start = openEmbeddedPostgres(data, "muster", leaving.signal).finally(() => {
      isOver = true;
    });
    const opened = start.catch((error: Error) => {
      expect(error.message).toMatch(/abort/i);
      return null;
    });
    while (!isReached() && !isOver) await sleep(1);
    leaving.abort();
    const server = await opened;
    await server?.release();
    expect(postmaster(folder())).toBeNull();
    return server === null;
  };
  for (const isReached of moments) {
    let tries = 1;
    while (!(await isGivenUp(isReached))) expect(tries++).toBeLessThan(10);
  }
  await dataIsThere();
});

test("A6 the reason why it does not start is PostgreSQL's, of this start and no other", async () => {
  makeData();
  writeFileSync(join(data, "postgres.log"), "[1] FATAL:  an old story\n", { flag: "a" });
  writeFileSync(join(folder(), "postgresql.auto.conf"), "shared_buffers = 'lots'\n");
  const line = await refusal();
  expect(line).toContain("does not start");
  expect(line).toMatch(/shared_buffers|configuration file/);
  expect(line).not.toContain("an old story");
}, 60_000);

test("A6 PostgreSQL's log doesn't grow by what fails in it, and holds nothing that people store", async () => {
  const { url, adminUrl, release } = await openEmbeddedPostgres(data);
  const log = () => readFileSync(join(data, "postgres.log"), "utf8");
  const before = log();
  await expect(query(url, "SELECT 'ada@acme.test'::int")).rejects.toThrow("ada@acme.test");
  await query(adminUrl, "CHECKPOINT");
  expect(log()).toBe(before);
  await release();
});

test("A6 another major version is named, with what to do", async () => {
  makeData();
  writeFileSync(join(folder(), "PG_VERSION"), "17\n");
  const line = await refusal();
  expect(line).toContain("was made by PostgreSQL 17, and this version of Muster brings PostgreSQL 18");
  expect(line).toContain("muster backup FILE");
  expect(line).toContain("muster restore FILE");
  writeFileSync(join(folder(), "PG_VERSION"), "18\n");
  await dataIsThere();
});

test("A6 a folder that holds something else is left alone", async () => {
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), "thesis.txt"), "");
  expect(await refusal()).toMatch(/holds thesis\.txt, which is no database/);
  expect(readdirSync(folder())).toEqual(["thesis.txt"]);
});

test("A6 a pid file whose number another process has by now keeps nobody out", async () => {
  makeData();
  // This very process, which lives; and a program that even has PostgreSQL's name.
  for (const pid of [process.pid, spawnNamesake()]) {
    writeFileSync(
      join(folder(), "postmaster.pid"),
      `${pid}\n${folder()}\n1\n5432\n${join(data, "run")}\n\n  1 1\nready   \n`,
    );
    await dataIsThere();
  }
}, 60_000);

const namesakes: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const child of namesakes.splice(0)) child.kill();
});
function spawnNamesake(): number {
  const child = spawn("sleep", ["60"], { argv0: "postgres", stdio: "ignore" });
  namesakes.push(child);
  return child.pid ?? 0;
}

test("A6 a pid file that is half written or names nobody keeps nobody out", async () => {
  makeData();
  for (const text of ["", "4194000\n", `4194000\n${folder()}\n1\n5432\n/nowhere\n\n  1 1\nready   \n`]) {
    writeFileSync(join(folder(), "postmaster.pid"), text);
    await dataIsThere();
  }
}, 60_000);

test("A6 a data folder that is a link works, and so does a database behind a link", async () => {
  mkdirSync(join(top, "disk"));
  symlinkSync(join(top, "disk"), data);
  makeData();
  await dataIsThere();
  mkdirSync(join(top, "other"));
  execFileSync("mv", [folder(), join(top, "other", "pg")]);
  symlinkSync(join(top, "other", "pg"), folder());
  await dataIsThere();
});

test("A6 a link that leads nowhere is named", async () => {
  mkdirSync(data);
  symlinkSync(join(top, "nowhere"), folder());
  expect(await refusal()).toMatch(/is a link that leads nowhere/);
});

test("A6 the secret is whole or not there: a cut one is made anew, a whole one stays", () => {
  mkdirSync(data);
  writeFileSync(join(data, "secret"), "0123");
  const made = keptSecret(data);
  expect(made).toMatch(/^[0-9a-f]{64}$/);
  expect(keptSecret(data)).toBe(made);
  writeFileSync(join(data, "secret"), "");
  expect(keptSecret(data)).toMatch(/^[0-9a-f]{64}$/);
  expect(readdirSync(data)).toEqual(["secret"]);
  rmSync(join(data, "secret"));
  mkdirSync(join(data, "secret"));
  expect(() => keptSecret(data)).toThrow(/^The secret of this installation can't be kept in .*EISDIR/);
});

test("A6 a temp directory with a long name doesn't keep a deep folder from its socket", async () => {
  const given = process.env.TMPDIR;
  process.env.TMPDIR = join(top, "temporary".repeat(10));
  mkdirSync(process.env.TMPDIR);
  data = join(top, "deep".repeat(25), "data");
  try {
    await startsAndStops();
  } finally {
    if (given === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = given;
  }
});

// Only root can hand over and mount.
const asRoot = test.runIf(process.getuid?.() === 0);

asRoot("A6 a database that belongs to somebody else is named, and changes hands for nobody", async () => {
  makeData();
  execFileSync("chown", ["-R", "4242", folder()]);
  expect(await refusal()).toMatch(/belongs to user 4242, and Muster was started by user 0\. .*chown -R 0/);
  expect(execFileSync("stat", ["-c", "%u", folder()], { encoding: "utf8" }).trim()).toBe("4242");
  execFileSync("chown", ["-R", "0", folder()]);
  await dataIsThere();
});

asRoot("A6 an account that may not write there is told so", () => {
  mkdirSync(data);
  chownSync(data, 4_242, 4_242);
  chmodSync(data, 0o700);
  chmodSync(top, 0o755);
  const code = `import("@/scripts/embedded/folder").then(({ makeDataFolder }) => makeDataFolder(${JSON.stringify(data)})).catch((error) => console.log(error.constructor.name, error.message))`;
  const file = join(top, "try.mts");
  writeFileSync(file, code.replace("@/", `${process.cwd()}/`));
  const flags = ["--import", "tsx", file];
  const output = execFileSync("setpriv", ["--reuid=65534", "--clear-groups", process.execPath, ...flags], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: "/tmp" },
  });
  expect(output).toMatch(/StartError The data folder .* can't be written \(E(ACCES|PERM)\)/);
});

/** Mounts a file system of its own at the data folder; false where this container may not. */
function mount(options: string): boolean {
  mkdirSync(data, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", data], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

asRoot(
  "A6 a disk that is full while it is made: said in a line, nothing is left, and the next start works",
  async (context) => {
    if (!mount("size=12m")) return context.skip("this container may not mount");
    expect(await refusal()).toMatch(/could not be made in .*(No space left|could not (write|extend|fsync))/);
    expect(readdirSync(data).filter((name) => name.startsWith("postgres.new"))).toEqual([]);
    execFileSync("mount", ["-o", "remount,size=200m", data]);
    await startsAndStops();
  },
);

asRoot("A6 a volume at the database's own place, which nothing can be moved to, is named", async (context) => {
  const given = data;
  data = join(top, "data", "postgres");
  const isMounted = mount("size=100m");
  const place = data;
  data = given;
  if (!isMounted) return context.skip("this container may not mount");
  expect(await refusal()).toMatch(/It is a volume of its own: mount the folder above it instead\.$/);
  execFileSync("umount", [place]);
  await startsAndStops();
});

asRoot("A6 a file system that is read-only is named", async (context) => {
  if (!mount("size=100m")) return context.skip("this container may not mount");
  execFileSync("mount", ["-o", "remount,ro", data]);
  expect(await refusal()).toMatch(/can't be written \(EROFS\)/);
});

test("A6 a copy of the folder elsewhere is another database: the one that runs is not touched", async () => {
  const first = await openEmbeddedPostgres(data);
  await query(first.url, "CREATE TABLE kept AS SELECT 1 AS one");
  const original = data;
  data = join(top, "copy", "data");
  mkdirSync(dirname(data));
  cpSync(original, data, { recursive: true, filter: (path) => !path.includes("/run") });
  const copy = await openEmbeddedPostgres(data);
  expect(copy.url).not.toBe(first.url);
  await copy.release();
  expect(await query(first.url, "SELECT one FROM kept")).toEqual([{ one: 1 }]);
  await first.release();
  expect(existsSync(join(original, "postgres", "postmaster.pid"))).toBe(false);
});
