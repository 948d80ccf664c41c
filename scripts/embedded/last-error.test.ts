import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorLine, lastError, sizeOf } from "./last-error";

const log = `2026-11-28 12:00:00.000 UTC [7] LOG:  starting PostgreSQL 18.4
2026-11-28 12:00:00.001 UTC [7] FATAL:  could not create any Unix-domain sockets
2026-11-28 12:00:00.002 UTC [7] LOG:  database system is shut down
2026-11-28 12:00:00.003 UTC [9] FATAL:  the database system is starting up
`;

test("A6 the last fatal line is the reason, not what clients were told meanwhile", () => {
  expect(errorLine(log)).toBe("could not create any Unix-domain sockets");
});

test("A6 a hint comes with it", () => {
  const text = `[7] FATAL:  pre-existing shared memory block (key 1) is still in use\n[7] HINT:  Terminate any old server processes.\n`;
  expect(errorLine(text)).toBe(
    "pre-existing shared memory block (key 1) is still in use. Terminate any old server processes",
  );
});

test("A6 initdb's error is the reason, not what it does afterwards", () => {
  const text = `initdb: error: could not write file "x": No space left on device\ninitdb: removing contents of data directory "x"\n`;
  expect(errorLine(text)).toBe('could not write file "x": No space left on device');
});

test("A6 a program that can't even be loaded says why without a level", () => {
  const text = "postgres: error while loading shared libraries: libz.so.1: cannot open shared object file\n";
  expect(errorLine(text)).toContain("libz.so.1");
});

test("A6 only what this start wrote counts", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-log-"));
  const file = join(folder, "postgres.log");
  expect(lastError(file, 0)).toBeNull();
  writeFileSync(file, log);
  const from = sizeOf(file);
  expect(lastError(file, from)).toBeNull();
  writeFileSync(file, `${log}[8] PANIC:  could not locate a valid checkpoint record\n`);
  expect(lastError(file, from)).toBe("could not locate a valid checkpoint record");
  rmSync(folder, { recursive: true });
});
