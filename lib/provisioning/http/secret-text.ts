import { cutText } from "@/lib/text";

/* Removes secrets from texts: filters, paths, queries and error details. The request log keeps what was requested, and people read it. */

/** Replaces a secret. */
export const redacted = "(redacted)";

/**
 * Words that name a secret whatever a workspace declares, also at the end of a longer name; between two words there may be hyphens or
 * underscores.
 */
const always = [
  "password",
  "passwd",
  "passphrase",
  "access token",
  "refresh token",
  "id token",
  "client secret",
  "client assertion",
  "authorization",
  "api key",
  "secret",
  "token",
];
const alwaysJoined = always.map((name) => name.replace(" ", ""));

/** Words that name a secret anywhere in a longer name: `passwordHash`, `password1`. */
const within = ["password", "passwd", "passphrase"];

/** Characters that are searched: more than the log keeps of anything. */
const maxText = 20_000;

/** All of Muster's prefixes: access tokens and client secrets, issued tokens, refresh tokens, codes, and webhook secrets. */
const prefixes = "mst|mso|msr|msc|whsec";

/** One of Muster's secrets, whole or cut; `mst_` and eight characters alone are a client's id, which is public. */
const ours = new RegExp(`(?:${prefixes})_[\\w+/=.-]*`, "g");
const publicId = /^mst_[0-9A-Za-z]{8}(?![0-9A-Za-z])/;

/** A signed token, such as a client's assertion (RFC 7519). */
const signed = /\beyJ[\w-]{8,2000}\.[\w-]+(?:\.[\w-]*)?/g;

const literal = String.raw`(?:"(?:[^"\\]|\\.)*"?|[^\s()[\]"]+)`;

/** A quoted text where a filter may have one. */
const quoted = /(?<= (?:eq|ne|co|sw|ew|gt|ge|lt|le) )"(?:[^"\\]|\\.)*"(?=[ )\]]|$)/gi;

type Patterns = {
  hint: RegExp;
  compared: RegExp;
  inBrackets: RegExp;
  assigned: RegExp;
  inJson: RegExp;
  /** For filters with single blanks: a secret in a grammatical comparison, a secret anywhere, and a secret alone. */
  wellFormed: RegExp;
  named: RegExp;
  alone: RegExp;
};

const made = new WeakMap<ReadonlySet<string>, Patterns>();

function patternsOf(secrets: ReadonlySet<string>): Patterns {
  const known = made.get(secrets);
  if (known) return known;
  const names = [...always, ...secrets]
    .map(
      (name) =>
        name.replace(/[^\w ]/g, "\\$&").replaceAll(" ", "[-_ ]?") + (within.includes(name) ? "[\\w-]{0,60}" : ""),
    )
    .join("|");
  const name = `(?<![A-Za-z0-9])([\\w$.:-]{0,200}(?:${names}))`;
  const patterns = {
    hint: new RegExp(`\\\\u|${names}|(?:${prefixes})_|eyJ`, "i"),
    compared: new RegExp(`${name}(\\s+(?:eq|ne|co|sw|ew|gt|ge|lt|le)\\s+)${literal}`, "gi"),
    inBrackets: new RegExp(`${name}\\[(?:"(?:[^"\\\\]|\\\\.)*"?|[^\\]"])*`, "gi"),
    assigned: new RegExp(`${name}(\\s*=\\s*)[^\\s&;,"'<>]+`, "gi"),
    inJson: new RegExp(
      `(["'])([\\w$.:-]{0,200}(?:${names}))\\1(\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|[^\\s,}\\]]+)`,
      "gi",
    ),
    wellFormed: new RegExp(
      `(?<=^|[(\\[] ?|\\b(?:and|or|not) )${name} (?:pr|(?:eq|ne|co|sw|ew|gt|ge|lt|le) (?:"(?:[^"\\\\]|\\\\.)*"|true|false|null|-?\\d+(?:\\.\\d+)?))(?= ?(?:$|[)\\]])| (?:and|or) )`,
      "gi",
    ),
    named: new RegExp(`${name}(?![A-Za-z0-9])`, "i"),
    alone: new RegExp(`^[\\w$.:-]{0,200}(?:${names})$`, "i"),
  };
  made.set(secrets, patterns);
  return patterns;
}

/** Whether a name or a path refers to a secret: `password`, `urn:…:User:password`, `car.code`, `pins[value eq "x"].note`. */
export function isSecretName(path: string, secrets: ReadonlySet<string>): boolean {
  const open = path.indexOf("[");
  const names = open < 0 ? path : path.slice(0, open) + path.slice(Math.max(open, path.lastIndexOf("]")) + 1);
  const parts = names.slice(names.lastIndexOf(":") + 1).split(".");
  return parts.some((part) => isSecretWord(part.trim().toLowerCase(), secrets));
}

function isSecretWord(word: string, secrets: ReadonlySet<string>): boolean {
  const joined = word.replace(/[-_ ]/g, "");
  return (
    secrets.has(word) ||
    within.some((name) => joined.includes(name)) ||
    alwaysJoined.some((name) => joined.endsWith(name))
  );
}

/** A cheap first check. Names can be written with escapes, so any escape counts as a hint. */
export function mayHoldSecret(text: string, secrets: ReadonlySet<string>): boolean {
  return patternsOf(secrets).hint.test(text);
}

/** Removes the secrets from a text. */
export function redactText(text: string, secrets: ReadonlySet<string>): string {
  const { hint, compared, inBrackets, assigned, inJson } = patternsOf(secrets);
  if (!hint.test(text)) return text;
  return cutText(text, maxText)
    .replace(ours, withoutSecret)
    .replace(signed, redacted)
    .replace(inJson, `"$2"$3"${redacted}"`)
    .replace(compared, `$1$2"${redacted}"`)
    .replace(inBrackets, `$1[${redacted}`)
    .replace(assigned, `$1$2${redacted}`);
}

/**
 * Removes the secrets from a filter, or from a path that may hold one. If it names a secret outside a grammatical comparison, the secret
 * may be anywhere (`password eq 'a b'`, `"a" eq password`), so all of it is redacted.
 */
export function redactFilter(filter: string, secrets: ReadonlySet<string>): string {
  return isLoose(filter, secrets) ? redacted : redactText(filter, secrets);
}

function isLoose(filter: string, secrets: ReadonlySet<string>): boolean {
  const { hint, wellFormed, named, alone } = patternsOf(secrets);
  if (!hint.test(filter)) return false;
  const line = cutText(filter, maxText).replace(/\s+/g, " ").trim();
  if (alone.test(line)) return false;
  const rest = line.replace(wellFormed, "…").replace(quoted, "…");
  return named.test(rest.includes('"') ? line : rest); // with an unpaired quote, nobody knows what is quoted
}

/** An error detail without its quotes: they show part of a filter, which may be a secret. */
export function withoutQuotes(detail: string): string {
  return detail.replace(/"(?:[^"\\]|\\.)*"/g, `"${redacted}"`);
}

function withoutSecret(found: string): string {
  const id = publicId.exec(found)?.[0];
  if (id !== undefined && !/[0-9A-Za-z]/.test(found.slice(id.length))) return found;
  return `${id ?? found.slice(0, found.indexOf("_"))}_${redacted}`;
}

/** A letter, a digit, a hyphen, an underscore or a percent sign that is escaped needlessly, and so may hide something. */
const hidden = /%(?:25|2d|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])/i;

function maybe(text: string, secrets: ReadonlySet<string>): boolean {
  return mayHoldSecret(text, secrets) || hidden.test(text);
}

/** Removes the secrets from a path as it was sent. A path without any stays as it is, escapes included. */
export function redactPath(path: string, secrets: ReadonlySet<string>): string {
  if (!maybe(path, secrets)) return path;
  return path
    .split("/")
    .map((part) => redactEscaped(part, secrets, redactFilter))
    .join("/");
}

/** SCIM's query parameters other than the filter. */
const otherParameter = /^(?:count|cursor|startIndex|sortBy|sortOrder|attributes|excludedAttributes)=/i;

/**
 * Removes the secrets from a query. Quoted text may contain the `&` that separates parameters, so whatever follows an open quote belongs to
 * it, and whatever follows a redacted filter is redacted as well.
 */
export function redactQuery(query: string, secrets: ReadonlySet<string>): string {
  if (!maybe(query, secrets)) return query;
  let isOpen = false;
  let isHidden = false;
  const parts = query.split("&").map((part) => {
    const isOdd = plainOf(part).split('"').length % 2 === 0;
    const isPart = isOpen || (isHidden && !otherParameter.test(part));
    const redactedPart = isPart ? redacted : redactParameter(part, secrets);
    isOpen = isOdd && (isOpen || redactedPart !== part) ? !isOpen : isOpen;
    isHidden ||= redactedPart.endsWith(`=${redacted}`);
    return redactedPart;
  });
  return parts.join("&");
}

function redactParameter(part: string, secrets: ReadonlySet<string>): string {
  const mark = part.indexOf("=");
  const name = plainOf(part.slice(0, Math.max(mark, 0)));
  if (mark > 0 && isSecretName(name, secrets)) return `${part.slice(0, mark)}=${redacted}`;
  if (!/filter/i.test(name)) return redactEscaped(part, secrets, redactText);
  return `${part.slice(0, mark)}=${redactEscaped(part.slice(mark + 1), secrets, redactFilter)}`;
}

function redactEscaped(part: string, secrets: ReadonlySet<string>, redactPlain: typeof redactText): string {
  const text = plainOf(part);
  const clean = redactPlain(text, secrets);
  return clean === text ? part : clean.replace(/[\s"&?#%/]/g, encodeURIComponent);
}

/** Decodes a text, up to three levels of escapes. */
function plainOf(escaped: string): string {
  let plain = escaped.replaceAll("+", " ");
  for (let depth = 0; depth < 3 && plain.includes("%"); depth++) plain = plain.replace(/(?:%[0-9a-f]{2})+/gi, decoded);
  return plain;
}

function decoded(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped; // not UTF-8
  }
}
