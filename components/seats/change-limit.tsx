"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Dialog } from "@/components/ui/dialog";
import { NumberField } from "@/components/ui/field";
import { Form, FormActions } from "@/components/ui/form";
import { toast } from "@/components/ui/toasts";
import { seatLimitInput, setSeatLimit, settingsQuery, type WorkspaceSettings } from "@/lib/api/settings";

type Props = { workspace: string; settings: WorkspaceSettings; onOpenChange: (open: boolean) => void };

/** Sets the seat limit; empty means no limit. It can't be below the seats in use. */
export function ChangeLimit({ workspace, settings, onOpenChange }: Props) {
  const t = useTranslations("seats");
  const common = useTranslations("common");
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (limit: number | null) => setSeatLimit(workspace, limit),
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery(workspace).queryKey, saved);
      toast(common("form.saved"));
      onOpenChange(false);
    },
  });
  return (
    <Dialog open onOpenChange={onOpenChange} title={t("limit.title")}>
      <Form
        schema={seatLimitInput}
        defaultValues={{ limit: settings.seatLimit }}
        onSubmit={({ limit }) => save.mutate(limit)}
      >
        <NumberField
          name="limit"
          label={t("limit.label")}
          hint={t("limit.hint", { used: settings.seatsUsed })}
          placeholder={t("limit.placeholder")}
        />
        <FormActions action={common("form.save")} mutation={save} onCancel={() => onOpenChange(false)} />
      </Form>
    </Dialog>
  );
}
