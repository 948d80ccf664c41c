import { join } from "node:path";
import pg from "pg";

/** A direct connection to a data folder's embedded database, bypassing the server, as its owner with all rights. */
export async function openBeside(folder: string): Promise<pg.Client> {
  const client = new pg.Client({ host: join(folder, "run"), user: "muster", database: "muster" });
  client.on("error", () => {}); // the database may be the killed one; the next query fails with it
  await client.connect();
  return client;
}

/** Runs one query directly on the database, bypassing the server. */
export async function askBeside<Found extends pg.QueryResultRow>(
  folder: string,
  text: string,
  values: unknown[] = [],
): Promise<Found[]> {
  const client = await openBeside(folder);
  try {
    return (await client.query<Found>(text, values)).rows;
  } finally {
    await client.end();
  }
}
