import pg from "pg";

/** A statement as it went to the database. */
export type Recorded = { text: string; values: unknown[] };

type Query = (this: pg.Client, ...words: unknown[]) => unknown;

function toRecorded(query: unknown, values: unknown): Recorded | null {
  if (typeof query === "string") return { text: query, values: Array.isArray(values) ? values : [] };
  const { text, values: own } = (query ?? {}) as { text?: unknown; values?: unknown };
  const given = Array.isArray(own) ? own : values;
  return typeof text === "string" ? { text, values: Array.isArray(given) ? given : [] } : null;
}

/** What does not belong to a request: checks of idle connections, transactions' brackets, the log that is written behind it, the job queue. */
const aside = /^\s*$|^\s*(BEGIN|COMMIT|ROLLBACK|SET|RESET)\b|"ScimRequest"|"AccessTokenUse"/i;

/** Everything that connections of this process are asked to run while `work` runs, each text once. */
export async function recordStatements(work: () => Promise<void>): Promise<Recorded[]> {
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const original = prototype.query;
  const found = new Map<string, Recorded>();
  prototype.query = function (...words) {
    const recorded = toRecorded(words[0], words[1]);
    if (recorded && !aside.test(recorded.text) && !found.has(recorded.text)) found.set(recorded.text, recorded);
    return original.apply(this, words);
  };
  try {
    await work();
  } finally {
    prototype.query = original;
  }
  return [...found.values()];
}
