"use client";

import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { type SeatChange, seatsQuery, settingsQuery, type WorkspaceSettings } from "@/lib/api/settings";
import { counted } from "@/lib/format";
import { ChangeLimit } from "./change-limit";

/** The seat limit, the seats in use, and the history of seats taken and freed. */
export function Seats({ workspace }: { workspace: string }) {
  const { data: settings } = useSuspenseQuery(settingsQuery(workspace));
  const [changing, setChanging] = useState(false);
  const { seatsUsed: used, seatLimit: limit } = settings;
  return (
    <>
      <Section title="Use" action={<Button onClick={() => setChanging(true)}>Change limit</Button>}>
        <Card className="px-5 py-4">
          <p>
            <span className="font-semibold text-xl tabular-nums">{used.toLocaleString("en")}</span>{" "}
            <span className="text-ink-soft">
              {limit === null ? "used, no limit" : `of ${counted(limit, "seat")} used`}
            </span>
          </p>
          {limit === null ? null : <UseBar used={used} limit={limit} />}
          <p className="mt-3 text-[13px] text-ink-soft">
            {assignmentText(settings)}{" "}
            {limit === null ? null : (
              <Link
                href={`/${workspace}/settings/security`}
                className="underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                Change it under Security
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
function assignmentText({ seatLimit, automaticSeatAssignment, seatMonthlyCap }: WorkspaceSettings): string {
  if (seatLimit === null) return "Without a limit there is always a free seat.";
  if (!automaticSeatAssignment) return "Automatic seat assignment is off: without a free seat nobody can be added.";
  const cap = seatMonthlyCap === null ? "" : `, up to ${seatMonthlyCap.toLocaleString("en")} a month`;
  return `Automatic seat assignment is on: provisioning adds a seat where none is free${cap}.`;
}

function UseBar({ used, limit }: { used: number; limit: number }) {
  const share = limit === 0 ? 100 : Math.min(100, Math.round((used / limit) * 100));
  const tone = share >= 100 ? "bg-bad" : share >= 80 ? "bg-warn" : "bg-accent";
  return (
    <div
      role="progressbar"
      aria-label="Seats used"
      aria-valuenow={used}
      aria-valuemin={0}
      aria-valuemax={limit}
      className="mt-3 h-2 overflow-hidden rounded-full bg-sunken"
    >
      <div className={`h-full rounded-full ${tone}`} style={{ width: `${share}%` }} />
    </div>
  );
}

const actors: Record<string, string> = {
  token: "by an access token",
  member: "by an admin",
  operator: "by the operator",
  system: "by Muster",
};

function History({ workspace }: { workspace: string }) {
  const list = useInfiniteQuery(seatsQuery(workspace));
  const changes = list.data?.pages.flatMap((page) => page.changes) ?? [];
  return (
    <Section title="History" lead="Who took a seat and who gave it back, the latest first.">
      <ListCard list={list} isEmpty={changes.length === 0} empty="No seat was taken or freed yet.">
        {changes.map((change) => (
          <Change key={change.id} change={change} />
        ))}
      </ListCard>
    </Section>
  );
}

function Change({ change: { who, change, by, limitAfter, at } }: { change: SeatChange }) {
  return (
    <li className="flex items-center gap-3 px-5 py-2.5">
      <span className={`w-14 shrink-0 font-medium text-[13px] ${change === 1 ? "text-ink" : "text-ink-faint"}`}>
        {change === 1 ? "Taken" : "Freed"}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{who}</span>
        <span className="block truncate text-[13px] text-ink-faint">
          {actors[by] ?? by}
          {limitAfter === null ? "" : `; a seat was added for it, ${limitAfter.toLocaleString("en")} in all`}
        </span>
      </span>
      <span className="shrink-0 text-[13px] text-ink-faint">
        <Time at={at} />
      </span>
    </li>
  );
}
