import { log } from "./log";

/*
 * What nobody has caught. Next has listeners of its own, which go on after anything; here an exception ends the process, since nobody
 * knows what was left half-done, and a promise that nobody waited for is written down.
 */

type Uncaught = { exceptions: number; rejections: number };
const here = globalThis as {
  musterUncaught?: Uncaught;
  nextInitializedProcessErrorHandlers?: boolean;
  [nextRejections]?: (reason: unknown) => void;
};
here.musterUncaught ??= { exceptions: 0, rejections: 0 };
const counts = here.musterUncaught;

/** Where Next keeps its listener for rejections, to add it only once. */
const nextRejections = Symbol.for("next.unhandledRejectionListener");

/** How often something was not caught in this process. */
export function uncaught(): Readonly<Uncaught> {
  return counts;
}

function onRejection(reason: unknown): void {
  counts.rejections++;
  log().error({ err: reason }, "a promise was rejected that nobody waits for");
}

/** Takes over both events. `leave` ends the process in good order. To be called before Next starts, and once more after it has. */
export function watchUncaught(leave: () => void): void {
  here.nextInitializedProcessErrorHandlers = true; // it has been done, as far as Next is concerned
  here[nextRejections] = onRejection;
  process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => {
    counts.exceptions++;
    log().fatal({ err: error }, "an error was not caught: ending, to be started again");
    leave();
  });
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", onRejection);
}
