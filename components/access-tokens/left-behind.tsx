"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { decideLeftBehind, type LeftBehindRow, leftBehindQuery } from "@/lib/api/left-behind";

/** Access created by people who are no longer admins. It keeps working until another admin decides. Renders nothing when there is none. */
export function LeftBehind({ workspace }: { workspace: string }) {
  const t = useTranslations("tokens");
  const { data: rows } = useSuspenseQuery(leftBehindQuery(workspace));
  if (rows.length === 0) return null;
  return (
    <Section title={t("leftBehind.title")} lead={t("leftBehind.lead")}>
      <Card className="divide-y">
        {rows.map((row) => (
          <Row key={`${row.kind} ${row.id}`} workspace={workspace} row={row} />
        ))}
      </Card>
    </Section>
  );
}

function Row({ workspace, row }: { workspace: string; row: LeftBehindRow }) {
  const t = useTranslations("tokens");
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  // Revoking something here also removes it from the page's other lists.
  const refresh = () => client.invalidateQueries();
  const keep = useMutation({ mutationFn: () => decideLeftBehind(workspace, row, "keep"), onSuccess: refresh });
  const { kind, by, why } = row;
  return (
    <div className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-48 flex-1 space-y-1">
          <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <span className="wrap-anywhere min-w-0 font-medium">{row.name}</span>
            <Badge>{t(`leftBehind.kind.${kind}`)}</Badge>
          </p>
          <p className="wrap-anywhere text-[13px] text-ink-faint">
            {t.rich("leftBehind.created", { by, why, time: () => <Time at={row.createdAt} /> })}
          </p>
        </div>
        <div className="flex gap-2">
          <Button size="small" pending={keep.isPending} onClick={() => keep.mutate()}>
            {t(`leftBehind.keep.${kind}`)}
          </Button>
          <Button size="small" look="danger" onClick={() => setOpen(true)}>
            {t(`leftBehind.revoke.${kind}`)}
          </Button>
        </div>
      </div>
      <ErrorNote error={keep.error} />
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={t("revoke.title", { name: row.name })}
        action={t(`leftBehind.revoke.${kind}`)}
        run={() => decideLeftBehind(workspace, row, "revoke").then(refresh)}
      >
        {t("leftBehind.revokeEffect")}
      </Confirm>
    </div>
  );
}
