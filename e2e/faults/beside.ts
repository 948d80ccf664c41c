import { join } from "node:path";
import pg from "pg";

/** A connection to the embedded database of a data folder, past the server: as its owner, who may do anything there. */
export async function openBeside(folder: string): Promise<pg.Client> {
  const client = new pg.Client({ host: join(folder, "run"), user: "muster", database: "muster" });
  client.on("error", () => {}); // the database may be the one that is killed; the next query says so
  await client.connect();
  return client;
}

/** Asks one thing of the database past the server. */
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
