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
import { Reasons } from "./reasons";
import { RunActions } from "./run-actions";
import { type Progress, useSteps } from "./steps";

/** Invites everybody on a list: first what each line would do, then a few at a time. */
export function InviteMany({ workspace, onClose }: { workspace: string; onClose: () => void }) {
  const t = useTranslations("members");
  const client = useQueryClient();
  const [text, setText] = useState("");
  const preview = useMutation({ mutationFn: () => previewImport(workspace, text) });
  const lineOf = (line: number, key: string) => ({ id: String(line), name: t("import.line", { line, key }) });
  const steps = useSteps<Invitee>(inviteStep, async (invitees) => {
    const { done, refused, rest } = await inviteMany(workspace, invitees);
    return { done, refused: refused.map(({ line, key, detail }) => ({ ...lineOf(line, key), detail })), rest };
  });
  const { progress, mutation } = steps;
  const close = () => {
    if (progress) void client.invalidateQueries({ queryKey: membersKey(workspace) });
    onClose();
  };
  return (
    <Dialog
      open
      wide
      sticky={mutation.isPending}
      onOpenChange={close}
      title={t("import.title")}
      description={t("import.lead")}
    >
      {progress ? (
        <Result progress={progress} isRunning={mutation.isPending} />
      ) : preview.data ? (
        <Preview preview={preview.data} lineOf={lineOf} />
      ) : (
        <ListField hint={t("import.hint")} value={text} onChange={setText} />
      )}
      <ErrorNote error={preview.error ?? mutation.error} />
      <Actions isEmpty={text.trim() === ""} preview={preview} steps={steps} onClose={close} />
    </Dialog>
  );
}

function Preview({
  preview,
  lineOf,
}: {
  preview: ImportPreview;
  lineOf: (line: number, key: string) => { id: string; name: string };
}) {
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
          <Reasons rows={skipped.map(({ line, key, why }) => ({ ...lineOf(line, key), detail: why }))} />
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
  steps: ReturnType<typeof useSteps<Invitee>>;
  onClose: () => void;
};

function Actions({ isEmpty, preview, steps, onClose }: ActionsProps) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const { progress, rest, mutation, stop } = steps;
  const invitees = preview.data?.invitees ?? [];
  if (progress) {
    return (
      <RunActions
        isRunning={mutation.isPending}
        rest={rest.length}
        onStop={stop}
        onGoOn={() => mutation.mutate(rest)}
        onClose={onClose}
      />
    );
  }
  return preview.data === undefined ? (
    <DialogActions>
      <Button onClick={onClose}>{common("cancel")}</Button>
      <Button look="primary" disabled={isEmpty} pending={preview.isPending} onClick={() => preview.mutate()}>
        {t("import.check")}
      </Button>
    </DialogActions>
  ) : (
    <DialogActions>
      <Button onClick={() => preview.reset()}>{t("import.back")}</Button>
      <Button look="primary" disabled={invitees.length === 0} onClick={() => mutation.mutate(invitees)}>
        {t("import.run", { count: invitees.length })}
      </Button>
    </DialogActions>
  );
}
