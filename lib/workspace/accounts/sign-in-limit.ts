import { createHash } from "node:crypto";

// How often sign-in links may be asked for. An address is counted whether or not it has an account, so that the answer tells nobody
// which ones have; nothing of it is written down, so that strangers can't fill a table.

type Limit = { count: number; seconds: number };

/** Links for one address: who has lost five within an hour looks for the newest in the mailbox. */
const perAddress: Limit = { count: 5, seconds: 3_600 };
/** Links for one visitor: an office behind one address signs in on a Monday morning, a script does not go on. */
const perVisitor: Limit = { count: 60, seconds: 600 };
/** Visitors whose address can't be told share one count, so it is ten times as large. */
const perUnknown: Limit = { count: 600, seconds: 600 };

/** The most keys that are remembered; the oldest is forgotten first. */
const maxKeys = 50_000;

const here = globalThis as { musterAsks?: Map<string, number[]> };

/** Notes an ask. Returns the seconds until the next one is let through, or 0 when this one is. */
function take(key: string, { count, seconds }: Limit, now: number): number {
  here.musterAsks ??= new Map();
  const asks = here.musterAsks;
  const recent = (asks.get(key) ?? []).filter((at) => now - at < seconds * 1000);
  const [oldest] = recent;
  const wait = oldest !== undefined && recent.length >= count ? seconds - (now - oldest) / 1000 : 0;
  asks.delete(key); // what is asked for again is the newest again
  asks.set(key, wait > 0 ? recent : [...recent, now]);
  if (asks.size > maxKeys) asks.delete(asks.keys().next().value ?? "");
  return wait;
}

/** Seconds that whoever asks for a link to an address has to wait, or 0. `visitor` is the network they come from; null when unknown. */
export function waitToAsk(address: string, visitor: string | null, now = performance.now()): number {
  const wait = visitor === null ? take("visitor ?", perUnknown, now) : take(`visitor ${visitor}`, perVisitor, now);
  if (wait > 0) return wait;
  return take(`address ${createHash("sha256").update(address).digest("base64url")}`, perAddress, now);
}
