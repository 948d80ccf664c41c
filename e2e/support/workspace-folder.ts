import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { type DataFolder, makeDataFolder, makeWorkspace } from "./muster";

// Creating a database server, its tables and a workspace takes seconds, so tests that aren't about that use a copy of a prepared one.

/** Passes the prepared folder to the processes that a run starts. */
const variable = "MUSTER_TEST_FOLDER";

/** Creates the prepared folder, once for a run. Returns a function that removes it. */
export default async function prepareFolder(): Promise<() => void> {
  const prepared = makeDataFolder();
  const data = join(prepared.path, "data");
  mkdirSync(data);
  const embedded = await openEmbeddedPostgres(data);
  const token = makeWorkspace(data);
  await embedded.release();
  writeFileSync(join(prepared.path, "token"), token);
  process.env[variable] = prepared.path;
  return prepared.remove;
}

/** Copies makeWorkspace's result into an empty data folder, before its first start; returns the workspace's token. */
export function copyWorkspace(folder: string): string {
  const prepared = process.env[variable];
  if (!prepared) throw new Error("Nothing to copy was made for this run: it begins with prepareFolder.");
  // cp keeps owners: the database belongs to the account that runs it.
  execFileSync("cp", ["-a", `${join(prepared, "data")}/.`, folder]);
  return readFileSync(join(prepared, "token"), "utf8");
}

/** A data folder with a workspace in it. */
export function makeWorkspaceFolder(): DataFolder & { token: string } {
  const folder = makeDataFolder();
  return { ...folder, token: copyWorkspace(folder.path) };
}
