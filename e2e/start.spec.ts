import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@playwright/test";
import pg from "pg";
import {
  DidNotStart,
  freePort,
  type Muster,
  makeDataFolder,
  makeWorkspace,
  operate,
  startMuster,
} from "@/e2e/support/muster";
import { openSilentProxy } from "@/e2e/support/silent-proxy";
import { migrate } from "@/scripts/database/migrate";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "@/scripts/embedded/postgres";

// Starting and stopping beside whatever goes wrong around it.

const secret = "a secret of the test run, long enough";

/** A PostgreSQL that is not Muster's own, with a database for each test. */
const folder = makeDataFolder();
let postgres: EmbeddedPostgres;
let databases = 0;
test.beforeAll(async () => {
  postgres = await openEmbeddedPostgres(folder.path);
  await migrate(postgres.url); // the database "muster", which tests copy
});
test.afterAll(async () => {
  await postgres.release();
  folder.remove();
});

async function ask<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A database as a start leaves it, or one that nobody has used yet. */
async function makeDatabase(template: "muster" | "template1" = "muster"): Promise<string> {
  const name = `start_${databases++}`;
  await ask(postgres.adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template} OWNER muster_app`);
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return url.href;
}

const socketOf = (url: string) => ({ path: `${new URL(url).searchParams.get("host")}/.s.PGSQL.5432` });

function through(url: string, port: number): string {
  const changed = new URL(url);
  changed.searchParams.delete("host");
  changed.host = `127.0.0.1:${port}`;
  return changed.href;
}

function createWorkspace(): string {
  return operate(
    folder.path,
    "workspace",
    "create",
    "--name",
    "Acme",
    "--slug",
    "acme",
    "--admin-email",
    "a@acme.test",
  );
}

async function refused(settings: Record<string, string>): Promise<DidNotStart> {
  const started: unknown = await startMuster(settings).catch((error: unknown) => error);
  if (started instanceof DidNotStart) return started;
  await (started as Muster).stop();
  throw new Error("it started");
}

function databasePid(path: string): number {
  return Number(readFileSync(join(path, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
}

/** The one line that an operator gets, with exit code 1 and no stack. */
function lineOf({ code, output }: DidNotStart): string {
  expect(code).toBe(1);
  expect(output).not.toMatch(/^\s+at .*:\d+/m);
  const lines = output.trim().split("\n");
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

function run(settings: Record<string, string>): { child: ChildProcess; output: () => string } {
  const env = { ...process.env, NODE_ENV: "production" as const, HOST: "127.0.0.1", PORT: "0", ...settings };
  const child = spawn(process.execPath, ["dist/server.mjs"], {
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const read = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  return { child, output: () => output };
}

/** Runs commands in a shell with these settings. */
function inShell<Result>(settings: Record<string, string>, work: () => Result): Result {
  const before = { ...process.env };
  Object.assign(process.env, settings);
  try {
    return work();
  } finally {
    for (const name of Object.keys(settings)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** Processes that work on a data folder. */
function processesOf(path: string): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "latin1").includes(path);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

test.describe("A5 stop", () => {
  test("A5 before it closes its port, /readyz answers 503 and every answer ends its connection", async () => {
    const muster = await startMuster({ DATABASE_URL: await makeDatabase(), MUSTER_SECRET: secret });
    expect((await fetch(`${muster.url}/readyz`)).status).toBe(200);
    const stopped = muster.stop();
    await expect.poll(async () => (await fetch(`${muster.url}/readyz`)).status, { intervals: [10] }).toBe(503);
    for (const path of ["/livez", "/scim/v2/ServiceProviderConfig", "/sign-in"]) {
      const answer = await fetch(`${muster.url}${path}`);
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get("connection"), path).toBe("close");
    }
    expect(await stopped).toBe(0);
  });

  for (const what of ["database", "database and mail server"]) {
    test(`A5 a ${what} that falls silent keeps nobody: thirty seconds after SIGTERM it has ended`, async () => {
      const url = await makeDatabase();
      const database = await openSilentProxy(socketOf(url));
      const mail = await openSilentProxy(null);
      const muster = await startMuster({
        DATABASE_URL: through(url, database.port),
        MUSTER_SECRET: secret,
        MUSTER_INVITE_DELAY: "0",
        ...(what.includes("mail") && { SMTP_URL: `smtp://127.0.0.1:${mail.port}` }),
      });
      const token = inShell({ DATABASE_URL: url, MUSTER_SECRET: secret }, () => makeWorkspace(folder.path));
      const withToken = { headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } };
      if (what.includes("mail")) {
        const guest = { userName: "guest@elsewhere.test", active: true };
        const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
        const body = JSON.stringify({ schemas, ...guest });
        expect((await fetch(`${muster.url}/scim/v2/Users`, { ...withToken, method: "POST", body })).status).toBe(201);
        const tried = () => ask(url, `SELECT 1 FROM "Mail" WHERE attempts > 0`);
        await expect.poll(async () => (await tried()).length, { timeout: 60_000 }).toBeGreaterThan(0);
      }
      if (what.includes("database")) database.fallSilent();
      const waiting = fetch(`${muster.url}/scim/v2/Users`, { headers: { authorization: "Bearer x" } }).catch(
        () => null,
      );
      const stopped = muster.stop();
      const late = sleep(30_000, "still there", { ref: false });
      expect(await Promise.race([stopped, late])).toBe(0);
      await waiting;
      await database.close();
      await mail.close();
    });
  }
});

test.describe("A5 start", () => {
  test("A5 a database that isn't there yet is waited for; meanwhile requests are told to come again", async () => {
    const url = await makeDatabase("template1");
    const [databasePort, port] = [await freePort(), await freePort()];
    const settings = { DATABASE_URL: through(url, databasePort), MUSTER_SECRET: secret, PORT: String(port) };
    const starting = startMuster(settings);
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
    await expect.poll(async () => (await get("/sign-in"))?.status).toBe(503);
    expect((await get("/readyz"))?.headers.get("retry-after")).toBeTruthy();
    expect((await get("/scim/v2/Users"))?.status).toBe(503);
    expect((await get("/livez"))?.status).toBe(200);
    const database = await openSilentProxy(socketOf(url), databasePort);
    const muster = await starting;
    expect(muster.output()).toContain("Waiting for the database: it refuses connections.");
    expect(await muster.stop()).toBe(0);
    await database.close();
  });

  test("A5 a signal while it waits ends it at once", async () => {
    const url = `postgresql://muster@127.0.0.1:${await freePort()}/muster`;
    const { child, output } = run({ DATABASE_URL: url, MUSTER_SECRET: secret });
    await expect.poll(output).toContain("Waiting for the database");
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(output()).not.toContain("    at ");
  });

  test("A4 another secret stops the start in a line, and a command that seals; a lost one is replaced", async () => {
    const url = await makeDatabase();
    const first = await startMuster({ DATABASE_URL: url, MUSTER_SECRET: secret });
    await first.stop();
    const other = { DATABASE_URL: url, MUSTER_SECRET: "another secret that is long enough, too" };
    expect(lineOf(await refused(other))).toMatch(/^MUSTER_SECRET is not the one .* secret replace\.$/);
    inShell(other, () => {
      expect(createWorkspace).toThrow(/MUSTER_SECRET is not the one/);
      expect(operate(folder.path, "secret", "replace")).toContain("0 waiting emails");
      expect(operate(folder.path, "secret", "replace")).toContain("Nothing was replaced.");
    });
    const again = await startMuster(other);
    expect(await again.stop()).toBe(0);
  });

  const broken: [string, string, RegExp][] = [
    [
      "a newer version's",
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '99990101000000_later', now())`,
      /newer version of Muster: it has the migration 99990101000000_later/,
    ],
    [
      "with an edited migration",
      "UPDATE _prisma_migrations SET checksum = 'x' WHERE migration_name LIKE '%_installation'",
      /^The migration \d+_installation was changed after/,
    ],
    [
      "whose tables belong to another role",
      `DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_installation'; ALTER TABLE "Server" OWNER TO muster; DROP TABLE "Installation"`,
      /\(42501: .*lacks a right/,
    ],
  ];
  for (const [what, statement, line] of broken) {
    test(`A11 a database ${what} is refused in a line`, async () => {
      const url = await makeDatabase();
      const settings = { DATABASE_URL: url, MUSTER_SECRET: secret };
      await (await startMuster(settings)).stop();
      await ask(url.replace("muster_app@", "muster@"), statement);
      expect(lineOf(await refused(settings))).toMatch(line);
    });
  }

  const mistakes: [string, Record<string, string>, RegExp][] = [
    ["a port that is none", { PORT: "99999" }, /^The setting PORT is not valid/],
    ["a host that isn't this machine's", { HOST: "203.0.113.7" }, /^Port \d+ can't be used on 203\.0\.113\.7/],
    ["a public address with a path", { MUSTER_URL: "https://x.test/muster" }, /^The setting MUSTER_URL is not valid/],
    ["a short secret", { MUSTER_SECRET: "short" }, /^The setting MUSTER_SECRET is not valid/],
    ["no secret", { MUSTER_SECRET: "" }, /^The setting MUSTER_SECRET is missing/],
    ["an address of another kind", { DATABASE_URL: "mysql://x/y" }, /^The setting DATABASE_URL is not valid/],
    [
      "a certificate's file that isn't there",
      { DATABASE_URL: "postgresql://m@127.0.0.1/m?sslrootcert=/none.pem" },
      /none\.pem/,
    ],
    [
      "a wait that is no number",
      { MUSTER_START_WAIT: "long" },
      /^The setting MUSTER_START_WAIT is not valid: "long"\. It must be a number of seconds/,
    ],
    ["mail's address of another kind", { SMTP_URL: "http://x" }, /^The setting SMTP_URL is not valid/],
  ];
  for (const [what, settings, line] of mistakes) {
    test(`A5 ${what}: one line`, async () => {
      const url = "postgresql://nobody@127.0.0.1:1/none";
      expect(
        lineOf(await refused({ DATABASE_URL: url, MUSTER_SECRET: secret, MUSTER_START_WAIT: "0", ...settings })),
      ).toMatch(line);
    });
  }
});

test.describe("A11 several processes", () => {
  test("A11 three servers that start together on an empty database all serve", async () => {
    const settings = { DATABASE_URL: await makeDatabase("template1"), MUSTER_SECRET: secret };
    const all = await Promise.all([1, 2, 3].map(() => startMuster(settings)));
    for (const { url } of all) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await Promise.all(all.map((muster) => muster.stop()))).toEqual([0, 0, 0]);
  });

  test("A11 a command changes no tables while an older version serves, and does when nobody serves", async () => {
    const url = await makeDatabase();
    const settings = { DATABASE_URL: url, MUSTER_SECRET: secret };
    const muster = await startMuster(settings);
    // As the older version left it: without the last migration.
    await ask(
      url,
      `DROP TABLE "Installation"; DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_installation'`,
    );
    inShell(settings, () =>
      expect(createWorkspace).toThrow(
        new RegExp(`An older version of Muster serves on this database \\(pid ${muster.pid} on `),
      ),
    );
    expect(await ask(url, `SELECT to_regclass('"Installation"')::text AS name`)).toEqual([{ name: null }]);
    await muster.stop();
    expect(inShell(settings, createWorkspace)).toContain("acme/settings");
  });
});

test.describe("A6 the embedded database", () => {
  test("A6 killed under a server, it comes back by itself, and the server with it", async () => {
    const own = makeDataFolder();
    const muster = await startMuster({ MUSTER_DATA_DIR: own.path });
    const token = makeWorkspace(own.path);
    const list = () => fetch(`${muster.url}/scim/v2/Users`, { headers: { authorization: `Bearer ${token}` } });
    expect((await list()).status).toBe(200);
    for (let round = 0; round < 3; round++) {
      const before = databasePid(own.path);
      process.kill(before, "SIGKILL");
      await expect.poll(() => databasePid(own.path)).not.toBe(before);
      await expect.poll(async () => (await list()).status, { timeout: 30_000 }).toBe(200);
    }
    expect(await muster.stop()).toBe(0);
    expect(processesOf(own.path)).toEqual([]);
    own.remove();
  });

  test("A6 a secret that can't be kept ends the start in a line, and leaves no process", async () => {
    const own = makeDataFolder();
    mkdirSync(join(own.path, "secret"));
    expect(lineOf(await refused({ MUSTER_DATA_DIR: own.path }))).toMatch(
      /^The secret of this installation can't be kept/,
    );
    expect(processesOf(own.path)).toEqual([]);
    own.remove();
  });

  test("A5 Ctrl-C in each phase of a first start leaves no process, and the next start works", async () => {
    test.slow();
    const phases: ((path: string) => boolean)[] = [
      () => true,
      (path) => readdirSync(path).some((name) => name.startsWith("postgres.new-")),
      (path) =>
        readdirSync(path).some(
          (name) => name.startsWith("postgres.new-") && existsSync(join(path, name, "global/pg_control")),
        ),
      (path) => existsSync(join(path, "postgres/postmaster.pid")),
      (path) => existsSync(join(path, "run/.s.PGSQL.5432")),
    ];
    for (const [index, isReached] of phases.entries()) {
      const own = makeDataFolder();
      const { child, output } = run({ MUSTER_DATA_DIR: own.path });
      while (!isReached(own.path)) await sleep(5);
      process.kill(-(child.pid ?? 0), "SIGINT");
      const [code, signal] = await once(child, "exit");
      expect([code, signal], `phase ${index}: ${output()}`).toEqual(index === 0 ? [null, "SIGINT"] : [0, null]);
      expect(output(), `phase ${index}`).not.toContain("    at ");
      await expect.poll(() => processesOf(own.path), `phase ${index}`).toEqual([]);
      const again = await startMuster({ MUSTER_DATA_DIR: own.path });
      await again.stop();
      own.remove();
    }
  });
});
