import type { Tone } from "@/components/ui/badge";
import type { DomainOutcome, DomainRow } from "@/lib/api/domains";

export const stateWords: Record<DomainRow["state"], { label: string; tone: Tone }> = {
  pending: { label: "Waiting for the record", tone: "warn" },
  verified: { label: "Verified", tone: "good" },
  warning: { label: "Record missing", tone: "warn" },
  lapsed: { label: "Lapsed", tone: "bad" },
  failed: { label: "Not found in 30 days", tone: "bad" },
};

type Words = { text: string; next: string };

/** Explains the last DNS answer and the next step, with one text per outcome (D-16). */
export function answerWords({ answer, record, displayName }: DomainRow): Words | null {
  return (
    answer &&
    words[answer.outcome]({
      host: record.fullName,
      short: record.host,
      domain: displayName,
      seen: answer.seen,
      asked: answer.asked,
    })
  );
}

type Facts = { host: string; short: string; domain: string; seen: number; asked: number };

const words: Record<DomainOutcome, (facts: Facts) => Words> = {
  verified: () => ({ text: "The record was found.", next: "Leave it in place: it is looked for every day." }),
  verified_at_apex: ({ domain }) => ({
    text: `The record was found at ${domain} itself, which is accepted too.`,
    next: "Leave it in place: it is looked for every day.",
  }),
  no_domain: () => ({
    text: "This domain does not exist in DNS.",
    next: "Check the spelling, and that the domain is registered.",
  }),
  no_record: ({ host }) => ({
    text: `We found the domain but no TXT record at ${host}.`,
    next: "Add the record below. New records can take a while to spread; you may leave this page.",
  }),
  nested: ({ short }) => ({
    text: "The record was added twice-nested; your panel appends the domain by itself.",
    next: `Use the short host name: ${short}`,
  }),
  different_value: () => ({
    text: "There is a TXT record, but its value differs.",
    next: "Replace it with the value below, without quotes or spaces.",
  }),
  other_claim: () => ({
    text: "This code belongs to another pending claim.",
    next: "Use the value below: each claim has a code of its own.",
  }),
  server_error: () => ({
    text: "Your name servers answer with an error (DNSSEC?).",
    next: "Check your name servers. We keep trying.",
  }),
  no_answer: () => ({
    text: "Your name servers did not answer.",
    next: "We keep trying; there is nothing to change here.",
  }),
  spreading: ({ seen, asked }) => ({
    text: `Seen by ${seen} of ${asked} resolvers, still spreading.`,
    next: "Do nothing: it is checked again by itself.",
  }),
  cname: ({ host }) => ({
    text: `${host} is an alias (CNAME) that leads to no TXT record of ours.`,
    next: "Remove the alias and add the TXT record.",
  }),
  wildcard: ({ domain }) => ({
    text: `Every name below ${domain} answers with this record, so it proves nothing.`,
    next: "Remove the wildcard TXT record and add it at the exact host.",
  }),
  resolver_outage: () => ({
    text: "Muster's own DNS resolvers don't answer, so nothing was decided.",
    next: "Nothing to do in your DNS. If it stays, ask whoever runs Muster to check MUSTER_DNS_SERVERS.",
  }),
  verified_elsewhere: () => ({
    text: "This domain is verified in another workspace.",
    next: "It can only be verified in one. Have it removed there first.",
  }),
};
