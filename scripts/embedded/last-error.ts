import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";

/** Bytes of a log that are searched for its last error. */
const maxRead = 256 * 1024;

/** Messages that PostgreSQL sends to clients while it starts or stops; never the cause. */
const passing = /the database system is|terminating connection|connection to client lost|canceling /;

/** Current bytes of a log; a later start appends to it. */
export function sizeOf(log: string): number {
  return statSync(log, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last error that PostgreSQL logged after `from`, with its hint; null if there is none. */
export function lastError(log: string, from: number): string | null {
  if (sizeOf(log) <= from) return null;
  const handle = openSync(log, "r");
  try {
    const start = Math.max(from, fstatSync(handle).size - maxRead);
    const bytes = Buffer.alloc(maxRead);
    return errorLine(bytes.toString("utf8", 0, readSync(handle, bytes, 0, maxRead, start)));
  } finally {
    closeSync(handle);
  }
}

/** The last fatal line of some output, else its last error, else its last line; without times and levels. */
export function errorLine(text: string): string | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !passing.test(line));
  const at = (level: RegExp) => lines.findLastIndex((line) => level.test(line));
  const found = [at(/\b(FATAL|PANIC):/), at(/\b(ERROR|error):/)].find((index) => index >= 0) ?? lines.length - 1;
  const line = lines[found];
  if (line === undefined) return null;
  const hint = /\bHINT:\s+(.*)/.exec(lines.slice(found + 1, found + 3).find((next) => /\bHINT:/.test(next)) ?? "")?.[1];
  return [line.replace(/^.*?\b(FATAL|PANIC|ERROR|error):\s+/, "").trim(), ...(hint ? [hint] : [])]
    .join(". ")
    .replace(/\.$/, "");
}
