"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { matchPeople } from "@/lib/api/bulk/lists";
import { ListField } from "./list-field";

type Props = { workspace: string; onSelect: (selected: ReadonlySet<string>) => void; onClose: () => void };

/** Selects the members whom a list names. Entries that name nobody are shown before the dialog goes. */
export function SelectFromList({ workspace, onSelect, onClose }: Props) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const [text, setText] = useState("");
  const match = useMutation({
    mutationFn: () => matchPeople(workspace, text),
    onSuccess: ({ ids, unknownTotal }) => {
      onSelect(new Set(ids));
      if (unknownTotal === 0) onClose();
    },
  });
  const found = match.data;
  return (
    <Dialog open onOpenChange={onClose} title={t("match.title")} description={t("match.lead")}>
      {found ? (
        <div className="space-y-3">
          <p role="status">{t("match.found", { count: found.ids.length })}</p>
          <section aria-label={t("match.unknown", { count: found.unknownTotal })}>
            <h3 className="font-medium text-[13px]">{t("match.unknown", { count: found.unknownTotal })}</h3>
            <p className="wrap-anywhere mt-1 max-h-40 overflow-y-auto text-[13px] text-ink-soft">
              {found.unknown.join(", ")}
            </p>
          </section>
        </div>
      ) : (
        <ListField hint={t("match.hint")} value={text} onChange={setText} />
      )}
      <ErrorNote error={match.error} />
      <DialogActions>
        {found ? (
          <Button look="primary" onClick={onClose}>
            {common("done")}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{common("cancel")}</Button>
            <Button
              look="primary"
              disabled={text.trim() === ""}
              pending={match.isPending}
              onClick={() => match.mutate()}
            >
              {t("match.action")}
            </Button>
          </>
        )}
      </DialogActions>
    </Dialog>
  );
}
