import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { makeDirectory } from "@/e2e/idp/entra/directory";
import { emptyState, Job } from "@/e2e/idp/entra/job";
import { defaultKnobs } from "@/e2e/idp/entra/knobs";
import { Wire } from "@/e2e/idp/entra/wire";
import { DidNotStart, type Muster, makeDataFolder, makeWorkspace, startMuster } from "@/e2e/support/muster";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false; // no such process, or no /proc and none either
  }
}

function databasePid(folder: string): number {
  return Number(readFileSync(join(folder, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
}

async function refusedStart(settings: Record<string, string>): Promise<DidNotStart> {
  const started: unknown = await startMuster(settings).catch((error: unknown) => error);
  if (started instanceof DidNotStart) return started;
  await (started as Muster).stop();
  throw new Error("it started");
}

const scimGet = (url: string, token: string, path: string) =>
  fetch(`${url}/scim/v2${path}`, { headers: { authorization: `Bearer ${token}` } });

test.describe("start and stop", () => {
  const folder = makeDataFolder();
  test.afterAll(() => folder.remove());

  test("SIGTERM leaves no process behind, and the next start finds the same data", async () => {
    const first = await startMuster({ MUSTER_DATA_DIR: folder.path });
    expect(first.setupLink).toContain("/setup?key=");
    expect((await fetch(`${first.url}/livez`)).status).toBe(200);
    const ready = await fetch(`${first.url}/readyz`);
    expect(await ready.json()).toMatchObject({
      ready: true,
      database: { ok: true },
      migrations: { ok: true },
      worker: { ok: true },
    });
    const token = makeWorkspace(folder.path);
    expect((await scimGet(first.url, token, "/Users")).status).toBe(200);
    const database = databasePid(folder.path);
    expect(await first.stop()).toBe(0);
    expect(isAlive(database), "the embedded database has ended too").toBe(false);

    const second = await startMuster({ MUSTER_DATA_DIR: folder.path });
    expect(second.setupLink, "there is a workspace now").toBeUndefined();
    const list = (await (await scimGet(second.url, token, "/Users")).json()) as { totalResults: number };
    expect(list.totalResults).toBe(1);
    await second.stop();
  });

  test("a signal to npm start alone ends everything", async () => {
    const env = { ...process.env, MUSTER_DATA_DIR: folder.path, PORT: "0", HOST: "127.0.0.1" };
    const npm: ChildProcess = spawn("npm", ["start"], { env, detached: true, stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve) => {
      npm.stdout?.on("data", (chunk: Buffer) => chunk.toString().includes("Muster runs at") && resolve());
    });
    const database = databasePid(folder.path);
    npm.kill("SIGINT");
    await expect.poll(() => isAlive(database) || existsSync(join(folder.path, "postgres/postmaster.pid"))).toBe(false);
    await expect.poll(() => npm.pid !== undefined && groupIsAlive(npm.pid)).toBe(false);
  });
});

/** Whether any process of the group that was opened for a command is left. */
function groupIsAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false; // ESRCH: nobody is left in it
  }
}

test.describe("what is wrong is said in one line, with exit code 1", () => {
  const folder = makeDataFolder();
  test.afterAll(() => folder.remove());

  const oneLine = (text: string) => text.trim().split("\n");

  test("a taken port", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, output } = await refusedStart({ MUSTER_DATA_DIR: folder.path, PORT: String(port) });
    expect(code).toBe(1);
    expect(oneLine(output)).toEqual([`Port ${port} is taken: stop what uses it, or set PORT to another one.`]);
    server.close();
  });

  test("a data folder that can't be written", async () => {
    const file = join(folder.path, "a-file");
    writeFileSync(file, "");
    const { code, output } = await refusedStart({ MUSTER_DATA_DIR: join(file, "data") });
    expect(code).toBe(1);
    expect(oneLine(output)).toHaveLength(1);
    expect(output).toMatch(/data folder .* can't be written \(ENOTDIR\): fix its rights, or set MUSTER_DATA_DIR/);
  });

  test("a bad setting", async () => {
    const { code, output } = await refusedStart({ MUSTER_DATA_DIR: folder.path, MUSTER_URL: "acme" });
    expect(code).toBe(1);
    expect(oneLine(output)).toEqual([
      'The setting MUSTER_URL is not valid: "acme". It must be the public address, such as https://muster.example.com.',
    ]);
  });

  test("a database that can't be reached", async () => {
    const settings = { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none", MUSTER_SECRET: "s".repeat(32) };
    const { code, output } = await refusedStart(settings);
    expect(code).toBe(1);
    expect(oneLine(output)).toHaveLength(1);
    expect(output).toContain("The database of DATABASE_URL can't be used (ECONNREFUSED");
  });
});

test.describe("a crash in the middle of a cycle", () => {
  for (const flag of [false, true]) {
    test(`kill -9: nothing acknowledged is lost, and the cycle finishes (flag ${flag ? "on" : "off"})`, async () => {
      const folder = makeDataFolder();
      const directory = makeDirectory("acme.test", 120, 6);
      const state = emptyState();
      const knobs = { ...defaultKnobs, flag };
      let muster = await startMuster({ MUSTER_DATA_DIR: folder.path, MUSTER_SCIM_RATE: "0" });
      const token = makeWorkspace(folder.path);

      const cut = new Job(new Wire(`${muster.url}/scim/v2`, token, flag), knobs, state);
      let crash: Promise<void> | null = null;
      await cut.cycle(directory, (step, done) => {
        if (step === "users" && done >= 40) crash ??= muster.kill();
      });
      await crash;
      expect(cut.failures.length, "the crash was in the middle").toBeGreaterThan(0);
      const acknowledged = Object.values(state.users);
      expect(acknowledged.length).toBeGreaterThanOrEqual(40);

      muster = await startMuster({ MUSTER_DATA_DIR: folder.path, MUSTER_SCIM_RATE: "0" });
      for (const id of acknowledged) expect((await scimGet(muster.url, token, `/Users/${id}`)).status).toBe(200);

      const rest = new Job(new Wire(`${muster.url}/scim/v2`, token, flag), knobs, state);
      await rest.cycle(directory);
      expect(rest.failures).toEqual([]);

      const wire = new Wire(`${muster.url}/scim/v2`, token, flag);
      const again = new Job(wire, knobs, state);
      await again.cycle(directory);
      expect(again.failures).toEqual([]);
      expect(wire.writes, "a second pass over the same directory writes nothing").toBe(0);
      await muster.stop();
      folder.remove();
    });
  }
});
