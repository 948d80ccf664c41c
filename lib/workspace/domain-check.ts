import { randomBytes } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { env } from "@/lib/env";

/** Every resolver outcome that the panel tells apart (ux.md A2). */
export type DomainOutcome =
  | "verified"
  | "verified_at_apex"
  | "no_domain"
  | "no_record"
  | "nested"
  | "different_value"
  | "other_claim"
  | "server_error"
  | "no_answer"
  | "spreading"
  | "cname"
  | "wildcard"
  | "verified_elsewhere";

export type DomainAnswer = {
  outcome: DomainOutcome;
  /** TXT values found instead, five at most, 80 characters each. */
  found: string[];
  /** How many resolvers saw the record, of how many asked. */
  seen: number;
  asked: number;
};

type Lookup = { kind: "values"; values: string[] } | { kind: "none" | "no_name" | "error" | "silent" };

/** The label under which the record stands, and how its value begins. */
export const challengeHost = "_muster-challenge";
export const challengePrefix = "muster-verify=";

function resolvers(): Resolver[] {
  const configured = env().MUSTER_DNS_SERVERS;
  const servers = configured.length > 0 ? configured : new Resolver().getServers();
  return servers.slice(0, 3).map((server) => {
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    resolver.setServers([server]);
    return resolver;
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
    return values.length > 0 ? { kind: "values", values } : { kind: "none" }; // an alias alone answers with nothing
  } catch (error) {
    return lookups[(error as NodeJS.ErrnoException).code ?? ""] ?? { kind: "silent" };
  }
}

function txt(resolver: Resolver, host: string): Promise<Lookup> {
  return ask(async () => (await resolver.resolveTxt(host)).map((parts) => parts.join("")));
}

/** Panels add quotes and spaces of their own. */
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

async function askOne(
  resolver: Resolver,
  domain: string,
  expected: string,
): Promise<Omit<DomainAnswer, "seen" | "asked">> {
  const host = `${challengeHost}.${domain}`;
  const at = await txt(resolver, host);
  if (has(at, expected)) return { outcome: await whyWildcard(resolver, domain, expected), found: [] };
  if (at.kind === "error") return { outcome: "server_error", found: [] };
  if (at.kind === "silent") return { outcome: "no_answer", found: [] };
  const apex = await txt(resolver, domain);
  if (has(apex, expected)) return { outcome: "verified_at_apex", found: [] };
  if (at.kind === "values") return { outcome: "different_value", found: at.values };
  if (apex.kind === "no_name") return { outcome: "no_domain", found: [] };
  return { outcome: await whyMissing(resolver, host, domain, expected), found: [] };
}

/** T11: a wildcard zone answers for every name, so it proves nothing. */
async function whyWildcard(resolver: Resolver, domain: string, expected: string): Promise<DomainOutcome> {
  const sibling = await txt(resolver, `_muster-${randomBytes(8).toString("hex")}.${domain}`);
  return has(sibling, expected) ? "wildcard" : "verified";
}

async function whyMissing(resolver: Resolver, host: string, domain: string, expected: string): Promise<DomainOutcome> {
  if (has(await txt(resolver, `${host}.${domain}`), expected)) return "nested";
  const alias = await ask(() => resolver.resolveCname(host));
  return alias.kind === "values" ? "cname" : "no_record";
}

const isProof = (outcome: DomainOutcome) => outcome === "verified" || outcome === "verified_at_apex";

/**
 * Asks up to three resolvers for the record of a domain. With several, two must see it (T13); one alone means
 * that it is still spreading.
 */
export async function checkRecord(domain: string, value: string): Promise<DomainAnswer> {
  const answers = await Promise.all(resolvers().map((resolver) => askOne(resolver, domain, value)));
  const asked = answers.length;
  const seen = answers.filter(({ outcome }) => isProof(outcome)).length;
  const found = [...new Set(answers.flatMap((answer) => answer.found))].slice(0, 5).map((text) => text.slice(0, 80));
  const proof = answers.find(({ outcome }) => isProof(outcome));
  if (proof && seen >= Math.min(2, asked)) return { outcome: proof.outcome, found: [], seen, asked };
  if (proof) return { outcome: "spreading", found: [], seen, asked };
  return { outcome: mostTelling(answers.map(({ outcome }) => outcome)), found, seen, asked };
}

/** When resolvers disagree, an answer says more than an error, and an error more than silence. */
function mostTelling(outcomes: DomainOutcome[]): DomainOutcome {
  const order: DomainOutcome[] = [
    "wildcard",
    "different_value",
    "nested",
    "cname",
    "no_record",
    "no_domain",
    "server_error",
  ];
  return order.find((outcome) => outcomes.includes(outcome)) ?? "no_answer";
}
