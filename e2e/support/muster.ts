import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Muster = {
  url: string;
  /** Printed while there is no workspace. */
  setupLink: string | undefined;
  pid: number;
  /** Everything it has printed. */
  output: () => string;
  /** Ends by SIGTERM and waits; the exit code. */
  stop: () => Promise<number | null>;
  /** Ends at once, as a crash does. */
  kill: () => Promise<void>;
};

export type DataFolder = { path: string; remove: () => void };

export function makeDataFolder(): DataFolder {
  const path = mkdtempSync(join(tmpdir(), "muster-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A port that nobody listens on, for a server whose public address doesn't tell it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

/** A test that fails does not come to its stop: what it started ends with the process that runs the tests. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/** What a start ended with that did not get as far as serving. */
export class DidNotStart extends Error {
  readonly code: number | null;
  readonly output: string;

  constructor(code: number | null, output: string) {
    super(`Muster ended with ${code}:\n${output}`);
    this.code = code;
    this.output = output;
  }
}

/** Starts the built server as a process of its own and waits until it says that it runs. */
export async function startMuster(settings: Record<string, string>): Promise<Muster> {
  const own = { NODE_ENV: "production", LOG_LEVEL: "warn", HOST: "127.0.0.1", PORT: "0" } as const;
  const env: NodeJS.ProcessEnv = { ...process.env, ...own, ...settings };
  const child = spawn(process.execPath, ["dist/server.mjs"], { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let output = "";
  const isUp = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (/Muster runs at .*\n(.*\n)*\n$/.test(output)) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("close", (code) => reject(new DidNotStart(code, output)));
  });
  await isUp;
  return {
    url: /Muster runs at (\S+)/.exec(output)?.[1] ?? "",
    setupLink: /Set it up: +(\S+)/.exec(output)?.[1],
    pid: child.pid ?? 0,
    output: () => output,
    stop: () => {
      child.kill("SIGTERM");
      return ended(child);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended(child);
    },
  };
}

/**
 * The built pages alone, without server.ts in front of them, on the database of a running server: the only way to the route
 * handler's door of SCIM. Returns its address and how to stop it.
 */
export async function startNextAlone(folder: string): Promise<{ url: string; stop: () => Promise<unknown> }> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: "production",
    DATABASE_URL: `postgresql://muster_app@localhost/muster?host=${encodeURIComponent(join(folder, "run"))}`,
    MUSTER_SECRET: readFileSync(join(folder, "secret"), "utf8").trim(),
  };
  const flags = ["node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", "0"];
  const child = spawn(process.execPath, flags, { env, stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (found && output.includes("Ready")) resolve(found);
    });
    child.once("exit", (code) => reject(new DidNotStart(code, output)));
  });
  const stop = () => {
    running.delete(child);
    child.kill("SIGTERM");
    return ended(child);
  };
  return { url, stop };
}

/** Runs an operator command against the data folder, as `npm run muster --` does; built, it starts in a fraction of the time. */
export function operate(folder: string, ...words: string[]): string {
  const env = { ...process.env, MUSTER_DATA_DIR: folder, LOG_LEVEL: "silent" };
  return execFileSync(process.execPath, ["dist/muster.mjs", ...words], { env, encoding: "utf8" });
}

/** A workspace with a trusted domain and a token that manages its people. */
export function makeWorkspace(folder: string): string {
  operate(folder, "workspace", "create", "--name", "Acme", "--slug", "acme", "--admin-email", "a@acme.test");
  operate(folder, "domain", "add", "--workspace", "acme", "--domain", "acme.test");
  operate(folder, "domain", "verify", "--workspace", "acme", "--domain", "acme.test", "--trust");
  const scope = "user_management:read-write";
  return operate(folder, "token", "create", "--workspace", "acme", "--name", "SCIM", "--scope", scope).trim();
}
