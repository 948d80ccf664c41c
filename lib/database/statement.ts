import type { Writable } from "node:stream";
import type pg from "pg";

/** A statement with its values; `name` makes PostgreSQL plan it once per connection. */
export type Statement = { name?: string; text: string; values: unknown[] };

const held = new WeakSet<pg.ClientBase>();

/** Buffers writes so that everything sent in this turn of the event loop goes out together. */
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
 * Lookups by key use one generic plan for all values. By default PostgreSQL plans such a statement again whenever it expects a list to be
 * shorter than usual, and planning takes longer than running it.
 */
export const planOnce = "plan_cache_mode = force_generic_plan";
