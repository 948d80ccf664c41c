import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, randomInt } from "node:crypto";
import { env } from "@/lib/env";

export const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Random base62 text, 5.95 bits per character. */
export function randomText(length: number): string {
  return Array.from({ length }, () => base62[randomInt(62)]).join("");
}

/** A secret for a link: 43 characters, 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** The stored form of a secret. Its high entropy makes a plain hash enough (ASVS 6.5.2). */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

type Purpose = "outbox" | "cursor" | "oauth" | "webhook";
const keys = new Map<string, Buffer>();

/** One key per purpose, so that a text sealed for one purpose can't be opened for another. */
function keyFor(purpose: Purpose): Buffer {
  const secret = env().MUSTER_SECRET;
  const name = `${purpose} ${secret}`;
  const known = keys.get(name) ?? Buffer.from(hkdfSync("sha256", secret, "", `muster ${purpose}`, 32));
  keys.set(name, known);
  return known;
}

/**
 * Encrypts a text (AES-256-GCM, base64url), so that a copy of the database reveals nothing (T01) and nobody can forge one. `about` is
 * authenticated but not included: opening needs the same value.
 */
export function seal(text: string, purpose: Purpose = "outbox", about = ""): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyFor(purpose), nonce).setAAD(Buffer.from(about));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** Decrypts the output of `seal`. Throws when it is forged, has a different `about`, or the secret has changed since. */
export function unseal(sealed: string, purpose: Purpose = "outbox", about = ""): string {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < 28) throw new Error("nothing sealed is so short");
  const decipher = createDecipheriv("aes-256-gcm", keyFor(purpose), bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(bytes.subarray(12, 28)).setAAD(Buffer.from(about));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
}
