import { createHmac, timingSafeEqual } from "node:crypto";
import { env } from "./env";

function key(): string {
  return createHmac("sha256", env().MUSTER_SECRET).update("setup").digest("base64url");
}

/** The link that sets up an empty installation; invalid once a workspace exists. */
export function setupLink(): string {
  return `${env().MUSTER_URL}/setup?key=${key()}`;
}

export function isSetupKey(given: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(key())];
  return left.length === right.length && timingSafeEqual(left, right);
}
