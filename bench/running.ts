import { type ChildProcess, spawn } from "node:child_process";

/** A program that this run started. */
export type Running = { url: string; pid: number; stop: () => Promise<void> };

/** Milliseconds that a program has to say that it serves, and to end after it was asked to. */
const patience = 60_000;

const children = new Set<ChildProcess>();

// Whatever goes wrong, nothing that was started here stays.
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

async function stopChild(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  await ended(child);
  clearTimeout(timer);
  children.delete(child);
}

/** Starts a program and waits until its output matches `ready`, whose first group is the address it serves on. */
export async function startProgram(
  [program = process.execPath, ...flags]: string[],
  settings: Record<string, string>,
  ready: RegExp,
): Promise<Running> {
  const env = { ...process.env, ...settings };
  const child = spawn(program, flags, { env: env as NodeJS.ProcessEnv, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    const fail = (why: string) => reject(new Error(`${[program, ...flags].join(" ")} ${why}:\n${output}`));
    const timer = setTimeout(() => fail("does not serve"), patience);
    const read = (chunk: Buffer) => {
      if (ready.test(output)) return; // served already: read, so that the pipe never fills, and forgotten
      output += chunk.toString();
      const found = ready.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with ${code}`));
  });
  return { url: url.replace(/\/$/, ""), pid: child.pid ?? 0, stop: () => stopChild(child) };
}

/** Ends every program that is still there. */
export async function stopPrograms(): Promise<void> {
  await Promise.all([...children].map(stopChild));
}
