"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { Skeleton } from "@/components/ui/section";
import {
  type BulkAction,
  type BulkPreview,
  bulkStep,
  type Change,
  type Chosen,
  previewBulk,
  runBulk,
} from "@/lib/api/bulk/changes";
import { Reasons } from "./reasons";
import { RunActions } from "./run-actions";
import { type Progress, useSteps } from "./steps";
import { type Team, TeamChoice } from "./team-choice";

type Props = {
  workspace: string;
  action: BulkAction;
  chosen: Chosen;
  onClose: (isDone: boolean) => void;
};

/** The change, once a team is chosen where it needs one. */
function changeOf(action: BulkAction, team: Team | null): Change | null {
  if (action !== "add_to_team" && action !== "remove_from_team") return { action, team: null };
  return team && { action, team: team.id };
}

const takesAway = new Set<BulkAction>(["suspend", "cancel_invite", "make_member", "remove_from_team"]);

/** Says what an action does to whom, whom it leaves out and why, and then does it a few at a time. */
export function BulkDialog({ workspace, action, chosen, onClose }: Props) {
  const t = useTranslations("members");
  const [team, setTeam] = useState<Team | null>(null);
  const change = changeOf(action, team);
  const steps = useSteps<string>(bulkStep, async (ids) => {
    const { done, refused, rest } = await runBulk(workspace, { change: change as Change, ids: [...ids] });
    return { done, refused: refused.map(({ id, name, detail }) => ({ id, name, detail })), rest };
  });
  const { progress, mutation } = steps;
  const preview = useQuery({
    queryKey: ["bulk", workspace, change, chosen],
    queryFn: () => previewBulk(workspace, { change: change as Change, chosen }),
    enabled: change !== null && progress === null,
    staleTime: 0,
    gcTime: 0,
  });
  const close = () => onClose(progress !== null);
  return (
    <Dialog open sticky={mutation.isPending} onOpenChange={close} title={t(`bulk.action.${action}`)}>
      {progress ? (
        <Result progress={progress} isRunning={mutation.isPending} action={action} />
      ) : (
        <>
          {change?.team || change === null ? (
            <TeamChoice workspace={workspace} value={team} onChange={setTeam} />
          ) : null}
          {preview.data ? <Preview action={action} preview={preview.data} team={team?.name ?? ""} /> : null}
          {preview.isFetching && !preview.data ? <Skeleton className="h-16 w-full" /> : null}
        </>
      )}
      <ErrorNote error={preview.error ?? mutation.error} />
      <Actions action={action} preview={preview.data} steps={steps} onClose={close} />
    </Dialog>
  );
}

type ActionsProps = {
  action: BulkAction;
  preview: BulkPreview | undefined;
  steps: ReturnType<typeof useSteps<string>>;
  onClose: () => void;
};

function Actions({ action, preview, steps, onClose }: ActionsProps) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const { progress, rest, mutation, stop } = steps;
  const ids = preview?.ids ?? [];
  if (progress)
    return (
      <RunActions
        isRunning={mutation.isPending}
        rest={rest.length}
        onStop={stop}
        onGoOn={() => mutation.mutate(rest)}
        onClose={onClose}
      />
    );
  return (
    <DialogActions>
      <Button onClick={onClose}>{common("cancel")}</Button>
      <Button
        look={takesAway.has(action) ? "danger" : "primary"}
        disabled={ids.length === 0}
        onClick={() => mutation.mutate(ids)}
      >
        {ids.length === 0 ? t(`bulk.action.${action}`) : t(`bulk.run.${action}`, { count: ids.length })}
      </Button>
    </DialogActions>
  );
}

function Preview({ action, preview, team }: { action: BulkAction; preview: BulkPreview; team: string }) {
  const t = useTranslations("members");
  const { ids, named, skipped, skippedTotal, freeSeats } = preview;
  const isShort = freeSeats !== null && freeSeats < ids.length;
  return (
    <div className="mt-4 space-y-3 first:mt-0">
      <p>{ids.length === 0 ? t("bulk.nobody") : t(`bulk.effect.${action}`, { count: ids.length, team })}</p>
      {ids.length > 0 ? (
        <p className="wrap-anywhere text-ink-soft">
          {t("bulk.named", { names: named.join(", "), count: ids.length - named.length })}
        </p>
      ) : null}
      {isShort ? <p className="text-warn">{t("bulk.seats", { free: freeSeats })}</p> : null}
      {skippedTotal > 0 ? (
        <section aria-label={t("bulk.skipped", { count: skippedTotal })}>
          <h3 className="font-medium text-[13px]">{t("bulk.skipped", { count: skippedTotal })}</h3>
          <Reasons rows={skipped.map(({ id, name, why }) => ({ id, name, detail: why }))} />
        </section>
      ) : null}
    </div>
  );
}

function Result({ progress, isRunning, action }: { progress: Progress; isRunning: boolean; action: BulkAction }) {
  const t = useTranslations("members");
  const { done, of, refused } = progress;
  return (
    <div className="space-y-3">
      <p role="status">
        {isRunning
          ? t("bulk.running", { done: done + refused.length, of })
          : t(`bulk.result.${action}`, { count: done })}
      </p>
      <progress
        value={done + refused.length}
        max={of}
        className="h-1.5 w-full accent-accent"
        aria-label={t("bulk.label")}
      />
      {refused.length > 0 ? (
        <section>
          <h3 className="font-medium text-[13px]">{t("bulk.refused", { count: refused.length })}</h3>
          <Reasons rows={refused} />
        </section>
      ) : null}
    </div>
  );
}
