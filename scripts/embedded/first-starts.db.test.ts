import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { randomOf, seedOfRun } from "@/scripts/testing/seeds";

// First starts that are killed at some moment, and what the next start makes of them. MUSTER_FIRST_STARTS says how many.

const rounds = Number(process.env.MUSTER_FIRST_STARTS || 3);
const draw = randomOf(seedOfRun());
const top = mkdtempSync(join(tmpdir(), "muster-a6-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

type Start = { child: ChildProcess; isUp: Promise<string>; output: () => string };

function start(folder: string, before: string[] = []): Start {
  const [program = "", ...flags] = [
    ...before,
    process.execPath,
    "--import",
    "tsx",
    "e2e/support/first-start.ts",
    folder,
  ];
  const child = spawn(program, flags, { detached: true });
  let output = "";
  const isUp = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const secret = /^up (.*)$/m.exec(output)?.[1];
      if (secret !== undefined) resolve(secret);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("close", () => reject(new Error(output.trim() || "it ended without a word")));
  });
  isUp.catch(() => {}); // a start that is killed is not waited for
  return { child, isUp, output: () => output };
}

/** Processes that work on a folder: the start, initdb and what it runs, PostgreSQL. */
function processesOf(folder: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const isOurs = /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "latin1").includes(folder);
      return isOurs ? [Number(name)] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

function kill(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended meanwhile
    }
  }
}

const isDatabase = (pid: number) => {
  try {
    return /postgres\0|postgres: /.test(readFileSync(`/proc/${pid}/cmdline`, "latin1"));
  } catch {
    return false;
  }
};

/** Whom a kill hits: the start alone, all of it, or the database alone. */
const kills = {
  node: ({ child }: Start) => kill([child.pid ?? 0]),
  everything: ({ child }: Start, folder: string) => kill([child.pid ?? 0, ...processesOf(folder)]),
  database: (_: Start, folder: string) => kill(processesOf(folder).filter(isDatabase)),
};

async function stop({ child }: Start): Promise<void> {
  child.kill("SIGTERM");
  if (child.exitCode === null) await once(child, "exit");
}

/** Milliseconds that a first start takes when nobody disturbs it, and those before which nothing is on the disk yet. */
async function measure(): Promise<{ quiet: number; whole: number }> {
  const folder = join(top, "measured");
  const began = Date.now();
  const undisturbed = start(folder);
  while (processesOf(folder).length < 2) await sleep(5);
  const quiet = Date.now() - began;
  await undisturbed.isUp;
  const whole = Date.now() - began;
  await stop(undisturbed);
  return { quiet, whole };
}

test.runIf(process.platform === "linux")(
  "A6 whatever a kill hits in a first start, and whenever, the next start finds or makes a whole database",
  async () => {
    const { quiet, whole } = await measure();
    const names = Object.keys(kills) as (keyof typeof kills)[];
    const lost: string[] = [];
    const tries = { node: 0, everything: 0, database: 0 };
    for (let round = 0; round < rounds; round++) {
      const name = names[round % names.length] ?? "node";
      const folder = join(top, `round-${round}`);
      const moment = quiet + draw(Math.ceil(whole - quiet));
      const killed = start(folder);
      await sleep(moment);
      kills[name](killed, folder);
      if (name === "database") await killed.isUp.then(() => stop(killed)).catch(() => {}); // it may have come through
      tries[name]++;
      const again = start(folder);
      try {
        expect(await again.isUp).toMatch(/^[0-9a-f]{64}$/);
        expect(readdirSync(folder).sort()).toEqual(["postgres", "postgres.log", "run", "secret"]);
      } catch (error) {
        lost.push(`${name} at ${Math.round(moment)} of ${whole} ms: ${(error as Error).message}`);
      }
      await stop(again);
      kill(processesOf(folder));
      rmSync(folder, { recursive: true, force: true });
    }
    const table = names.map((name) => `${name.padEnd(12)} ${tries[name]} killed`).join("\n");
    process.stdout.write(`\nFirst starts that were killed:\n${table}\nlost         ${lost.length} of ${rounds}\n`);
    expect(lost).toEqual([]);
  },
  30_000 + rounds * 20_000,
);

test("A6 two processes that start on one empty folder both work, and have the same secret", async () => {
  const folder = join(top, "two");
  const both = [start(folder), start(folder), start(folder)];
  const secrets = await Promise.all(both.map(({ isUp }) => isUp));
  expect(new Set(secrets).size).toBe(1);
  for (const one of both) await stop(one);
  expect(processesOf(folder)).toEqual([]);
}, 60_000);

// As in two containers that share a volume: neither sees the other's processes.
const apart = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "A6 a process in another container finds the database that runs, and leaves it running",
  async () => {
    const folder = join(top, "shared");
    const first = start(folder);
    await first.isUp;
    const databases = processesOf(folder).filter(isDatabase);
    const other = start(folder, apart);
    await other.isUp;
    expect(processesOf(folder).filter(isDatabase)).toEqual(databases);
    process.kill(-(other.child.pid ?? 0), "SIGTERM");
    await once(other.child, "exit");
    expect(processesOf(folder).filter(isDatabase)).toEqual(databases);
    await stop(first);
    expect(processesOf(folder)).toEqual([]);
  },
  60_000,
);
