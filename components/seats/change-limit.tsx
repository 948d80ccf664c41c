"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "@/components/ui/dialog";
import { Field, inputClass } from "@/components/ui/field";
import { FormActions } from "@/components/ui/form";
import { setSeatLimit, settingsQuery, type WorkspaceSettings } from "@/lib/api/settings";

type Props = { workspace: string; settings: WorkspaceSettings; onOpenChange: (open: boolean) => void };

/** Sets the seat limit; empty means no limit. It can't be below the seats in use. */
export function ChangeLimit({ workspace, settings, onOpenChange }: Props) {
  const client = useQueryClient();
  const [text, setText] = useState(settings.seatLimit === null ? "" : String(settings.seatLimit));
  const wanted = text.trim() === "" ? null : Number(text.trim());
  const isNumber = wanted === null || (Number.isInteger(wanted) && wanted >= 0);
  const save = useMutation({
    mutationFn: () => setSeatLimit(workspace, wanted),
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery(workspace).queryKey, saved);
      onOpenChange(false);
    },
  });
  return (
    <Dialog open onOpenChange={onOpenChange} title="Change the seat limit">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isNumber) save.mutate();
        }}
      >
        <Field
          label="Seats"
          hint={`${settings.seatsUsed.toLocaleString("en")} are used. Empty means no limit.`}
          error={isNumber ? undefined : "A whole number, or nothing."}
        >
          {(props) => (
            <input
              {...props}
              className={inputClass}
              inputMode="numeric"
              value={text}
              onChange={(event) => setText(event.target.value)}
              placeholder="No limit"
            />
          )}
        </Field>
        <FormActions action="Save" mutation={save} onCancel={() => onOpenChange(false)} />
      </form>
    </Dialog>
  );
}
