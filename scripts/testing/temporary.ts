import { statfsSync } from "node:fs";
import { freemem } from "node:os";

/** Linux's file system in memory: its place, and the number that statfs has for its type. */
const place = "/dev/shm";
const type = 0x01_02_19_94;

/** Bytes that must be free there and in memory; the tests use a quarter of them. */
const needed = 4 * 1024 ** 3;

/**
 * Keeps temporary files in memory where there is room for them. Tests create and remove whole database servers, a thousand small files
 * each, and a disk's file system spends more time on these than PostgreSQL does.
 */
export function keepTemporaryFilesInMemory(): void {
  if (process.env.TMPDIR || process.platform !== "linux") return;
  try {
    const found = statfsSync(place);
    if (found.type === type && found.bavail * found.bsize > needed && freemem() > needed) process.env.TMPDIR = place;
  } catch {
    // there is none: they stay on the disk
  }
}
