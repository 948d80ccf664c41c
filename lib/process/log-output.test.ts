import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";

// F12: the log is never waited for, whatever becomes of the place that it is written to.

/** Logs a lot, says every 100 ms on its error output how much memory it uses (MB), and ends by itself or on SIGTERM. */
const program = `
  import { log } from "./lib/log.ts";
  process.on("SIGTERM", () => process.exit(0));
  process.on("uncaughtException", (error) => { log().fatal({ err: error }, "uncaught"); process.exit(1); });
  log().info("first");
  setInterval(() => { for (let n = 0; n < 200; n++) log().info("x".repeat(1_000)); }, 10);
  setInterval(() => process.stderr.write(Math.round(process.memoryUsage().rss / 1e6) + "\\n"), 100);
`;

function start(output: number | "pipe"): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
    stdio: ["ignore", output, "pipe"],
  });
}

/** What a program says of its memory within some time, and how it ends when it is asked to. */
async function watch(child: ChildProcess): Promise<{ memory: number[]; ending: string }> {
  const memory: number[] = [];
  child.stderr?.on("data", (text: Buffer) => memory.push(...text.toString().trim().split("\n").map(Number)));
  while (memory.length === 0 && child.exitCode === null) await sleep(50);
  await sleep(3_000);
  child.kill("SIGTERM");
  const ended = once(child, "exit").then(([code, signal]) => String(signal ?? code));
  const ending = await Promise.race([ended, sleep(5_000, "never")]);
  child.kill("SIGKILL");
  return { memory, ending };
}

test("F12 a full disk of the log stops nothing: what doesn't fit is lost", { timeout: 20_000 }, async () => {
  const full = openSync("/dev/full", "w");
  const { memory, ending } = await watch(start(full));
  closeSync(full);
  expect(memory.length).toBeGreaterThan(10);
  expect(ending).toBe("0");
});

test("F12 a reader of the log that sleeps costs a megabyte, and no end that never comes", {
  timeout: 20_000,
}, async () => {
  const { memory, ending } = await watch(start("pipe")); // which nobody reads
  expect(memory.length).toBeGreaterThan(10);
  expect((memory.at(-1) ?? 0) - (memory[5] ?? 0)).toBeLessThan(30);
  expect(ending).not.toBe("never");
});
