import { write, writeSync } from "node:fs";

/** The most characters to buffer while standard output is blocked. */
const most = 1_048_576;

/** In milliseconds: the pause before a full pipe is tried again, and how long until a write counts as stuck. */
const pause = 50;
const stuckAfter = 1_000;

export type LogOutput = { write: (line: string) => void };

/**
 * Writes lines to a file, a pipe or a terminal without ever blocking. Lines that can't be written are lost: the disk may be full, or the
 * reader gone or stopped. Once writing works again, the first line says how many were lost.
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
  /** Drops what is buffered; the next line tries again. */
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
    // On exit Node would wait for this write as long as the reader is stopped.
    if (underWay.length > 0 && performance.now() - since > stuckAfter) process.kill(process.pid, "SIGKILL");
    try {
      if (waiting !== "") writeSync(fd, waiting);
    } catch {
      // nobody is left to read it
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
