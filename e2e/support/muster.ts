import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export type Muster = {
  url: string;
  /** Printed while there is no workspace. */
  setupLink: string | undefined;
  pid: number;
  /** Everything it has printed. */
  output: () => string;
  /** Sends SIGTERM and waits; returns the exit code. */
  stop: () => Promise<number | null>;
  /** Kills it, like a crash. */
  kill: () => Promise<void>;
};

export type DataFolder = { path: string; remove: () => void };

export function makeDataFolder(): DataFolder {
  const path = mkdtempSync(join(tmpdir(), "muster-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A free port, for a server whose public URL doesn't name one. */
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

/** A failed test doesn't reach its `stop`, so the processes it started end with the test runner. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/** The exit of a server that didn't become ready. */
export class DidNotStart extends Error {
  readonly code: number | null;
  readonly output: string;

  constructor(code: number | null, output: string) {
    super(`Muster ended with ${code}:\n${output}`);
    this.code = code;
    this.output = output;
  }
}

/** Starts the built server as a separate process and waits until it says that it runs. */
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
      if (/Muster runs at .*\n(.+\n)*\n/.test(output)) resolve(); // lines of the log may follow at once
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
 * Starts the built pages without server.ts in front of them, on the database of a running server: the only way to test SCIM's route
 * handler. Returns its URL and a function that stops it.
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

/** Runs an operator command on the data folder, as `npm run muster --` does; the built one starts in a fraction of the time. */
export function operate(folder: string, ...words: string[]): string {
  return execFileSync(process.execPath, ["dist/muster.mjs", ...words], { env: commandEnv(folder), encoding: "utf8" });
}

/** The same, while servers in the test's own process go on answering: a mail server that is silent for seconds counts as away. */
export async function operateMeanwhile(folder: string, ...words: string[]): Promise<string> {
  const options = { env: commandEnv(folder), encoding: "utf8" as const };
  return (await promisify(execFile)(process.execPath, ["dist/muster.mjs", ...words], options)).stdout;
}

const commandEnv = (folder: string) => ({ ...process.env, MUSTER_DATA_DIR: folder, LOG_LEVEL: "silent" });

/** Lets the process see the connections that a server closed while a command kept it from looking, before it uses one of them. */
export const afterCommand = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Creates a workspace with a trusted domain; returns a token that manages its people. */
export function makeWorkspace(folder: string): string {
  operate(folder, "workspace", "create", "--name", "Acme", "--slug", "acme", "--admin-email", "a@acme.test");
  operate(folder, "domain", "add", "--workspace", "acme", "--domain", "acme.test");
  operate(folder, "domain", "verify", "--workspace", "acme", "--domain", "acme.test", "--trust");
  const scope = "user_management:read-write";
  return operate(folder, "token", "create", "--workspace", "acme", "--name", "SCIM", "--scope", scope).trim();
}
