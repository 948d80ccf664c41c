// The one grammar for email addresses and host names, shared by browser and server, and used by every form, contract, command and rule.

const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Characters that end a host name in a URL or have another meaning there. */
const notInHost = /[\s/:?#@\\[\]%]/;

/** A host name in lower-case A-label form, or null. */
export function normaliseHost(text: string): string | null {
  const typed = text.trim().replace(/\.$/, "");
  const ascii = notInHost.test(typed) ? "" : toAscii(typed);
  const labels = ascii.split(".");
  const isHost = ascii.length <= 253 && labels.length > 1 && labels.every((part) => label.test(part));
  return isHost && !/^\d+$/.test(labels.at(-1) ?? "") ? ascii : null;
}

/** IDNA as browsers and Node do it (UTS 46); empty if the text is not a host name. */
function toAscii(host: string): string {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : "";
}

/** A guest's user name in Entra (`ana_home.test#EXT#@tenant.onmicrosoft.com`) looks like an email address but has no mailbox. */
const guestName = /#ext#$/i;

/**
 * The strict email address grammar of T32: ASCII local part without quotes, IDNA domain, at most 254 octets; surrounding blanks are
 * ignored. Returns the email address with its domain in A-label form, or null. Doesn't fold case; `addressKey` does that.
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

/** The lookup key of an email address. The grammar is ASCII only, so lower-casing is enough. */
export function addressKey(address: string): string {
  return address.toLowerCase();
}

/** The lookup key of an email address as somebody typed it. Text that is not an email address gets a key that matches nobody. */
export function typedKey(text: string): string {
  return addressKey(parseAddress(text)?.address ?? text.trim());
}
