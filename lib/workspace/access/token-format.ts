import { createHash, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import { base62, randomText } from "@/lib/workspace/seal";

const form = /^mst_([0-9A-Za-z]{8})_[0-9A-Za-z]{32}[0-9A-Za-z]{6}$/;

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let place = 0; place < 6; place++) {
    digits = base62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/**
 * A new token: `mst_<id8>_<secret32><crc6>` (D-01). The checksum saves a query for typos and protects nothing. A new secret of an OAuth
 * client keeps the client's public id.
 */
export function newToken(publicId = randomText(8)): { token: string; publicId: string } {
  const start = `mst_${publicId}_${randomText(32)}`;
  return { token: start + checksum(start), publicId };
}

/** The public id of a well-formed token, or null. */
export function publicIdOf(token: string): string | null {
  if (token.length !== 51) return null;
  const publicId = form.exec(token)?.[1];
  return publicId !== undefined && checksum(token.slice(0, -6)) === token.slice(-6) ? publicId : null;
}

export function hashToken(token: string): Buffer {
  return createHash("sha256").update(`mst-token-v1\0${token}`).digest();
}

/** Compares digests in constant time (T27). */
export function isSameHash(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
