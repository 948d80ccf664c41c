import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { codeOf, reasonOf, StartError } from "@/scripts/start-error";
import { makeAside, putInPlace, removeAside, removeAsides } from "./aside";
import { superuser } from "./database";
import { errorLine } from "./last-error";
import { ids, type Programs, type Runner } from "./programs";

/** Milliseconds after which a temporary folder is certainly abandoned. */
const leftover = 10 * 60_000;

/** The lowest OID of a user-created database; PostgreSQL's own are below. */
const firstOwnDatabase = 16_384;

/** Files in a database server's folder before its version file is written. */
const begun = /^(base|global|pg_\w+|PG_VERSION|postgresql(\.auto)?\.conf|postmaster\.(pid|opts))$/;

/**
 * The state of a folder: empty; begun by a start that was killed, without anybody's data; or a database server. Throws StartError if it is
 * anything else, damaged, or of another version.
 */
export function stateOf(folder: string, major: string): "nothing" | "unfinished" | "whole" {
  const names = list(folder);
  if (names.length === 0) return "nothing";
  const version = names.includes("PG_VERSION") ? readFileSync(join(folder, "PG_VERSION"), "utf8").trim() : "";
  const strange = names.find((name) => !begun.test(name));
  if (version === "" && strange !== undefined) {
    throw new StartError(`${folder} holds ${strange}, which is no database: empty it, or set MUSTER_DATA_DIR.`);
  }
  if (version !== "" && version !== major) throw new StartError(otherVersion(folder, version, major));
  const isWhole = version !== "" && ["global/pg_control", "base/5"].every((name) => existsSync(join(folder, name)));
  if (isWhole) return "whole";
  if (hasNoData(folder)) return "unfinished";
  throw new StartError(
    `The database in ${folder} is damaged: files of PostgreSQL are missing, and there is data in it. Put a backup in its place.`,
  );
}

function otherVersion(folder: string, version: string, major: string): string {
  return [
    `The database in ${folder} was made by PostgreSQL ${version}, and this version of Muster brings PostgreSQL ${major}, which can't read it.`,
    "With the version of Muster that made it, write the database to a file: `muster backup FILE`, or pg_dump where it has no such command.",
    "Then start this version with another MUSTER_DATA_DIR and read the file in: `muster restore FILE`, or psql. Keep the file `secret` with it.",
  ].join(" ");
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw new StartError(`${folder} can't be read (${reasonOf(error)}): fix its rights, or set MUSTER_DATA_DIR.`);
  }
}

/** The first write-ahead log segments, 16 MB each: initdb itself needs no more. */
const firstLogs = /^0000000100000000000000(0[1-4])$/;

/**
 * Whether the folder never held anybody's data: Muster's database is created only after PostgreSQL's own. A long log proves earlier data,
 * even if a half-restored backup has no databases yet.
 */
export function hasNoData(folder: string): boolean {
  const databases = list(join(folder, "base")).filter((name) => Number(name) >= firstOwnDatabase);
  const logs = list(join(folder, "pg_wal")).filter((name) => /^[0-9A-F]{24}$/.test(name) && !firstLogs.test(name));
  return databases.length === 0 && logs.length === 0 && list(join(folder, "pg_tblspc")).length === 0;
}

/** Removes an unfinished folder that never held data. If it does hold data, because another process was faster, it is put back. */
export function discard(folder: string): void {
  const aside = `${folder}.new-unfinished`;
  removeAside(aside);
  renameSync(folder, aside);
  if (hasNoData(aside)) removeAside(aside);
  else renameSync(aside, folder);
}

/**
 * Creates a database server in a temporary folder and moves it into place. If another process was faster, its folder stays. Throws
 * StartError with initdb's own reason.
 */
export async function initialise(
  folder: string,
  { initdb, major }: Programs,
  who: Runner,
  signal: AbortSignal,
): Promise<void> {
  removeAsides(folder, leftover);
  const aside = makeFolder(folder, who);
  try {
    await runInitdb(aside, initdb, who, signal);
    putInPlace(aside, folder);
  } catch (error) {
    if (stateOf(folder, major) === "whole") return; // a faster process has removed ours
    const isMount = codeOf(error) === "EBUSY" || codeOf(error) === "EXDEV";
    const advice = isMount ? ". It is a volume of its own: mount the folder above it instead" : "";
    throw new StartError(`The embedded database could not be made in ${folder}: ${reasonOf(error)}${advice}.`);
  } finally {
    removeAside(aside);
  }
}

function makeFolder(folder: string, who: Runner): string {
  try {
    return makeAside(folder, who);
  } catch (error) {
    throw new StartError(
      `The embedded database could not be made in ${folder} (${reasonOf(error)}): the folder above it can't be written.`,
    );
  }
}

function runInitdb(folder: string, initdb: string, who: Runner, signal: AbortSignal): Promise<void> {
  const [program = initdb, ...before] = [...who.prefix, initdb];
  const flags = ["-U", superuser, "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8"];
  const locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...before, "-D", folder, ...flags, ...locale], {
      ...ids(who),
      cwd: "/",
      stdio: ["ignore", "ignore", "pipe"],
      signal,
      killSignal: "SIGINT",
    });
    let output = "";
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code, ended) => {
      if (code === 0) resolve();
      else reject(new Error(errorLine(output) ?? `initdb ended with ${code ?? ended}`));
    });
  });
}
