import type { Writable } from "node:stream";
import type pg from "pg";

/** A statement with its values; `name` makes PostgreSQL plan it once a connection. */
export type Statement = { name?: string; text: string; values: unknown[] };

const held = new WeakSet<pg.ClientBase>();

/** Keeps what is sent until everything that came in with this turn of the event loop is in it, too. */
export function holdWrites(client: pg.ClientBase): void {
  const { stream } = (client as pg.ClientBase & { connection?: { stream?: Partial<Writable> } }).connection ?? {};
  if (!stream?.cork || held.has(client)) return;
  held.add(client);
  stream.cork();
  setImmediate(() => {
    held.delete(client);
    stream.uncork?.();
  });
}

/**
 * What is found by its key is planned once, whatever the values are. Left to itself PostgreSQL plans such statements anew each time
 * where it takes a list to be shorter than usual, and planning them takes longer than running them.
 */
export const planOnce = "plan_cache_mode = force_generic_plan";
