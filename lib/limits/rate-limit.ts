import ipaddr from "ipaddr.js";
import { env } from "@/lib/env";

type Bucket = { tokens: number; at: number };

const here = globalThis as { musterBuckets?: Map<string, Bucket> };

/** Above this many buckets, full ones are dropped: a full bucket is the same as none. */
const maxBuckets = 10_000;

/** Takes `cost` from a bucket. Returns 0 if there was enough, else the seconds until there is. */
function take(key: string, cost: number, rate: number, burst: number): number {
  return takeFrom(key, cost, rate, burst).wait;
}

/** Same as `take`, and returns what is left. The bucket refills at `rate` a second up to `burst`. */
function takeFrom(key: string, cost: number, rate: number, burst: number): { wait: number; left: number } {
  here.musterBuckets ??= new Map();
  const buckets = here.musterBuckets;
  const now = performance.now() / 1000;
  const bucket = buckets.get(key) ?? { tokens: burst, at: now };
  bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) * rate);
  bucket.at = now;
  if (!buckets.has(key)) {
    if (buckets.size >= maxBuckets) dropIdle(buckets, now);
    buckets.set(key, bucket);
  }
  // A cost above the bucket's size needs a full bucket, and leaves a debt.
  const needed = Math.min(cost, burst);
  if (bucket.tokens < needed) return { wait: (needed - bucket.tokens) / rate, left: bucket.tokens };
  bucket.tokens -= cost;
  return { wait: 0, left: bucket.tokens };
}

function dropIdle(buckets: Map<string, Bucket>, now: number): void {
  for (const [key, bucket] of buckets) if (now - bucket.at > 60) buckets.delete(key);
}

/** Seconds a token must wait before `operations` more, or 0. Default: 500 a second, 1,000 at once. */
export function waitForToken(tokenId: string, operations: number): number {
  const rate = env().MUSTER_SCIM_RATE;
  return rate === 0 ? 0 : take(`token ${tokenId}`, operations, rate, rate * 2);
}

/** A token's REST quota, what is left of it, and the seconds until it is full again, or until the next request is allowed. */
export type Quota = { quota: number; left: number; reset: number; isOver: boolean };

/** Takes one REST request from a token's quota; null if there is no limit. Default: 100 a second, 200 at once. */
export function takeApiRequest(tokenId: string): Quota | null {
  const rate = env().MUSTER_API_RATE;
  if (rate === 0) return null;
  const quota = Math.max(1, rate * 2);
  const { wait, left } = takeFrom(`api ${tokenId}`, 1, rate, quota);
  const reset = wait > 0 ? wait : (quota - left) / rate;
  return { quota, left: Math.max(0, Math.floor(left)), reset: Math.ceil(reset), isOver: wait > 0 };
}

/** Seconds an IP address that sent wrong tokens must wait, or 0. Valid tokens never use this bucket (T29). */
export function waitForAddress(address: string): number {
  return take(`address ${limitKey(address)}`, 1, 10, 100);
}

/** The IP address, or for IPv6 its /64, which is one customer (T28). */
function limitKey(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  return ipaddr.IPv6.parse(address).parts.slice(0, 4).join(":");
}
