"use client";

import { Info } from "lucide-react";
import { CopyRow } from "@/components/ui/copy-button";
import { Time } from "@/components/ui/time";
import type { DomainRow } from "@/lib/api/domains";
import { answerWords } from "./words";

/** The record to add, ready to copy, and the result of the last DNS check. */
export function DnsDetails({ domain }: { domain: DomainRow }) {
  const words = answerWords(domain);
  return (
    <div className="mt-4 rounded-lg border bg-canvas px-4 py-3">
      <p className="text-ink-soft">Add this record where the DNS of {domain.displayName} is managed:</p>
      <div className="mt-1 divide-y">
        <CopyRow label="Type" value={domain.record.type} />
        <CopyRow label="Host" value={domain.record.host} />
        <CopyRow label="Full name" value={domain.record.fullName} />
        <CopyRow label="Value" value={domain.record.value} />
      </div>
      <p className="mt-2 flex gap-2 text-[13px] text-ink-faint">
        <Info aria-hidden className="mt-0.5 size-3.5 shrink-0" />
        Most panels append {zoneOf(domain)} by themselves: paste the short host there. Where the full name is asked for,
        some want a dot at its end.
      </p>
      <div role="status" className="mt-3 border-t pt-3 text-[13px]">
        {words ? (
          <>
            <p className="font-medium">{words.text}</p>
            <p className="mt-0.5 text-ink-soft">{words.next}</p>
          </>
        ) : (
          <p className="text-ink-soft">Looking for the record …</p>
        )}
        <Found values={domain.answer?.found ?? []} />
        <p className="mt-1.5 text-ink-faint">
          {domain.answer ? (
            <>
              Checked <Time at={domain.answer.at} />
            </>
          ) : null}
          {domain.nextCheckAt ? (
            <>
              {domain.answer ? ", next check " : "Next check "}
              <Time at={domain.nextCheckAt} />
            </>
          ) : null}
        </p>
      </div>
    </div>
  );
}

/** The domain that DNS panels append to a host. */
function zoneOf({ record }: DomainRow): string {
  return record.fullName.slice(record.host.length + 1);
}

function Found({ values }: { values: string[] }) {
  if (values.length === 0) return null;
  return (
    <div className="mt-1.5">
      <p className="text-ink-faint">Found instead:</p>
      <ul>
        {values.map((value) => (
          <li key={value} className="break-all font-mono text-xs">
            {value}
          </li>
        ))}
      </ul>
    </div>
  );
}
