import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { Wire } from "@/e2e/idp/entra/connector/wire";
import { makeDirectory } from "@/e2e/idp/entra/directory";
import { emptyState, Job } from "@/e2e/idp/entra/job";
import { defaultKnobs } from "@/e2e/idp/entra/knobs";
import { DidNotStart, freePort, type Muster, makeDataFolder, makeWorkspace, startMuster } from "@/e2e/support/muster";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

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

  test("A1 metrics: with the token on the application's port, without one on their own, and neither where none is set", async () => {
    const token = "a-token-for-metrics";
    const port = await freePort();
    const settings = { MUSTER_DATA_DIR: folder.path, MUSTER_METRICS_TOKEN: token, MUSTER_METRICS_PORT: String(port) };
    const muster = await startMuster(settings);
    const ask = (url: string, bearer?: string) =>
      fetch(url, { headers: bearer ? { authorization: `Bearer ${bearer}` } : {} });
    expect((await ask(`${muster.url}/metrics`)).status).toBe(401);
    expect((await ask(`${muster.url}/metrics`, "another-token-of-them")).status).toBe(401);
    await (await ask(`${muster.url}/livez`)).text();
    const text = await (await ask(`${muster.url}/metrics`, token)).text();
    expect(text).toContain('muster_http_requests_total{adapter="health",operation="/livez",status="200"}');
    expect(text).toMatch(/^muster_database_pool_connections\{state="size"\} 12$/m);
    expect(await (await ask(`http://127.0.0.1:${port}/metrics`)).text()).toContain("muster_worker_lag_seconds");
    expect((await ask(`http://127.0.0.1:${port}/livez`)).status).toBe(404);
    await muster.stop();
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const taken = await refusedStart({ MUSTER_DATA_DIR: folder.path, MUSTER_METRICS_PORT: String(port) });
    expect(taken.output).toContain(`Port ${port} for metrics can't be used on 127.0.0.1 (EADDRINUSE)`);
    other.close();
    const plain = await startMuster({ MUSTER_DATA_DIR: folder.path });
    expect(await (await ask(`${plain.url}/metrics`, token)).text()).not.toContain("muster_");
    await plain.stop();
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

test.describe("C4 connections that nobody serves", () => {
  const folder = makeDataFolder();
  test.afterAll(() => folder.remove());

  const hostOf = ({ url }: Muster) => new URL(url);

  /** Opens a connection, writes to it, and never reads nor closes on its own. */
  async function hold(muster: Muster, text: string): Promise<{ socket: Socket; closed: Promise<void> }> {
    const socket = connect(Number(hostOf(muster).port), "127.0.0.1");
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {}); // being cut off is what the test is about
    await once(socket, "connect");
    socket.write(text);
    return { socket, closed };
  }

  const upgrade = (path: string) =>
    [
      `GET ${path} HTTP/1.1`,
      "Host: localhost",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      "",
      "",
    ].join("\r\n");

  /** A request that has begun and never goes on. */
  const half =
    "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\na";

  test("C4 a thousand upgrades are closed at once, on whatever path, and SIGTERM ends in good order", async () => {
    const muster = await startMuster({ MUSTER_DATA_DIR: folder.path });
    const paths = [
      "/_next/webpack-hmr",
      "/_next/hmr?id=1",
      "/",
      "/scim/v2/Users",
      "/api/v1/self",
      "/acme/settings",
      "*",
    ];
    for (let done = 0; done < 1_000; done += 100) {
      const held = await Promise.all(
        Array.from({ length: 100 }, (_, at) => hold(muster, upgrade(paths[at % paths.length] ?? "/"))),
      );
      await Promise.all(held.map(({ closed }) => closed));
    }
    expect((await fetch(`${muster.url}/livez`)).status).toBe(200);
    expect(await muster.stop()).toBe(0);
  });

  test("C4 clients that hold on keep nobody: thirty seconds after SIGTERM everything has ended", async () => {
    const muster = await startMuster({ MUSTER_DATA_DIR: folder.path });
    await fetch(`${muster.url}/livez`); // pages are up
    const held = await Promise.all(
      [half, half, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", "GET ", ""].map((text) => hold(muster, text)),
    );
    const database = databasePid(folder.path);
    const exit = muster.stop();
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<string>((resolve) => {
      late = setTimeout(() => resolve("still there"), 30_000);
    });
    expect(await Promise.race([exit, tooLate])).toBe(0);
    clearTimeout(late);
    for (const { socket } of held) socket.destroy();
    expect(isAlive(database)).toBe(false);
  });

  test("C4 a second signal ends at once", async () => {
    const muster = await startMuster({ MUSTER_DATA_DIR: folder.path });
    const { closed } = await hold(muster, half);
    const database = databasePid(folder.path);
    const exit = muster.stop();
    await expect
      .poll(() =>
        fetch(`${muster.url}/livez`).then(
          () => true,
          () => false,
        ),
      )
      .toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 300)); // what follows sooner is the same wish, sent on by npm
    process.kill(muster.pid, "SIGTERM");
    expect(await exit, "the exit code of the signal, not of an orderly end").toBe(143);
    await closed;
    await expect.poll(() => isAlive(database)).toBe(false);
  });

  test("C4 a signal while it starts leaves no process behind", async () => {
    const child = spawn(process.execPath, ["dist/server.mjs"], {
      env: { ...process.env, MUSTER_DATA_DIR: folder.path, PORT: "0", HOST: "127.0.0.1", NODE_ENV: "production" },
      stdio: "ignore",
    });
    await expect.poll(() => existsSync(join(folder.path, "postgres/postmaster.pid"))).toBe(true);
    const database = databasePid(folder.path);
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(isAlive(database)).toBe(false);
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
    const address = { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none", MUSTER_SECRET: "s".repeat(32) };
    const settings = { ...address, MUSTER_START_WAIT: "0" };
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
      const token = copyWorkspace(folder.path);
      let muster = await startMuster({ MUSTER_DATA_DIR: folder.path, MUSTER_SCIM_RATE: "0" });

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
