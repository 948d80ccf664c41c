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

// What takes long to make is made beside its place and gets its name when it is whole: whatever is killed meanwhile leaves only something
// beside it, which a later start removes.

/** A new empty folder beside the one that is to be made, for the account that fills it. */
export function makeAside(folder: string, { uid, gid }: Runner): string {
  const aside = mkdtempSync(`${folder}.new-`);
  if (uid !== undefined && gid !== undefined) chownSync(aside, uid, gid);
  return aside;
}

/** Puts a folder into its place. False when there is one by now that holds something. */
export function putInPlace(aside: string, folder: string): boolean {
  syncFolder(aside);
  try {
    renameSync(aside, folder); // an empty folder gives way
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(codeOf(error))) return false;
    throw error;
  }
  syncFolder(dirname(folder));
  return true;
}

/** Takes away what was left beside a folder, older than so many milliseconds. */
export function removeAsides(folder: string, olderThan = 0): void {
  const start = `${basename(folder)}.new-`;
  for (const name of readdirSync(dirname(folder)).filter((name) => name.startsWith(start))) {
    const path = join(dirname(folder), name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age >= olderThan) removeAside(path);
  }
}

/** Where somebody still writes in it whose parent was killed, or it is not ours, it stays until a later start. */
export function removeAside(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  } catch (error) {
    if (!["ENOTEMPTY", "ENOENT", "EACCES", "EPERM", "EBUSY"].includes(codeOf(error))) throw error;
  }
}

/** Has a file's name outlast a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
