import { domainToUnicode } from "node:url";
import { parse } from "tldts";
import { normaliseHost } from "@/lib/address";
import { env } from "@/lib/env";
import { Refusal } from "@/lib/workspace/refusal";
import { isConsumerMail } from "./mailbox-providers";

/** Scripts with look-alike letters. A label that mixes two of them imitates another name. */
const lookAlikes = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u];

function invalid(text: string): Refusal {
  return new Refusal(
    "domain_not_valid",
    `${JSON.stringify(text)} is not a domain name. Type the part after the @ of your e-mail addresses, such as example.com.`,
  );
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
    throw new Refusal(
      "domain_refused",
      `${name} is a public suffix: nobody owns it alone. Add your own domain below it.`,
    );
  }
  if (isConsumerMail(name)) {
    throw new Refusal(
      "domain_refused",
      `${name} belongs to a mailbox provider and its customers. Add your company's own domain.`,
    );
  }
  if (mixesScripts(domainToUnicode(name))) {
    throw new Refusal(
      "domain_refused",
      `${displayDomain(name)} mixes letters of several scripts, which could pass for another domain.`,
    );
  }
  if (name === new URL(env().MUSTER_URL).hostname) {
    throw new Refusal("domain_refused", `${name} is the address of Muster itself.`);
  }
  return name;
}

/** The domain in readable Unicode form. */
export function displayDomain(name: string): string {
  return domainToUnicode(name) || name;
}
