// Email addresses and host names as Muster takes them, the same in every form, contract, command and rule; browser and server share it.

const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** What ends a host name in a URL, or means something else there. */
const notInHost = /[\s/:?#@\\[\]%]/;

/** A host name in lower-case A-label form, or null. */
export function normaliseHost(text: string): string | null {
  const typed = text.trim().replace(/\.$/, "");
  const ascii = notInHost.test(typed) ? "" : toAscii(typed);
  const labels = ascii.split(".");
  const isHost = ascii.length <= 253 && labels.length > 1 && labels.every((part) => label.test(part));
  return isHost && !/^\d+$/.test(labels.at(-1) ?? "") ? ascii : null;
}

/** IDNA as browsers and Node do it (UTS 46); empty for what is no host name. */
function toAscii(host: string): string {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : "";
}

/** A guest's technical name in Entra (`ana_home.test#EXT#@tenant.onmicrosoft.com`) is written like an address and has no mailbox. */
const guestName = /#ext#$/i;

/**
 * The strict address grammar of T32: ASCII local part without quotes, IDNA domain, 254 octets at most; blanks around it do not count.
 * Returns the address with its domain in A-label form, or null. Never folds: that comes after.
 */
export function parseAddress(given: string): { address: string; domain: string } | null {
  const text = given.trim();
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  const isLocal = at > 0 && local.length <= 64 && localPart.test(local) && !guestName.test(local);
  const domain = isLocal ? normaliseHost(text.slice(at + 1)) : null;
  const address = `${local}@${domain}`;
  return domain !== null && address.length <= 254 ? { address, domain } : null;
}

/** The key of an address: ASCII by grammar, so lower case is all there is to fold. */
export function addressKey(address: string): string {
  return address.toLowerCase();
}

/** The key of an address as somebody typed it, to look for it; of what is no address, one that nobody has. */
export function typedKey(text: string): string {
  return addressKey(parseAddress(text)?.address ?? text.trim());
}
