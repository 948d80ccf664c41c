import {
  chownSync,
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf } from "@/scripts/start-error";
import type { Runner } from "./programs";

// A folder that takes long to create is created next to its final place and renamed once complete. If the process is killed, only the
// temporary folder is left, and a later start removes it.

/** Creates an empty temporary folder next to the final one, owned by the account that fills it. */
export function makeAside(folder: string, { uid, gid }: Runner): string {
  const aside = mkdtempSync(`${folder}.new-`);
  if (uid !== undefined && gid !== undefined) chownSync(aside, uid, gid);
  return aside;
}

/** Moves a folder into place. False if there is a non-empty one by now. */
export function putInPlace(aside: string, folder: string): boolean {
  syncFolder(aside);
  try {
    renameSync(aside, folder); // replaces an empty folder
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(codeOf(error))) return false;
    throw error;
  }
  syncFolder(dirname(folder));
  return true;
}

/** Removes temporary folders next to `folder` that are older than `olderThan` milliseconds. */
export function removeAsides(folder: string, olderThan = 0): void {
  const start = `${basename(folder)}.new-`;
  for (const name of readdirSync(dirname(folder)).filter((name) => name.startsWith(start))) {
    const path = join(dirname(folder), name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age >= olderThan) removeAside(path);
  }
}

/** If a process whose parent was killed still writes to it, or another account owns it, it stays until a later start. */
export function removeAside(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  } catch (error) {
    if (!["ENOTEMPTY", "ENOENT", "EACCES", "EPERM", "EBUSY"].includes(codeOf(error))) throw error;
  }
}

/** Makes a file's name survive a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
