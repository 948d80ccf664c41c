"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { type Lost as LostAccess, provisioningQuery, type Restored, restorePeople } from "@/lib/api/provisioning";
import { optional } from "@/lib/format";

const first = 5;

/** Access that the identity provider took (people, email addresses, admin roles and whole teams), to restore one by one or all at once. */
export function Lost({ workspace, lost, total }: { workspace: string; lost: LostAccess[]; total: number }) {
  const t = useTranslations("provisioning");
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
      title={t("lost.title")}
      lead={t("lost.lead")}
      action={
        lost.length > 1 ? (
          <Button onClick={() => setAsking(true)}>{t("lost.restore.all", { count: lost.length })}</Button>
        ) : null
      }
    >
      <Card className="divide-y">
        {(all ? lost : lost.slice(0, first)).map((row) => (
          <div key={row.id} className="flex items-center gap-3 px-5 py-2.5">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{row.name}</span>
              <span className="wrap-anywhere block text-[13px] text-ink-faint">
                <What lost={row} />
              </span>
            </span>
            <Button
              size="small"
              aria-label={t("lost.restore.of", { name: row.name })}
              disabled={restore.isPending}
              onClick={() => restore.mutate([row.id])}
            >
              {t("lost.restore.one")}
            </Button>
          </div>
        ))}
        {lost.length > first && !all ? (
          <button
            type="button"
            className="w-full px-5 py-2.5 text-left text-[13px] text-ink-soft hover:bg-hover"
            onClick={() => setAll(true)}
          >
            {t("lost.showAll", { count: lost.length })}
          </button>
        ) : null}
        {total > lost.length ? (
          <p className="px-5 py-2.5 text-[13px] text-ink-soft">{t("lost.later", { count: total - lost.length })}</p>
        ) : null}
      </Card>
      {restore.data ? <Outcome {...restore.data} hasTeams={hadTeams} /> : null}
      <ErrorNote error={restore.error} />
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t("lost.restore.title", { count: lost.length })}
        action={t("lost.restore.action")}
        look="primary"
        run={() => restore.mutateAsync(lost.map(({ id }) => id))}
      >
        <p>{t("lost.restore.effect")}</p>
        <p>{t("lost.restore.cause")}</p>
      </Confirm>
    </Section>
  );
}

/** Describes a loss. */
function What({ lost: { how, from, to, people, by, at } }: { lost: LostAccess }) {
  const t = useTranslations("provisioning");
  const values = { from: String(from), to: String(to), people, ...optional("by", by), time: () => <Time at={at} /> };
  return t.rich(`lost.what.${how}`, values);
}

function Outcome({ restored, refused, hasTeams }: Restored & { hasTeams: boolean }) {
  const t = useTranslations("provisioning");
  return (
    <div role="status" className="mt-3 space-y-1 text-[13px] text-ink-soft">
      <p>{t(hasTeams ? "lost.restoredEntries" : "lost.restoredPeople", { count: restored })}</p>
      {refused.slice(0, 5).map(({ id, detail }) => (
        <p key={id} className="text-warn">
          {detail}
        </p>
      ))}
      {refused.length > 5 ? <p className="text-warn">{t("lost.notRestored", { count: refused.length - 5 })}</p> : null}
    </div>
  );
}
