import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** Runs code in a process that has what a server has, after Next has added its own listeners. */
function run(code: string): { status: number | null; output: string } {
  const program = `
    import { uncaught, watchUncaught } from "./lib/process/uncaught.ts";
    const end = () => setTimeout(() => process.exit(1), 50);
    watchUncaught(end);
    process.on("uncaughtException", () => console.log("Next goes on"));
    watchUncaught(end);
    setTimeout(() => { console.log("still here", JSON.stringify(uncaught())); process.exit(0); }, 400);
    ${code}`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", program],
    {
      encoding: "utf8",
      env: { ...process.env, LOG_LEVEL: "error" },
    },
  );
  return { status, output: stdout + stderr };
}

test("A1 an exception that no code catches is logged and ends the process, and nobody else decides about it", () => {
  const { status, output } = run(`setTimeout(() => { throw new Error("lost track"); }, 10);`);
  expect(status).toBe(1);
  expect(output).toContain("lost track");
  expect(output).not.toContain("Next goes on");
});

test("A1 a rejection that no code handles is logged and counted, and the process goes on", () => {
  const { status, output } = run(`setTimeout(() => void Promise.reject(new Error("nobody waits")), 10);`);
  expect(status).toBe(0);
  expect(output).toContain("nobody waits");
  expect(output).toContain('still here {"exceptions":0,"rejections":1}');
});
