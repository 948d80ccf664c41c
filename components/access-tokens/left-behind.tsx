"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { decideLeftBehind, type LeftBehindRow, leftBehindQuery } from "@/lib/api/left-behind";

const kinds: Record<LeftBehindRow["kind"], string> = {
  access_token: "Access token",
  oauth_client: "OAuth client",
  webhook: "Webhook",
  consent: "Consent",
};

const whys: Record<LeftBehindRow["why"], string> = {
  suspended: "suspended since",
  ended: "removed since",
  member: "a member now",
};

/** Access created by people who are no longer admins. It keeps working until another admin decides. Renders nothing when there is none. */
export function LeftBehind({ workspace }: { workspace: string }) {
  const { data: rows } = useSuspenseQuery(leftBehindQuery(workspace));
  if (rows.length === 0) return null;
  return (
    <Section
      title="Created by former admins"
      lead="This access still works. Keep what you need, and it becomes yours. Revoke the rest."
    >
      <Card className="divide-y">
        {rows.map((row) => (
          <Row key={`${row.kind} ${row.id}`} workspace={workspace} row={row} />
        ))}
      </Card>
    </Section>
  );
}

function Row({ workspace, row }: { workspace: string; row: LeftBehindRow }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  // Revoking something here also removes it from the page's other lists.
  const refresh = () => client.invalidateQueries();
  const keep = useMutation({ mutationFn: () => decideLeftBehind(workspace, row, "keep"), onSuccess: refresh });
  const kind = kinds[row.kind].toLowerCase();
  return (
    <div className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-48 flex-1 space-y-1">
          <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <span className="wrap-anywhere min-w-0 font-medium">{row.name}</span>
            <Badge>{kinds[row.kind]}</Badge>
          </p>
          <p className="wrap-anywhere text-[13px] text-ink-faint">
            Created <Time at={row.createdAt} /> by {row.by}, {whys[row.why]}
          </p>
        </div>
        <div className="flex gap-2">
          <Button size="small" pending={keep.isPending} onClick={() => keep.mutate()}>
            Keep {kind}
          </Button>
          <Button size="small" look="danger" onClick={() => setOpen(true)}>
            Revoke {kind}
          </Button>
        </div>
      </div>
      <ErrorNote error={keep.error} />
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={`Revoke ${row.name}?`}
        action={`Revoke ${kind}`}
        run={() => decideLeftBehind(workspace, row, "revoke").then(refresh)}
      >
        It stops working with the next request. This can't be undone.
      </Confirm>
    </div>
  );
}
