import { log } from "@/lib/log";

const here = globalThis as { musterLeaving?: boolean };

/** Whether this process is shutting down: it still answers, but starts nothing new. */
export function isLeaving(): boolean {
  return here.musterLeaving === true;
}

/** One step of the shutdown, and the seconds after which the next one begins regardless. */
export type Step = { name: string; seconds: number; run: () => unknown };

/** Seconds after which the process exits regardless. */
const end = 28;

/** npm, a terminal and systemd each signal every process, so one stop can arrive as several signals within these milliseconds. */
const sameSignal = 200;

/** Runs the steps one after the other. If one fails or takes too long, it is logged and the next one begins. */
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
 * On the first signal, shuts the process down in order and within thirty seconds, whatever clients do. On a second one, exits at once with
 * that signal's exit code. `steps` is called at the signal.
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
