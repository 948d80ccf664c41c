"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Dialog } from "@/components/ui/dialog";
import { createWebhook, updateWebhook, type WebhookRow, webhooksQuery } from "@/lib/api/webhooks";
import { WebhookForm } from "./webhook-form";
import { nameOf } from "./words";

type Props = { workspace: string; onOpenChange: (open: boolean) => void };

/** The form for a new webhook. Passes the secret to the caller, which shows it once. */
export function CreateWebhook({ workspace, onOpenChange, onSecret }: Props & { onSecret: (secret: string) => void }) {
  const t = useTranslations("webhooks");
  const client = useQueryClient();
  const { data } = useSuspenseQuery(webhooksQuery(workspace));
  const close = () => onOpenChange(false);
  return (
    <Dialog open onOpenChange={onOpenChange} wide title={t("create.title")} description={t("create.lead")}>
      <WebhookForm
        groups={data.events}
        webhook={{ url: "", description: "", events: [] }}
        action={t("create.action")}
        onCancel={close}
        save={async (input) => {
          const { secret } = await createWebhook(workspace, input);
          onSecret(secret);
          close();
          await client.invalidateQueries({ queryKey: webhooksQuery(workspace).queryKey });
        }}
      />
    </Dialog>
  );
}

/** Changes a webhook's URL, description and events, but not its secret. */
export function EditWebhook({ workspace, webhook, onOpenChange }: Props & { webhook: WebhookRow }) {
  const t = useTranslations("webhooks");
  const common = useTranslations("common");
  const client = useQueryClient();
  const { data } = useSuspenseQuery(webhooksQuery(workspace));
  const close = () => onOpenChange(false);
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      wide
      title={t("edit.title", { name: nameOf(webhook) })}
      description={t("edit.lead")}
    >
      <WebhookForm
        groups={data.events}
        webhook={webhook}
        action={common("form.save")}
        onCancel={close}
        save={async ({ url, description, events }) => {
          await updateWebhook(workspace, webhook.id, { url, description, events });
          await client.invalidateQueries({ queryKey: webhooksQuery(workspace).queryKey });
          close();
        }}
      />
    </Dialog>
  );
}
