"use client";

import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type Messages, useTranslations } from "use-intl";
import { Button } from "./button";
import { Dialog, DialogActions } from "./dialog";
import { ErrorNote } from "./error-note";
import { Field } from "./field";
import { Select } from "./select";

/** How long an old secret may keep working; each has a text in the catalogue. */
type AnyOverlap = keyof Messages["common"]["overlap"];

type Props<Overlap extends AnyOverlap> = {
  title: string;
  description: string;
  /** The label of the field that chooses how long the old secret keeps working. */
  label: string;
  overlaps: readonly Overlap[];
  rotate: (overlap: Overlap) => Promise<unknown>;
  /** Why it can't be submitted yet; null when it can. */
  why?: string | null;
  /** Additional fields. */
  children?: ReactNode;
  onOpenChange: (open: boolean) => void;
};

/** Creates a new secret. The old one keeps working for a day by default. */
export function RotateDialog<Overlap extends AnyOverlap>(props: Props<"24h" | Overlap>) {
  const t = useTranslations("common");
  const { title, description, label, overlaps, rotate, why = null, children, onOpenChange } = props;
  const [overlap, setOverlap] = useState<"24h" | Overlap>("24h");
  const mutation = useMutation({ mutationFn: () => rotate(overlap), onSuccess: () => onOpenChange(false) });
  return (
    <Dialog open onOpenChange={onOpenChange} title={title} description={description}>
      <Field label={label}>
        {(field) => (
          <Select
            {...field}
            value={overlap}
            onChange={(value) => setOverlap(value as "24h" | Overlap)}
            options={overlaps.map((value) => ({ value, label: t(`overlap.${value as AnyOverlap}`) }))}
          />
        )}
      </Field>
      {children ? <div className="mt-4">{children}</div> : null}
      {why === null ? null : <p className="mt-3 text-[13px] text-ink-soft">{why}</p>}
      <ErrorNote error={mutation.error} />
      <DialogActions>
        <Button onClick={() => onOpenChange(false)}>{t("cancel")}</Button>
        <Button look="primary" disabled={why !== null} pending={mutation.isPending} onClick={() => mutation.mutate()}>
          {t("rotate.action")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
