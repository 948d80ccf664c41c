import { log } from "@/lib/log";

const here = globalThis as { musterLeaving?: boolean };

/** Whether this process is on its way out: it still answers, and begins nothing new. */
export function isLeaving(): boolean {
  return here.musterLeaving === true;
}

/** One part of an orderly end, and the seconds after which the next one begins all the same. */
export type Step = { name: string; seconds: number; run: () => unknown };

/** Seconds after which nothing is waited for any more. */
const end = 28;

/** npm, a terminal and systemd each send a signal to every process, so one wish arrives more than once. */
const sameSignal = 200;

/** Does the parts one after the other. What fails or takes too long is written down, and the next one begins. */
export async function leave(steps: readonly Step[]): Promise<void> {
  for (const { name, seconds, run } of steps) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        log().warn({ step: name, seconds }, "not waited for any longer");
        resolve();
      }, seconds * 1000);
    });
    try {
      await Promise.race([run(), late]);
    } catch (error) {
      log().warn({ err: error, step: name }, "stopping went on without it");
    } finally {
      clearTimeout(timer);
    }
  }
}

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof signals;

/**
 * Ends the process on the first signal in good order and within thirty seconds, whatever clients do; on a second one at once, by the
 * exit code of that signal. `steps` are asked for when the time has come.
 */
export function leaveOnSignal(steps: (signal: Signal) => readonly Step[], atOnce: () => Promise<unknown>): void {
  let since: number | null = null;
  const onSignal = (signal: Signal) => {
    if (since === null) {
      since = performance.now();
      here.musterLeaving = true;
      setTimeout(() => process.exit(0), end * 1000).unref();
      void leave(steps(signal)).then(() => process.exit(0));
    } else if (performance.now() - since > sameSignal) {
      void leave([{ name: "at once", seconds: 1, run: atOnce }]).then(() => process.exit(signals[signal]));
    }
  };
  for (const signal of Object.keys(signals) as Signal[]) process.on(signal, () => onSignal(signal));
}

/** Starts an orderly shutdown, unless one is under way. */
export function leaveNow(steps: () => readonly Step[], code: number): void {
  if (isLeaving()) return;
  here.musterLeaving = true;
  setTimeout(() => process.exit(code), end * 1000).unref();
  void leave(steps()).then(() => process.exit(code));
}
