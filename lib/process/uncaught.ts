import { log } from "@/lib/log";

/*
 * Errors that no code caught. Next's own listeners log them and carry on. Here an uncaught exception ends the process, because its
 * state is unknown; an unhandled rejection is logged and counted.
 */

type Uncaught = { exceptions: number; rejections: number };
const here = globalThis as {
  musterUncaught?: Uncaught;
  nextInitializedProcessErrorHandlers?: boolean;
  [nextRejections]?: (reason: unknown) => void;
};
here.musterUncaught ??= { exceptions: 0, rejections: 0 };
const counts = here.musterUncaught;

/** Next looks here for its rejection listener before it adds one. */
const nextRejections = Symbol.for("next.unhandledRejectionListener");

/** How many errors were uncaught since the process started. */
export function uncaught(): Readonly<Uncaught> {
  return counts;
}

function onRejection(reason: unknown): void {
  counts.rejections++;
  log().error({ err: reason }, "unhandled rejection");
}

/** Takes over both events; `leave` shuts the process down. Call it before Next starts, and again afterwards. */
export function watchUncaught(leave: () => void): void {
  here.nextInitializedProcessErrorHandlers = true; // keeps Next from adding its own
  here[nextRejections] = onRejection;
  process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => {
    counts.exceptions++;
    log().fatal({ err: error }, "uncaught exception: shutting down");
    leave();
  });
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", onRejection);
}
