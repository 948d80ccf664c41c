"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { Time } from "@/components/ui/time";
import type { WebhookRow } from "@/lib/api/webhooks";
import { DisabledNote } from "./disabled-note";
import { WebhookMenu } from "./webhook-menu";
import { eventWords, nameOf, webhookWords } from "./words";

type Props = { workspace: string; webhook: WebhookRow; onSecret: (secret: string) => void };

export function WebhookItem({ workspace, webhook, onSecret }: Props) {
  const t = useTranslations("webhooks");
  const common = useTranslations("common");
  const { label, tone } = webhookWords(webhook, t);
  return (
    <div className="px-5 py-4">
      <div className="flex items-start justify-between gap-4">
        <div className="min-w-0 space-y-1.5">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
            <Link
              href={`/${workspace}/settings/webhooks/${webhook.id}`}
              className="break-all rounded font-medium underline decoration-line-strong underline-offset-4 hover:decoration-ink"
            >
              {nameOf(webhook)}
            </Link>
            <Badge tone={tone} dot>
              {label}
            </Badge>
            {webhook.oldSecretUntil ? <Badge tone="warn">{common("secret.two")}</Badge> : null}
          </div>
          <code className="block break-all font-mono text-ink-soft text-xs">{webhook.url}</code>
          <p className="text-[13px] text-ink-faint">
            {eventWords(webhook, t)}
            {" · "}
            <Outcome webhook={webhook} />
          </p>
        </div>
        <WebhookMenu workspace={workspace} webhook={webhook} onSecret={onSecret} />
      </div>
      <DisabledNote workspace={workspace} webhook={webhook} />
    </div>
  );
}

/** A webhook's delivery results in one line. */
function Outcome({ webhook: { deliveries } }: { webhook: WebhookRow }) {
  const t = useTranslations("webhooks");
  const { delivered, pending, failed, lastDeliveredAt } = deliveries;
  if (delivered + pending + failed === 0) return t("outcome.noneSent");
  return (
    <>
      {lastDeliveredAt
        ? t.rich("outcome.delivered", { time: () => <Time at={lastDeliveredAt} /> })
        : t("outcome.noneDelivered")}
      <Part count={pending} what="pending" />
      <Part count={failed} what="failed" tone="text-bad" />
    </>
  );
}

function Part({ count, what, tone = "" }: { count: number; what: "pending" | "failed"; tone?: string }) {
  const t = useTranslations("webhooks");
  if (count === 0) return null;
  return (
    <>
      {" · "}
      <span className={`whitespace-nowrap ${tone}`}>{t(`outcome.${what}`, { count })}</span>
    </>
  );
}
