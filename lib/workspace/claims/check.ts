import { randomBytes } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { parse } from "tldts";
import { env } from "@/lib/env";
import { cutText, storable } from "@/lib/text";
import { askServer, type DnsServer, parseServer } from "./dns-query";
import { type DomainAnswer, type DomainOutcome, missing, unanswered } from "./outcome";
import { askZone, findZoneServers } from "./zone-servers";

type Lookup = { kind: "values"; values: string[] } | { kind: "none" | "no_name" | "alias" | "error" | "silent" };

/** The record's label and the beginning of its value. */
export const challengeHost = "_muster-challenge";

export const challengePrefix = "muster-verify=";

/** A resolver, with its server for queries that Node's resolver can't make. */
type DnsResolver = { resolver: Resolver; server: DnsServer };

function resolvers(): DnsResolver[] {
  const configured = env().MUSTER_DNS_SERVERS;
  const servers = configured.length > 0 ? configured : new Resolver().getServers();
  return servers.slice(0, 3).map((text) => {
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    resolver.setServers([text]);
    return { resolver, server: parseServer(text) };
  });
}

const lookups: Record<string, Lookup> = {
  ENODATA: { kind: "none" },
  ENOTFOUND: { kind: "no_name" },
  ESERVFAIL: { kind: "error" },
  EBADRESP: { kind: "error" },
  EFORMERR: { kind: "error" },
};

async function ask(query: () => Promise<string[]>): Promise<Lookup> {
  try {
    const values = await query();
    return values.length > 0 ? { kind: "values", values } : { kind: "none" }; // an alias on its own has no values
  } catch (error) {
    return lookups[(error as NodeJS.ErrnoException).code ?? ""] ?? { kind: "silent" };
  }
}

function txt(resolver: Resolver, host: string): Promise<Lookup> {
  return ask(async () => (await resolver.resolveTxt(host)).map((parts) => parts.join("")));
}

/** Looks up a name's TXT values. */
type Look = (name: string) => Promise<Lookup>;

/** Asks the zone's own servers, which cache nothing, and falls back to the resolver when they don't answer. */
async function lookIn(resolver: Resolver, domain: string): Promise<Look> {
  const servers = await findZoneServers(resolver, domain);
  return async (name) => {
    const found = servers.length === 0 ? null : await askZone(resolver, servers, name);
    if (found === null) return txt(resolver, name);
    if (found.kind !== "alias") return found;
    const target = await txt(resolver, found.target);
    return target.kind === "values" ? target : { kind: "alias" };
  };
}

/** DNS panels add quotes and spaces of their own. */
function isExpected(value: string, expected: string): boolean {
  return (
    value
      .trim()
      .replace(/^"(.*)"$/, "$1")
      .trim() === expected
  );
}

function has(lookup: Lookup, expected: string): boolean {
  return lookup.kind === "values" && lookup.values.some((value) => isExpected(value, expected));
}

type OneAnswer = Pick<DomainAnswer, "outcome" | "found">;

async function askOne({ resolver, server }: DnsResolver, domain: string, expected: string): Promise<OneAnswer> {
  const look = await lookIn(resolver, domain);
  const host = `${challengeHost}.${domain}`;
  const at = await look(host);
  if (has(at, expected)) return { outcome: await whyWildcard(look, domain, expected), found: [] };
  if (at.kind === "error" || at.kind === "silent") {
    const outcome = at.kind === "error" ? "server_error" : "no_answer";
    return { outcome: (await isAlive(server)) ? outcome : "resolver_outage", found: [] };
  }
  const apex = await look(domain);
  if (has(apex, expected)) return { outcome: "verified_at_apex", found: [] };
  if (at.kind === "values") return { outcome: "different_value", found: at.values };
  if (apex.kind === "no_name") return { outcome: "no_domain", found: [] };
  return { outcome: await whyMissing(look, resolver, domain, expected, at), found: [] };
}

/** Milliseconds to wait for an answer through one resolver. A slower zone counts as unanswered. */
const longest = 20_000;

async function askInTime(
  resolver: DnsResolver,
  domain: string,
  expected: string,
  patience: number,
): Promise<OneAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patience);
  });
  const answer = await Promise.race([askOne(resolver, domain, expected), late]).finally(() => clearTimeout(timer));
  return answer ?? { outcome: (await isAlive(resolver.server)) ? "no_answer" : "resolver_outage", found: [] };
}

/** A control query that any resolver can answer: the root's name servers. If even that fails, the problem is ours (F07). */
async function isAlive(server: DnsServer): Promise<boolean> {
  const reply = await askServer(server, ".", "NS", { recursive: true });
  return reply !== null && reply.rcode !== "SERVFAIL" && reply.rcode !== "REFUSED";
}

/** T11: a wildcard zone answers for every name, so it proves nothing. */
async function whyWildcard(look: Look, domain: string, expected: string): Promise<DomainOutcome> {
  const sibling = await look(`_muster-${randomBytes(8).toString("hex")}.${domain}`);
  return has(sibling, expected) ? "wildcard" : "verified";
}

/** Names that a panel creates when it appends its zone to the full name: the domain itself or any parent. */
function nestedNames(domain: string): string[] {
  const labels = domain.split(".");
  const registered = (parse(domain).domain ?? domain).split(".").length;
  const zones = labels.slice(0, labels.length - registered + 1).map((_, at) => labels.slice(at).join("."));
  return zones.map((zone) => `${challengeHost}.${domain}.${zone}`);
}

async function whyMissing(
  look: Look,
  resolver: Resolver,
  domain: string,
  expected: string,
  at: Lookup,
): Promise<DomainOutcome> {
  for (const name of nestedNames(domain)) if (has(await look(name), expected)) return "nested";
  if (at.kind === "alias") return "cname";
  if (at.kind === "no_name") return "no_record";
  const alias = await ask(() => resolver.resolveCname(`${challengeHost}.${domain}`));
  return alias.kind === "values" ? "cname" : "no_record";
}

const isProof = (outcome: DomainOutcome) => outcome === "verified" || outcome === "verified_at_apex";

/**
 * Looks up a domain's record through up to three resolvers. With several, two must see it (T13); if only one does, it is still spreading.
 */
export async function checkRecord(domain: string, value: string, patience = longest): Promise<DomainAnswer> {
  const answers = await Promise.all(resolvers().map((resolver) => askInTime(resolver, domain, value, patience)));
  const outcomes = answers.map(({ outcome }) => outcome);
  const count = (kind: (outcome: DomainOutcome) => boolean) => outcomes.filter(kind).length;
  const counts = {
    asked: answers.length,
    seen: count(isProof),
    missing: count((outcome) => missing.has(outcome)),
    unanswered: count((outcome) => unanswered.has(outcome)),
  };
  const found = [...new Set(answers.flatMap((answer) => answer.found))]
    .slice(0, 5)
    .map((text) => cutText(storable(text), 80));
  const proof = outcomes.find(isProof);
  if (proof && counts.seen >= Math.min(2, counts.asked)) return { outcome: proof, found: [], ...counts };
  if (proof) return { outcome: "spreading", found: [], ...counts };
  return { outcome: mostTelling(outcomes), found, ...counts };
}

/** When resolvers disagree, an answer outranks an error, an error outranks silence, and an outage on our side ranks last. */
function mostTelling(outcomes: DomainOutcome[]): DomainOutcome {
  const order: DomainOutcome[] = [
    "wildcard",
    "different_value",
    "nested",
    "cname",
    "no_record",
    "no_domain",
    "server_error",
    "no_answer",
  ];
  return order.find((outcome) => outcomes.includes(outcome)) ?? "resolver_outage";
}
