"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { Webhook as Icon } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card, EmptyState, PageHeader } from "@/components/ui/section";
import { webhooksQuery } from "@/lib/api/webhooks";
import { CreateWebhook } from "./edit-webhook";
import { WebhookItem } from "./webhook-item";
import { WebhookSecret } from "./webhook-secret";

export function Webhooks({ workspace }: { workspace: string }) {
  const { data } = useSuspenseQuery(webhooksQuery(workspace));
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const add = (
    <Button look="primary" onClick={() => setCreating(true)}>
      + New webhook
    </Button>
  );
  return (
    <>
      <PageHeader title="Webhooks" action={data.webhooks.length > 0 ? add : null}>
        Changes in this workspace are sent to these addresses, signed as Standard Webhooks.
      </PageHeader>
      {data.webhooks.length === 0 ? (
        <EmptyState icon={Icon} title="No webhook yet" action={add}>
          Your product learns at once who joined, left or changed, without asking again and again.
        </EmptyState>
      ) : (
        <Card className="divide-y">
          {data.webhooks.map((webhook) => (
            <WebhookItem key={webhook.id} workspace={workspace} webhook={webhook} onSecret={setSecret} />
          ))}
        </Card>
      )}
      {creating ? <CreateWebhook workspace={workspace} onOpenChange={setCreating} onSecret={setSecret} /> : null}
      <WebhookSecret secret={secret} onDone={() => setSecret(null)} />
    </>
  );
}
