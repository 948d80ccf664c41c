"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Dialog } from "@/components/ui/dialog";
import { NumberField } from "@/components/ui/field";
import { Form, FormActions } from "@/components/ui/form";
import { seatLimitInput, setSeatLimit, settingsQuery, type WorkspaceSettings } from "@/lib/api/settings";

type Props = { workspace: string; settings: WorkspaceSettings; onOpenChange: (open: boolean) => void };

/** Sets the seat limit; empty means no limit. It can't be below the seats in use. */
export function ChangeLimit({ workspace, settings, onOpenChange }: Props) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (limit: number | null) => setSeatLimit(workspace, limit),
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery(workspace).queryKey, saved);
      onOpenChange(false);
    },
  });
  return (
    <Dialog open onOpenChange={onOpenChange} title="Change the seat limit">
      <Form
        schema={seatLimitInput}
        defaultValues={{ limit: settings.seatLimit }}
        onSubmit={({ limit }) => save.mutate(limit)}
      >
        <NumberField
          name="limit"
          label="Seats"
          hint={`${settings.seatsUsed.toLocaleString("en")} are used. Empty means no limit.`}
          placeholder="No limit"
        />
        <FormActions action="Save" mutation={save} onCancel={() => onOpenChange(false)} />
      </Form>
    </Dialog>
  );
}
