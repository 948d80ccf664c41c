import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { codeOf, reasonOf, StartError } from "@/scripts/start-error";
import { otherAccounts, type Runner } from "./programs";

const advice = "fix its rights, or set MUSTER_DATA_DIR";

/** Creates the data folder if it is missing and closes it to others; returns its real path, without links. Throws StartError. */
export function makeDataFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    close(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(path);
  } catch (error) {
    throw new StartError(`The data folder ${resolve(path)} can't be written (${reasonOf(error)}): ${advice}.`);
  }
}

/** A volume may belong to another account and admit this account's group: it only has to be writable. */
function close(path: string): void {
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
  }
}

/** The database folder of a data folder, without links. */
export function databaseFolder(data: string): string {
  const folder = join(data, "postgres");
  try {
    return realpathSync(folder);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw new StartError(`${folder} can't be read (${reasonOf(error)}): ${advice}.`);
    if (!lstatSync(folder, { throwIfNoEntry: false })) return folder;
    throw new StartError(`${folder} is a link that leads nowhere. Mount what it leads to, or remove the link.`);
  }
}

/**
 * PostgreSQL runs only on its own files. If another account owns them, Muster was started by the wrong one: this is reported, and no owner
 * changes.
 */
export function checkOwner(folder: string, who: Runner): void {
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid;
  const me = process.getuid?.();
  if (owner === undefined || me === undefined || owner === me || owner === who.uid) return;
  if (me === 0 && otherAccounts().some(({ uid }) => uid === owner)) return; // from a start that couldn't run as root
  throw new StartError(
    `The database in ${folder} belongs to user ${owner}, and Muster was started by user ${me}. Start it as user ${owner}, or hand the folder over: chown -R ${me} ${folder}.`,
  );
}

/**
 * Gives a data folder and everything in it to the account that runs PostgreSQL. Changes the owner of a link itself, never of its target.
 */
export function own(path: string, { uid, gid }: Runner): void {
  const entry = lstatSync(path);
  if (uid === undefined || gid === undefined || entry.uid === uid) return;
  lchownSync(path, uid, gid);
  if (entry.isDirectory()) for (const name of readdirSync(path)) own(join(path, name), { prefix: [], uid, gid });
}

/** The most bytes of a socket's folder: the path of the socket itself is limited to about 103. */
const maxSocketFolder = 80;

/**
 * The folder of the socket. The socket's path is limited to about 107 bytes, so a deep checkout uses a short folder in the temp directory.
 * It is a new one each time, because anybody could have created a folder with a guessable name. Other processes find it in the pid file.
 */
export function socketFolder(data: string): string {
  const inside = join(data, "run");
  if (Buffer.byteLength(inside) <= maxSocketFolder) return makeSocketFolder(inside);
  const short = [tmpdir(), "/tmp"].find((folder) => Buffer.byteLength(folder) + 14 <= maxSocketFolder);
  try {
    if (short !== undefined) return mkdtempSync(join(short, "muster-"));
  } catch (error) {
    throw new StartError(
      `The database's socket needs a folder in ${short}, which can't be written (${reasonOf(error)}).`,
    );
  }
  throw new StartError(
    `The path ${inside} is too long for the database's socket: set MUSTER_DATA_DIR to a shorter one.`,
  );
}

/** Creates the folder of the socket if it is missing, even if it was removed while the database ran. */
export function makeSocketFolder(folder: string): string {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch (error) {
    throw new StartError(
      `The folder ${folder} can't be made for the database's socket (${reasonOf(error)}): ${advice}.`,
    );
  }
}

/**
 * Takes ownership of the socket's folder: only of the folder itself, only if it is a real one, and only if it is ours. Its contents are
 * left alone.
 */
export function ownSocketFolder(folder: string, { uid, gid }: Runner): void {
  const owners = [process.getuid?.(), uid];
  let handle: number | undefined;
  try {
    handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    if (!owners.includes(fstatSync(handle).uid)) throw Object.assign(new Error(), { code: "somebody else's" });
    if (uid !== undefined && gid !== undefined) fchownSync(handle, uid, gid);
    fchmodSync(handle, 0o700);
  } catch (error) {
    throw new StartError(
      `The folder ${folder} can't be used for the database's socket (${reasonOf(error)}). Remove it and start again.`,
    );
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Removes a folder that was created for one start, unless it contains something by now. */
export function removeEmptyFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!["ENOTEMPTY", "ENOENT"].includes(codeOf(error))) throw error;
  }
}
