import { createHash } from "node:crypto";

// Rate limits for sign-in links. An email address counts whether or not it has an account, so that the response doesn't reveal which ones
// do. Counts stay in memory, so strangers can't fill a table.

type Limit = { count: number; seconds: number };

/** Links per email address: after five in an hour, the person should look for the newest one in their mailbox. */
const perAddress: Limit = { count: 5, seconds: 3_600 };
/** Links per visitor: enough for an office behind one IP address on a Monday morning, too few for a script. */
const perVisitor: Limit = { count: 60, seconds: 600 };
/** Visitors without a known IP address share one count, so it is ten times as large. */
const perUnknown: Limit = { count: 600, seconds: 600 };

/** Maximum number of remembered keys; the oldest is dropped first. */
const maxKeys = 50_000;

const here = globalThis as { musterAsks?: Map<string, number[]> };

/** Counts a request. Returns 0 when it is allowed, else the seconds until the next one is. */
function take(key: string, { count, seconds }: Limit, now: number): number {
  here.musterAsks ??= new Map();
  const asks = here.musterAsks;
  const recent = (asks.get(key) ?? []).filter((at) => now - at < seconds * 1000);
  const [oldest] = recent;
  const wait = oldest !== undefined && recent.length >= count ? seconds - (now - oldest) / 1000 : 0;
  asks.delete(key); // re-inserting makes it the newest again
  asks.set(key, wait > 0 ? recent : [...recent, now]);
  if (asks.size > maxKeys) asks.delete(asks.keys().next().value ?? "");
  return wait;
}

/**
 * Seconds to wait before asking for a link to an email address, or 0. `visitor` is the network the request comes from; null when unknown.
 */
export function waitToAsk(address: string, visitor: string | null, now = performance.now()): number {
  const wait = visitor === null ? take("visitor ?", perUnknown, now) : take(`visitor ${visitor}`, perVisitor, now);
  if (wait > 0) return wait;
  return take(`address ${createHash("sha256").update(address).digest("base64url")}`, perAddress, now);
}
