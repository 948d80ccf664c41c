import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, randomInt } from "node:crypto";
import { env } from "@/lib/env";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A random text of base62 characters, 5.95 bits each. */
export function randomText(length: number): string {
  return Array.from({ length }, () => base62[randomInt(62)]).join("");
}

/** A secret for a link: 43 characters, 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a secret. High entropy makes a plain hash enough (ASVS 6.5.2). */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function key(): Buffer {
  return Buffer.from(hkdfSync("sha256", env().MUSTER_SECRET, "", "muster outbox", 32));
}

/** Encrypts a link that waits in the outbox, so that a copy of the database opens nothing (T01). */
export function seal(text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key(), nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** Decrypts what `seal` made; throws when the secret has changed since. */
export function unseal(sealed: string): string {
  const bytes = Buffer.from(sealed, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key(), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
}
