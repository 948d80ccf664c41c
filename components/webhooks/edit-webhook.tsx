"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Dialog } from "@/components/ui/dialog";
import { createWebhook, updateWebhook, type WebhookRow, webhooksQuery } from "@/lib/api/webhooks";
import { WebhookForm } from "./webhook-form";
import { nameOf } from "./words";

type Props = { workspace: string; onOpenChange: (open: boolean) => void };

/** The form for a new webhook. Passes the secret to the caller, which shows it once. */
export function CreateWebhook({ workspace, onOpenChange, onSecret }: Props & { onSecret: (secret: string) => void }) {
  const client = useQueryClient();
  const { data } = useSuspenseQuery(webhooksQuery(workspace));
  const close = () => onOpenChange(false);
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      wide
      title="New webhook"
      description="Each change is sent there as a signed POST, in the moment that it happens."
    >
      <WebhookForm
        groups={data.events}
        webhook={{ url: "", description: "", events: [] }}
        action="Create webhook"
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
  const client = useQueryClient();
  const { data } = useSuspenseQuery(webhooksQuery(workspace));
  const close = () => onOpenChange(false);
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      wide
      title={`Edit ${nameOf(webhook)}`}
      description="What waits already goes to the new address, too."
    >
      <WebhookForm
        groups={data.events}
        webhook={webhook}
        action="Save"
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
