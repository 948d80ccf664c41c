"use client";

import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { Dialog, DialogActions } from "./dialog";
import { ErrorNote } from "./error-note";
import { Field } from "./field";
import { Select } from "./select";

type Props<Overlap extends string> = {
  title: string;
  description: string;
  /** The label of the field that chooses how long the old secret keeps working. */
  label: string;
  overlaps: { value: Overlap; label: string }[];
  rotate: (overlap: Overlap) => Promise<unknown>;
  /** Why it can't be submitted yet; null when it can. */
  why?: string | null;
  /** Additional fields. */
  children?: ReactNode;
  onOpenChange: (open: boolean) => void;
};

/** Creates a new secret. The old one keeps working for a day by default. */
export function RotateDialog<Overlap extends string>(props: Props<"24h" | Overlap>) {
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
            options={overlaps}
          />
        )}
      </Field>
      {children ? <div className="mt-4">{children}</div> : null}
      {why === null ? null : <p className="mt-3 text-[13px] text-ink-soft">{why}</p>}
      <ErrorNote error={mutation.error} />
      <DialogActions>
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button look="primary" disabled={why !== null} pending={mutation.isPending} onClick={() => mutation.mutate()}>
          Make new secret
        </Button>
      </DialogActions>
    </Dialog>
  );
}
