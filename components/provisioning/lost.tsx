"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { type LostPerson, provisioningQuery, type Restored, restorePeople } from "@/lib/api/provisioning";
import { counted } from "@/lib/format";

const first = 5;

/** People whom the identity provider suspended or removed, and the way back for each and for all. */
export function Lost({ workspace, people }: { workspace: string; people: LostPerson[] }) {
  const client = useQueryClient();
  const [all, setAll] = useState(false);
  const [asking, setAsking] = useState(false);
  const restore = useMutation({
    mutationFn: (ids: string[]) => restorePeople(workspace, ids),
    onSettled: () => client.invalidateQueries({ queryKey: provisioningQuery(workspace).queryKey }),
  });
  if (people.length === 0 && !restore.data) return null;
  return (
    <Section
      title="Lost access"
      lead="Suspended or removed by your identity provider in the last 30 days. Restored, they have their role and teams again."
      action={
        people.length > 1 ? (
          <Button onClick={() => setAsking(true)}>Restore all {people.length.toLocaleString("en")}</Button>
        ) : null
      }
    >
      <Card className="divide-y">
        {(all ? people : people.slice(0, first)).map((person) => (
          <div key={person.id} className="flex items-center gap-3 px-5 py-2.5">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{person.name}</span>
              <span className="block truncate text-[13px] text-ink-faint">
                {person.how === "ended" ? "Removed" : "Suspended"} <Time at={person.at} />
                {person.by ? ` by ${person.by}` : ""}
              </span>
            </span>
            <Button size="small" disabled={restore.isPending} onClick={() => restore.mutate([person.id])}>
              Restore
            </Button>
          </div>
        ))}
        {people.length > first && !all ? (
          <button
            type="button"
            className="w-full px-5 py-2.5 text-left text-[13px] text-ink-soft hover:bg-hover"
            onClick={() => setAll(true)}
          >
            Show all {people.length.toLocaleString("en")}
          </button>
        ) : null}
      </Card>
      {restore.data ? <Outcome {...restore.data} /> : null}
      <ErrorNote error={restore.error} />
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Restore ${counted(people.length, "person", "people")}?`}
        action="Restore"
        look="primary"
        run={() => restore.mutateAsync(people.map(({ id }) => id))}
      >
        <p>Each takes a seat, and gets a mail that says so. Whose name was taken meanwhile stays out.</p>
        <p>
          Fix the cause in your identity provider first: its next push wins, and would suspend the same people again.
        </p>
      </Confirm>
    </Section>
  );
}

function Outcome({ restored, refused }: Restored) {
  return (
    <div role="status" className="mt-3 space-y-1 text-[13px] text-ink-soft">
      <p>{counted(restored, "person", "people")} restored.</p>
      {refused.slice(0, 5).map(({ id, detail }) => (
        <p key={id} className="text-warn">
          {detail}
        </p>
      ))}
      {refused.length > 5 ? <p className="text-warn">and {refused.length - 5} more were not.</p> : null}
    </div>
  );
}
