"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Confirm } from "@/components/ui/confirm";
import { MenuItem, MenuSeparator, RowMenu } from "@/components/ui/menu";
import { deleteWebhook, updateWebhook, type WebhookRow, webhooksQuery } from "@/lib/api/webhooks";
import { EditWebhook } from "./edit-webhook";
import { RotateWebhook } from "./rotate-webhook";
import { nameOf } from "./words";

type Props = {
  workspace: string;
  webhook: WebhookRow;
  onSecret: (secret: string) => void;
  onDeleted?: () => void;
};

/** The actions on a webhook, in the list and on its own page. */
export function WebhookMenu({ workspace, webhook, onSecret, onDeleted }: Props) {
  const t = useTranslations("webhooks");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [dialog, setDialog] = useState<"edit" | "rotate" | "disable" | "delete" | null>(null);
  const close = (open: boolean) => setDialog(open ? dialog : null);
  const refresh = () => client.invalidateQueries({ queryKey: webhooksQuery(workspace).queryKey });
  const enable = useMutation({
    mutationFn: () => updateWebhook(workspace, webhook.id, { enabled: true }),
    onSuccess: refresh,
  });
  const name = nameOf(webhook);
  return (
    <>
      <RowMenu label={common("actionsFor", { name })}>
        <MenuItem onSelect={() => setDialog("edit")}>{common("edit")}</MenuItem>
        <MenuItem onSelect={() => setDialog("rotate")}>{t("rotate.open")}</MenuItem>
        {webhook.enabled ? (
          <MenuItem onSelect={() => setDialog("disable")}>{t("disable.action")}</MenuItem>
        ) : (
          <MenuItem onSelect={() => enable.mutate()}>{t("enable")}</MenuItem>
        )}
        <MenuSeparator />
        <MenuItem danger onSelect={() => setDialog("delete")}>
          {t("delete.action")}
        </MenuItem>
      </RowMenu>
      {dialog === "edit" ? <EditWebhook workspace={workspace} webhook={webhook} onOpenChange={close} /> : null}
      {dialog === "rotate" ? (
        <RotateWebhook workspace={workspace} webhook={webhook} onOpenChange={close} onSecret={onSecret} />
      ) : null}
      <Confirm
        open={dialog === "disable"}
        onOpenChange={close}
        title={t("disable.title", { name })}
        action={t("disable.action")}
        look="primary"
        run={() => updateWebhook(workspace, webhook.id, { enabled: false }).then(refresh)}
      >
        <p>{t("disable.effect")}</p>
      </Confirm>
      <Confirm
        open={dialog === "delete"}
        onOpenChange={close}
        title={t("delete.title", { name })}
        action={t("delete.action")}
        run={async () => {
          await deleteWebhook(workspace, webhook.id);
          onDeleted?.();
          await refresh();
        }}
      >
        <p>{t("delete.effect")}</p>
      </Confirm>
    </>
  );
}
