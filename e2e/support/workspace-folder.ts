import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { type DataFolder, makeDataFolder, makeWorkspace } from "./muster";

// Making a database server, its tables and a workspace takes seconds; whoever doesn't test just that gets a copy of one made before.

/** Where a run keeps the folder that is copied, for the processes that it starts. */
const variable = "MUSTER_TEST_FOLDER";

/** Makes the folder that is copied, once for a run. Returns what takes it away. */
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

/** What makeWorkspace makes, in an empty data folder and before the first start on it; the workspace's token. */
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
