"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { Webhook as Icon } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Card, EmptyState, PageHeader } from "@/components/ui/section";
import { webhooksQuery } from "@/lib/api/webhooks";
import { CreateWebhook } from "./edit-webhook";
import { WebhookItem } from "./webhook-item";
import { WebhookSecret } from "./webhook-secret";

export function Webhooks({ workspace }: { workspace: string }) {
  const t = useTranslations("webhooks");
  const { data } = useSuspenseQuery(webhooksQuery(workspace));
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const add = (
    <Button look="primary" onClick={() => setCreating(true)}>
      {t("create.open")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("list.title")} action={data.webhooks.length > 0 ? add : null}>
        {t("list.lead")}
      </PageHeader>
      {data.webhooks.length === 0 ? (
        <EmptyState icon={Icon} title={t("list.noneTitle")} action={add}>
          {t("list.none")}
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
