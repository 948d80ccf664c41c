import { write, writeSync } from "node:fs";

/** Characters that wait at most while standard output takes none. */
const most = 1_048_576;

/** Milliseconds until a pipe that is full is tried again, and after which a write is stuck. */
const pause = 50;
const stuckAfter = 1_000;

export type LogOutput = { write: (line: string) => void };

/**
 * Takes lines for a file, a pipe or a terminal. What that doesn't take is lost: its disk may be full, or its reader gone or asleep, and
 * nobody waits for it. How many lines were lost is the first thing said when it takes some again.
 */
export function openLogOutput(fd: number): LogOutput {
  let waiting = "";
  let underWay = Buffer.alloc(0);
  let lost = 0;
  let since = 0;

  const send = (): void => {
    since = performance.now();
    write(fd, underWay, (error, written) => {
      if (error?.code === "EAGAIN") setTimeout(send, pause).unref();
      else if (error) lose();
      else goOn(written);
    });
  };
  const goOn = (written: number): void => {
    underWay = underWay.subarray(written);
    if (underWay.length > 0) send();
    else sendNext();
  };
  /** The next line tries again. */
  const lose = (): void => {
    lost += countLines(underWay) + countLines(waiting);
    underWay = Buffer.alloc(0);
    waiting = "";
  };
  const sendNext = (): void => {
    if (waiting === "") return;
    underWay = Buffer.from(`${lineOfLost()}${waiting}`);
    waiting = "";
    lost = 0;
    send();
  };
  const lineOfLost = () =>
    lost === 0
      ? ""
      : `${JSON.stringify({ level: 40, time: new Date().toISOString(), lost, msg: "lines of this log were lost: they could not be written" })}\n`;

  process.once("exit", () => {
    // Node would wait for this write at its end, for as long as the reader sleeps.
    if (underWay.length > 0 && performance.now() - since > stuckAfter) process.kill(process.pid, "SIGKILL");
    try {
      if (waiting !== "") writeSync(fd, waiting);
    } catch {
      // nobody is left to be told
    }
  });
  return {
    write: (line) => {
      if (waiting.length + line.length > most) lost++;
      else waiting += line;
      if (underWay.length === 0) sendNext();
    },
  };
}

function countLines(text: Buffer | string): number {
  return text.toString().split("\n").length - 1;
}
