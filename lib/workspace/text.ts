import { domainToASCII } from "node:url";

/** The key that decides equality of names and addresses: NFKC, then lower case, never the database's locale. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A host name in lower-case A-label form, or null. */
export function normaliseHost(text: string): string | null {
  const ascii = domainToASCII(text.trim().replace(/\.$/, "")).toLowerCase();
  const labels = ascii.split(".");
  const isHost = ascii.length <= 253 && labels.length > 1 && labels.every((part) => label.test(part));
  return isHost && !/^\d+$/.test(labels.at(-1) ?? "") ? ascii : null;
}

/**
 * The strict address grammar of T32: ASCII local part without quotes, IDNA domain, 254 octets at most.
 * Returns the address with its domain in A-label form, or null. Never folds: that comes after.
 */
export function parseAddress(text: string): { address: string; domain: string } | null {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  const domain = at > 0 && local.length <= 64 && localPart.test(local) ? normaliseHost(text.slice(at + 1)) : null;
  const address = `${local}@${domain}`;
  return domain !== null && address.length <= 254 ? { address, domain } : null;
}

/** The key of an address: ASCII by grammar, so lower case is all there is to fold. */
export function addressKey(address: string): string {
  return address.toLowerCase();
}
