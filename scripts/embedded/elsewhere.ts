import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addresses, query } from "./database";

/**
 * Whether a database server in another container that shares this folder is running on it. A copy of a folder names the original's server
 * too, so the server is asked whether it sees a file that was just written here.
 */
export async function worksOn(folder: string, socket: string): Promise<boolean> {
  if (socket === "") return false;
  const name = `muster-probe-${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(join(folder, name), "");
    const text = `SELECT 1 FROM pg_stat_file('${name}', true) WHERE size IS NOT NULL`;
    return (await query(addresses(socket).adminUrl, text)).length > 0;
  } catch {
    return false; // no socket, or no server behind it
  } finally {
    rmSync(join(folder, name), { force: true });
  }
}
