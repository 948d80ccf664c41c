import { domainToUnicode } from "node:url";
import { parse } from "tldts";
import { normaliseHost } from "@/lib/address";
import { env } from "@/lib/env";
import { type Refusal, refusal } from "@/lib/workspace/refusal";
import { isConsumerMail } from "./mailbox-providers";

/** Scripts with look-alike letters. A label that mixes two of them imitates another name. */
const lookAlikes = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u];

function invalid(text: string): Refusal {
  return refusal("domain_not_valid.name", { text: JSON.stringify(text) });
}

function mixesScripts(name: string): boolean {
  return name.split(".").some((label) => lookAlikes.filter((script) => script.test(label)).length > 1);
}

/** The part before the registrable domain, or empty. DNS panels append the registrable domain themselves. */
export function subdomainOf(name: string): string {
  return parse(name).subdomain ?? "";
}

/**
 * A typed domain in lower-case A-label form (T12). Refuses names that no single company can own: public suffixes, consumer domains of
 * mailbox providers, IP addresses, single labels, look-alikes, and Muster's own host.
 */
export function parseDomainName(text: string): string {
  const typed = text.trim();
  if (typed.length > 260 || /[\s/:@_*]/.test(typed)) throw invalid(typed);
  const name = normaliseHost(typed);
  if (name === null) throw invalid(typed);
  const { isIp, publicSuffix, hostname } = parse(name, { allowPrivateDomains: true });
  if (isIp) throw invalid(typed);
  if (publicSuffix === hostname) {
    throw refusal("domain_refused.suffix", { domain: name });
  }
  if (isConsumerMail(name)) {
    throw refusal("domain_refused.mailbox", { domain: name });
  }
  if (mixesScripts(domainToUnicode(name))) {
    throw refusal("domain_refused.scripts", { domain: displayDomain(name) });
  }
  if (name === new URL(env().MUSTER_URL).hostname) {
    throw refusal("domain_refused.ours", { domain: name });
  }
  return name;
}

/** The domain in readable Unicode form. */
export function displayDomain(name: string): string {
  return domainToUnicode(name) || name;
}
