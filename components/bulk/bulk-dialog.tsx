"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { Skeleton } from "@/components/ui/section";
import { type BulkAction, type BulkPreview, bulkStep, type Chosen, previewBulk, runBulk } from "@/lib/api/bulk/changes";
import { type Reason, Reasons } from "./reasons";
import { TeamChoice } from "./team-choice";

type Props = {
  workspace: string;
  action: BulkAction;
  chosen: Chosen;
  /** The name of a member who is loaded, for the list of those who weren't changed. */
  nameOf: (id: string) => string;
  onClose: (isDone: boolean) => void;
};

const aboutTeams = new Set<BulkAction>(["add_to_team", "remove_from_team"]);
const takesAway = new Set<BulkAction>(["suspend", "cancel_invite", "make_member", "remove_from_team"]);

type Progress = { done: number; of: number; refused: Reason[] };

/** Does the action a few members at a time, and counts. */
function useBulk(workspace: string, action: BulkAction, team: string | null, nameOf: (id: string) => string) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const run = useMutation({
    mutationFn: async (ids: readonly string[]) => {
      const state: Progress = { done: 0, of: ids.length, refused: [] };
      setProgress({ ...state });
      for (let from = 0; from < ids.length; from += bulkStep) {
        const step = ids.slice(from, from + bulkStep);
        const { done, refused } = await runBulk(workspace, { action, team, ids: step });
        state.done += done;
        state.refused = [...state.refused, ...refused.map(({ id, detail }) => ({ name: nameOf(id), detail }))];
        setProgress({ ...state });
      }
    },
  });
  return { progress, run };
}

/** Says what an action does to how many members, whom it leaves out and why, and then does it a few at a time. */
export function BulkDialog({ workspace, action, chosen, nameOf, onClose }: Props) {
  const t = useTranslations("members");
  const [team, setTeam] = useState<string | null>(null);
  const { progress, run } = useBulk(workspace, action, team, nameOf);
  const isReady = !aboutTeams.has(action) || team !== null;
  const preview = useQuery({
    queryKey: ["bulk", workspace, action, team, chosen],
    queryFn: () => previewBulk(workspace, { action, team, chosen }),
    enabled: isReady && progress === null,
    staleTime: 0,
    gcTime: 0,
  });
  const close = () => onClose(progress !== null);
  return (
    <Dialog open sticky={run.isPending} onOpenChange={close} title={t(`bulk.action.${action}`)}>
      {progress ? (
        <Result progress={progress} isRunning={run.isPending} action={action} />
      ) : (
        <>
          {aboutTeams.has(action) ? <TeamChoice workspace={workspace} value={team} onChange={setTeam} /> : null}
          {preview.data ? <Preview action={action} preview={preview.data} /> : null}
          {preview.isFetching && !preview.data ? <Skeleton className="h-16 w-full" /> : null}
        </>
      )}
      <ErrorNote error={preview.error ?? run.error} />
      <Actions action={action} preview={preview.data} progress={progress} run={run} onClose={close} />
    </Dialog>
  );
}

type ActionsProps = {
  action: BulkAction;
  preview: BulkPreview | undefined;
  progress: Progress | null;
  run: ReturnType<typeof useBulk>["run"];
  onClose: () => void;
};

function Actions({ action, preview, progress, run, onClose }: ActionsProps) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const ids = preview?.ids ?? [];
  return (
    <DialogActions>
      {progress ? (
        <Button look="primary" pending={run.isPending} onClick={onClose}>
          {common("done")}
        </Button>
      ) : (
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button
            look={takesAway.has(action) ? "danger" : "primary"}
            disabled={ids.length === 0}
            onClick={() => run.mutate(ids)}
          >
            {ids.length === 0 ? t(`bulk.action.${action}`) : t(`bulk.run.${action}`, { count: ids.length })}
          </Button>
        </>
      )}
    </DialogActions>
  );
}

function Preview({ action, preview }: { action: BulkAction; preview: BulkPreview }) {
  const t = useTranslations("members");
  const { ids, skipped, skippedTotal, freeSeats } = preview;
  const isShort = freeSeats !== null && freeSeats < ids.length;
  return (
    <div className="mt-4 space-y-3 first:mt-0">
      <p>{ids.length === 0 ? t("bulk.nobody") : t(`bulk.effect.${action}`, { count: ids.length })}</p>
      {isShort ? <p className="text-warn">{t("bulk.seats", { free: freeSeats })}</p> : null}
      {skippedTotal > 0 ? (
        <section aria-label={t("bulk.skipped", { count: skippedTotal })}>
          <h3 className="font-medium text-[13px]">{t("bulk.skipped", { count: skippedTotal })}</h3>
          <Reasons rows={skipped.map(({ name, why }) => ({ name, detail: why }))} />
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
