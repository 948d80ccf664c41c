"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { type Lost as LostAccess, provisioningQuery, type Restored, restorePeople } from "@/lib/api/provisioning";
import { counted } from "@/lib/format";

const first = 5;

/** Access that the identity provider took (people, email addresses, admin roles and whole teams), to restore one by one or all at once. */
export function Lost({ workspace, lost, total }: { workspace: string; lost: LostAccess[]; total: number }) {
  const client = useQueryClient();
  const [all, setAll] = useState(false);
  const [asking, setAsking] = useState(false);
  const [hadTeams, setHadTeams] = useState(false);
  const restore = useMutation({
    mutationFn: (ids: string[]) => {
      setHadTeams(lost.some(({ id, how }) => how.startsWith("team") && ids.includes(id)));
      return restorePeople(workspace, ids);
    },
    onSettled: () => client.invalidateQueries({ queryKey: provisioningQuery(workspace).queryKey }),
  });
  if (lost.length === 0 && !restore.data) return null;
  return (
    <Section
      title="Lost access"
      lead="Taken by your identity provider in the last 30 days. Restoring brings back role and teams."
      action={
        lost.length > 1 ? (
          <Button onClick={() => setAsking(true)}>Restore all {lost.length.toLocaleString("en")}</Button>
        ) : null
      }
    >
      <Card className="divide-y">
        {(all ? lost : lost.slice(0, first)).map((row) => (
          <div key={row.id} className="flex items-center gap-3 px-5 py-2.5">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{row.name}</span>
              <span className="wrap-anywhere block text-[13px] text-ink-faint">
                {whatOf(row)} <Time at={row.at} />
                {row.by ? ` by ${row.by}` : ""}
              </span>
            </span>
            <Button size="small" disabled={restore.isPending} onClick={() => restore.mutate([row.id])}>
              Restore
            </Button>
          </div>
        ))}
        {lost.length > first && !all ? (
          <button
            type="button"
            className="w-full px-5 py-2.5 text-left text-[13px] text-ink-soft hover:bg-hover"
            onClick={() => setAll(true)}
          >
            Show all {lost.length.toLocaleString("en")}
          </button>
        ) : null}
        {total > lost.length ? (
          <p className="px-5 py-2.5 text-[13px] text-ink-soft">
            {(total - lost.length).toLocaleString("en")} more follow once these are restored.
          </p>
        ) : null}
      </Card>
      {restore.data ? <Outcome {...restore.data} hasTeams={hadTeams} /> : null}
      <ErrorNote error={restore.error} />
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Restore ${counted(lost.length, "entry", "entries")}?`}
        action="Restore access"
        look="primary"
        run={() => restore.mutateAsync(lost.map(({ id }) => id))}
      >
        <p>Each person takes a seat and gets an email. People whose username is now taken are skipped.</p>
        <p>Fix the cause in your identity provider first: its next push wins, and would take the same access again.</p>
      </Confirm>
    </Section>
  );
}

/** Describes a loss, without its time. */
function whatOf({ how, from, to, people }: LostAccess): ReactNode {
  switch (how) {
    case "ended":
      return "Removed";
    case "suspended":
      return "Suspended";
    case "address":
      return `Signed in as ${from}, now ${to}. Changed`;
    case "role":
      return "No longer an admin. Changed";
    case "team_emptied":
      return `Team emptied, ${counted(people, "person", "people")}. Changed`;
    case "team_deleted":
      return `Team deleted, ${counted(people, "person", "people")}. Deleted`;
    default:
      return how satisfies never;
  }
}

function Outcome({ restored, refused, hasTeams }: Restored & { hasTeams: boolean }) {
  const what = hasTeams ? counted(restored, "entry", "entries") : counted(restored, "person", "people");
  return (
    <div role="status" className="mt-3 space-y-1 text-[13px] text-ink-soft">
      <p>{what} restored.</p>
      {refused.slice(0, 5).map(({ id, detail }) => (
        <p key={id} className="text-warn">
          {detail}
        </p>
      ))}
      {refused.length > 5 ? <p className="text-warn">{refused.length - 5} more were not.</p> : null}
    </div>
  );
}
