import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, reasonOf, StartError } from "@/scripts/start-error";
import { syncFolder } from "./aside";

/** A shorter secret was cut off while being written. It was never used, because the settings reject it. */
const shortest = 32;

/**
 * The secret of this installation: created once and kept with the embedded database. It is written to a temporary file and renamed once
 * complete; if two processes create one, both use the first. Throws StartError.
 */
export function keptSecret(dataFolder: string): string {
  const file = join(dataFolder, "secret");
  try {
    const kept = read(file);
    if (kept === null) make(dataFolder, (aside) => giveName(aside, file));
    else if (kept.length < shortest) make(dataFolder, (aside) => renameSync(aside, file));
    return read(file) ?? "";
  } catch (error) {
    throw new StartError(
      `The secret of this installation can't be kept in ${file} (${reasonOf(error)}): fix its rights, or set MUSTER_SECRET.`,
    );
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function make(folder: string, give: (aside: string) => void): void {
  removeLeftovers(folder);
  const aside = join(folder, `secret.new-${randomBytes(6).toString("hex")}`);
  writeFileSync(aside, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx", flush: true });
  give(aside);
  rmSync(aside, { force: true });
  syncFolder(folder);
}

/** Unlike a rename, a link fails if another process was faster; then its secret counts. */
function giveName(aside: string, file: string): void {
  try {
    linkSync(aside, file);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(codeOf(error))) throw error;
    renameSync(aside, file); // this file system doesn't support links
  }
}

/** Removes files of killed starts; a running start takes far less than a minute. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder).filter((name) => name.startsWith("secret.new-"))) {
    const age = Date.now() - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 60_000) rmSync(join(folder, name), { force: true });
  }
}
