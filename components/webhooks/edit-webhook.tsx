"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Dialog } from "@/components/ui/dialog";
import { createWebhook, updateWebhook, type WebhookRow, webhooksQuery } from "@/lib/api/webhooks";
import { WebhookForm } from "./webhook-form";
import { nameOf } from "./words";

type Props = { workspace: string; onOpenChange: (open: boolean) => void };

/** A new webhook; its secret goes to the caller, which shows it once. */
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

/** Another address, other events; the secret stays. */
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
