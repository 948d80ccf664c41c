"use client";

import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { type SeatChange, seatsQuery, settingsQuery, type WorkspaceSettings } from "@/lib/api/settings";
import type { Translator } from "@/lib/messages/room";
import { ChangeLimit } from "./change-limit";

/** The seat limit, the seats in use, and the history of seats taken and freed. */
export function Seats({ workspace }: { workspace: string }) {
  const t = useTranslations("seats");
  const { data: settings } = useSuspenseQuery(settingsQuery(workspace));
  const [changing, setChanging] = useState(false);
  const { seatsUsed: used, seatLimit: limit } = settings;
  return (
    <>
      <Section title={t("use.title")} action={<Button onClick={() => setChanging(true)}>{t("limit.change")}</Button>}>
        <Card className="px-5 py-4">
          <p>
            {t.rich(limit === null ? "use.usedWithoutLimit" : "use.used", {
              used,
              limit: limit ?? 0,
              number: (text) => <span className="font-semibold text-xl tabular-nums">{text}</span>,
              rest: (text) => <span className="text-ink-soft">{text}</span>,
            })}
          </p>
          {limit === null ? null : <UseBar used={used} limit={limit} />}
          <p className="mt-3 text-[13px] text-ink-soft">
            {assignmentText(settings, t)}{" "}
            {limit === null ? null : (
              <Link
                href={`/${workspace}/settings/security`}
                className="underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                {t("assignment.change")}
              </Link>
            )}
          </p>
        </Card>
      </Section>
      <History workspace={workspace} />
      {changing ? <ChangeLimit workspace={workspace} settings={settings} onOpenChange={setChanging} /> : null}
    </>
  );
}

/** Explains what happens when no seat is free for a new person. */
function assignmentText(settings: WorkspaceSettings, t: Translator<"seats">): string {
  const { seatLimit, automaticSeatAssignment, seatMonthlyCap: cap } = settings;
  if (seatLimit === null) return t("assignment.always");
  if (!automaticSeatAssignment) return t("assignment.off");
  return cap === null ? t("assignment.on") : t("assignment.onUpTo", { cap });
}

function UseBar({ used, limit }: { used: number; limit: number }) {
  const t = useTranslations("seats");
  const share = limit === 0 ? 100 : Math.min(100, Math.round((used / limit) * 100));
  const tone = share >= 100 ? "bg-bad" : share >= 80 ? "bg-warn" : "bg-accent";
  return (
    <div
      role="progressbar"
      aria-label={t("use.bar")}
      aria-valuenow={used}
      aria-valuemin={0}
      aria-valuemax={limit}
      className="mt-3 h-2 overflow-hidden rounded-full bg-sunken"
    >
      <div className={`h-full rounded-full ${tone}`} style={{ width: `${share}%` }} />
    </div>
  );
}

function History({ workspace }: { workspace: string }) {
  const t = useTranslations("seats");
  const list = useInfiniteQuery(seatsQuery(workspace));
  const changes = list.data?.pages.flatMap((page) => page.changes) ?? [];
  return (
    <Section title={t("history.title")} lead={t("history.lead")}>
      <ListCard list={list} isEmpty={changes.length === 0} empty={t("history.empty")}>
        {changes.map((change) => (
          <Change key={change.id} change={change} />
        ))}
      </ListCard>
    </Section>
  );
}

function Change({ change: { who, change, by, limitAfter, at } }: { change: SeatChange }) {
  const t = useTranslations("seats");
  return (
    <li className="flex items-center gap-3 px-5 py-2.5">
      <span className={`w-14 shrink-0 font-medium text-[13px] ${change === 1 ? "text-ink" : "text-ink-faint"}`}>
        {t(change === 1 ? "history.taken" : "history.freed")}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{who}</span>
        <span className="block text-[13px] text-ink-faint">
          {limitAfter === null ? t(`history.by.${by}`) : t("history.byWithSeat", { by, limit: limitAfter })}
        </span>
      </span>
      <span className="shrink-0 text-[13px] text-ink-faint">
        <Time at={at} />
      </span>
    </li>
  );
}
