"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { type ImportPreview, type Invitee, inviteMany, inviteStep, previewImport } from "@/lib/api/bulk/lists";
import { membersKey } from "@/lib/api/members";
import { ListField } from "./list-field";
import { type Reason, Reasons } from "./reasons";

type Progress = { done: number; of: number; refused: Reason[] };

/** Invites everybody on a list: first what each line would do, then a few at a time. */
export function InviteMany({ workspace, onClose }: { workspace: string; onClose: () => void }) {
  const t = useTranslations("members");
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [progress, setProgress] = useState<Progress | null>(null);
  const preview = useMutation({ mutationFn: () => previewImport(workspace, text) });
  const lineOf = (line: number, key: string) => t("import.line", { line, key });
  const run = useMutation({
    mutationFn: async (invitees: readonly Invitee[]) => {
      const state: Progress = { done: 0, of: invitees.length, refused: [] };
      setProgress({ ...state });
      for (let from = 0; from < invitees.length; from += inviteStep) {
        const { done, refused } = await inviteMany(workspace, invitees.slice(from, from + inviteStep));
        state.done += done;
        state.refused = [
          ...state.refused,
          ...refused.map(({ line, key, detail }) => ({ name: lineOf(line, key), detail })),
        ];
        setProgress({ ...state });
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: membersKey(workspace) }),
  });
  return (
    <Dialog
      open
      wide
      sticky={run.isPending}
      onOpenChange={onClose}
      title={t("import.title")}
      description={t("import.lead")}
    >
      {progress ? (
        <Result progress={progress} isRunning={run.isPending} />
      ) : preview.data ? (
        <Preview preview={preview.data} lineOf={lineOf} />
      ) : (
        <ListField hint={t("import.hint")} value={text} onChange={setText} />
      )}
      <ErrorNote error={preview.error ?? run.error} />
      <Actions isEmpty={text.trim() === ""} preview={preview} run={run} isDone={progress !== null} onClose={onClose} />
    </Dialog>
  );
}

function Preview({ preview, lineOf }: { preview: ImportPreview; lineOf: (line: number, key: string) => string }) {
  const t = useTranslations("members");
  const { invitees, skipped, skippedTotal, freeSeats } = preview;
  return (
    <div className="space-y-3">
      <p role="status">{t("import.effect", { count: invitees.length })}</p>
      {freeSeats === null ? null : (
        <p className={freeSeats < invitees.length ? "text-warn" : "text-ink-soft"}>
          {t("import.seats", { free: freeSeats })}
        </p>
      )}
      {skippedTotal > 0 ? (
        <section>
          <h3 className="font-medium text-[13px]">{t("import.skipped", { count: skippedTotal })}</h3>
          <Reasons rows={skipped.map(({ line, key, why }) => ({ name: lineOf(line, key), detail: why }))} />
        </section>
      ) : null}
    </div>
  );
}

function Result({ progress: { done, of, refused }, isRunning }: { progress: Progress; isRunning: boolean }) {
  const t = useTranslations("members");
  return (
    <div className="space-y-3">
      <p role="status">
        {isRunning ? t("bulk.running", { done: done + refused.length, of }) : t("import.result", { count: done })}
      </p>
      <progress
        value={done + refused.length}
        max={of}
        className="h-1.5 w-full accent-accent"
        aria-label={t("import.title")}
      />
      {refused.length > 0 ? (
        <section>
          <h3 className="font-medium text-[13px]">{t("import.refused", { count: refused.length })}</h3>
          <Reasons rows={refused} />
        </section>
      ) : null}
    </div>
  );
}

type ActionsProps = {
  isEmpty: boolean;
  preview: { data: ImportPreview | undefined; isPending: boolean; mutate: () => void; reset: () => void };
  run: { isPending: boolean; mutate: (invitees: readonly Invitee[]) => void };
  isDone: boolean;
  onClose: () => void;
};

function Actions({ isEmpty, preview, run, isDone, onClose }: ActionsProps) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const invitees = preview.data?.invitees ?? [];
  if (isDone) {
    return (
      <DialogActions>
        <Button look="primary" pending={run.isPending} onClick={onClose}>
          {common("done")}
        </Button>
      </DialogActions>
    );
  }
  if (preview.data === undefined) {
    return (
      <DialogActions>
        <Button onClick={onClose}>{common("cancel")}</Button>
        <Button look="primary" disabled={isEmpty} pending={preview.isPending} onClick={() => preview.mutate()}>
          {t("import.check")}
        </Button>
      </DialogActions>
    );
  }
  return (
    <DialogActions>
      <Button onClick={() => preview.reset()}>{t("import.back")}</Button>
      <Button look="primary" disabled={invitees.length === 0} onClick={() => run.mutate(invitees)}>
        {t("import.run", { count: invitees.length })}
      </Button>
    </DialogActions>
  );
}
