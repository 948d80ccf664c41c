import type { IncomingHttpHeaders } from "node:http";

/**
 * Headers by which a proxy identifies itself or the visitor, from any vendor: X-Forwarded-*, X-Real-IP, Via, CF-Connecting-IP,
 * True-Client-IP, X-Client-IP, X-Original-Host, X-ARR-LOG-ID, X-Azure-SocketIP and the like.
 */
const forwarding =
  /forward|^via$|real-?ip|client-?ip|connecting-?ip|socket-?ip|remote-?(ip|addr)|user-?ip|source-?ip|originating|^x-original|^x-arr-|^x-envoy|^x-appengine|^x-proxy|^x-host$|^cdn-loop$|^cf-/;

export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => forwarding.test(name));
}

/** The hops as the headers list them, nearest last. A blank, missing or contradictory hop makes them unreadable. */
export type Hops = "none" | "unreadable" | string[];

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(",") : value);

/**
 * Reads `X-Forwarded-For` and `Forwarded`. A proxy may write one of them and pass on a forged one from the client, and we can't see which,
 * so if both are present they must end in the same hop. Any other header alone proves that there is a proxy, but names no hop to trust.
 */
export function forwardedHops(headers: IncomingHttpHeaders): Hops {
  const [listed, standard] = [one(headers["x-forwarded-for"]), one(headers.forwarded)];
  if (listed === undefined && standard === undefined) return isForwarded(headers) ? "unreadable" : "none";
  const byList = listed?.split(",").map((hop) => hop.trim()) ?? null;
  const byStandard = standard === undefined ? null : readForwarded(standard);
  if (byStandard === "unreadable") return "unreadable";
  if (byList && byStandard && byList.at(-1) !== byStandard.at(-1)) return "unreadable";
  return byList ?? byStandard ?? "none";
}

// Forwarded = 1#( [ forwarded-pair ] *( ";" [ forwarded-pair ] ) ), forwarded-pair = token "=" ( token / quoted-string )  (RFC 7239 §4)
const pair = /^[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w:[\]-]+)|"((?:[^"\\]|\\.)*)")[ \t]*(;|,|$)/;

type Pair = { name: string; value: string; end: string };

/** The pairs of all elements, each with its separator; null if the text doesn't match the grammar. */
function pairsOf(text: string): Pair[] | null {
  const pairs: Pair[] = [];
  for (let rest = text; rest !== ""; ) {
    const match = pair.exec(rest);
    if (!match) return null;
    const [all, name = "", token, quoted = "", end = ""] = match;
    pairs.push({ name: name.toLowerCase(), value: token ?? quoted.replace(/\\(.)/g, "$1"), end });
    rest = rest.slice(all.length);
  }
  return pairs.length === 0 || pairs.at(-1)?.end === "," ? null : pairs;
}

/** The `for` of each element of `Forwarded`. An element with none, with two, or outside the grammar is unreadable. */
function readForwarded(text: string): string[] | "unreadable" {
  const elements: string[][] = [[]];
  for (const { name, value, end } of pairsOf(text) ?? []) {
    if (name === "for") elements.at(-1)?.push(value);
    if (end === ",") elements.push([]);
  }
  return elements.every(({ length }) => length === 1) ? elements.flat() : "unreadable";
}
