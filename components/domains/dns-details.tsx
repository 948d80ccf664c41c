"use client";

import { Info } from "lucide-react";
import { useTranslations } from "use-intl";
import { CopyRow } from "@/components/ui/copy-button";
import { Time } from "@/components/ui/time";
import type { DomainRow } from "@/lib/api/domains";
import { answerWords } from "./words";

/** The record to add, ready to copy, and the result of the last DNS check. */
export function DnsDetails({ domain }: { domain: DomainRow }) {
  const t = useTranslations("domains");
  const words = answerWords(domain, t);
  return (
    <div className="mt-4 rounded-lg border bg-canvas px-4 py-3">
      <p className="text-ink-soft">{t("dns.lead", { domain: domain.displayName })}</p>
      <div className="mt-1 divide-y">
        <CopyRow label={t("dns.type")} value={domain.record.type} />
        <CopyRow label={t("dns.host")} value={domain.record.host} />
        <CopyRow label={t("dns.fullName")} value={domain.record.fullName} />
        <CopyRow label={t("dns.value")} value={domain.record.value} />
      </div>
      <p className="mt-2 flex gap-2 text-[13px] text-ink-faint">
        <Info aria-hidden className="mt-0.5 size-3.5 shrink-0" />
        {t("dns.hint", { zone: zoneOf(domain) })}
      </p>
      <div role="status" className="mt-3 border-t pt-3 text-[13px]">
        {words ? (
          <>
            <p className="font-medium">{words.text}</p>
            <p className="mt-0.5 text-ink-soft">{words.next}</p>
          </>
        ) : (
          <p className="text-ink-soft">{t("dns.looking")}</p>
        )}
        <Found values={domain.answer?.found ?? []} />
        <p className="mt-1.5 text-ink-faint">
          <Checks domain={domain} />
        </p>
      </div>
    </div>
  );
}

/** When the record was looked for, and when it will be. */
function Checks({ domain: { answer, nextCheckAt } }: { domain: DomainRow }) {
  const t = useTranslations("domains");
  const next = () => (nextCheckAt ? <Time at={nextCheckAt} /> : null);
  if (!answer) return nextCheckAt ? t.rich("dns.nextCheck", { next }) : null;
  const time = () => <Time at={answer.at} />;
  return nextCheckAt ? t.rich("dns.checkedWithNext", { time, next }) : t.rich("dns.checked", { time });
}

/** The domain that DNS panels append to a host. */
function zoneOf({ record }: DomainRow): string {
  return record.fullName.slice(record.host.length + 1);
}

function Found({ values }: { values: string[] }) {
  const t = useTranslations("domains");
  if (values.length === 0) return null;
  return (
    <div className="mt-1.5">
      <p className="text-ink-faint">{t("dns.found")}</p>
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
