"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Unplug } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, EmptyState, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { sendTestEvent, type WebhookRow, webhooksQuery } from "@/lib/api/webhooks";
import { Deliveries } from "./deliveries";
import { DisabledNote } from "./disabled-note";
import { WebhookMenu } from "./webhook-menu";
import { WebhookSecret } from "./webhook-secret";
import { nameOf, webhookWords } from "./words";

/** One webhook: its URL, its events and its delivery log. */
export function Webhook({ workspace, id }: { workspace: string; id: string }) {
  const t = useTranslations("webhooks");
  const { data } = useSuspenseQuery(webhooksQuery(workspace));
  const webhook = data.webhooks.find((row) => row.id === id);
  if (webhook) return <Shown workspace={workspace} webhook={webhook} />;
  return (
    <EmptyState icon={Unplug} title={t("gone.title")}>
      {t("gone.lead")}
    </EmptyState>
  );
}

function Shown({ workspace, webhook }: { workspace: string; webhook: WebhookRow }) {
  const t = useTranslations("webhooks");
  const client = useQueryClient();
  const router = useRouter();
  const [secret, setSecret] = useState<string | null>(null);
  const trial = useMutation({
    mutationFn: () => sendTestEvent(workspace, webhook.id),
    onSuccess: () => client.invalidateQueries({ queryKey: webhooksQuery(workspace).queryKey }),
  });
  const { label, tone } = webhookWords(webhook, t);
  const oldUntil = webhook.oldSecretUntil;
  return (
    <>
      <header className="mb-8">
        <div className="flex flex-wrap items-start justify-between gap-4">
          <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1.5">
            <h1 className="break-all font-semibold text-[22px] leading-7 tracking-tight">{nameOf(webhook)}</h1>
            <Badge tone={tone} dot>
              {label}
            </Badge>
          </div>
          <div className="flex items-center gap-2">
            <Button disabled={!webhook.enabled} pending={trial.isPending} onClick={() => trial.mutate()}>
              {t("one.test")}
            </Button>
            <WebhookMenu
              workspace={workspace}
              webhook={webhook}
              onSecret={setSecret}
              onDeleted={() => router.push(`/${workspace}/settings/webhooks`)}
            />
          </div>
        </div>
        <DisabledNote workspace={workspace} webhook={webhook} />
        <ErrorNote error={trial.error} />
      </header>
      <Section title={t("one.endpoint")}>
        <Card className="divide-y">
          <div className="flex items-center justify-between gap-4 px-5 py-3.5">
            <code className="min-w-0 break-all font-mono text-[13px]">{webhook.url}</code>
            <CopyButton text={webhook.url} label={t("one.copyUrl")} />
          </div>
          <div className="px-5 py-3.5">
            <Events webhook={webhook} />
          </div>
          {oldUntil ? (
            <p className="px-5 py-3.5 text-[13px] text-ink-soft">
              {t.rich("one.twoSecrets", { time: () => <Time at={oldUntil} /> })}
            </p>
          ) : null}
        </Card>
      </Section>
      <Deliveries workspace={workspace} webhook={webhook} />
      <WebhookSecret secret={secret} onDone={() => setSecret(null)} />
    </>
  );
}

function Events({ webhook: { events } }: { webhook: WebhookRow }) {
  const t = useTranslations("webhooks");
  if (events.length === 0) return <p className="text-[13px] text-ink-soft">{t("events.every")}</p>;
  return (
    <ul aria-label={t("events.label")} className="flex flex-wrap gap-1.5">
      {events.map((type) => (
        <li key={type}>
          <Badge>{type}</Badge>
        </li>
      ))}
    </ul>
  );
}
