"use client";

import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import { Time } from "@/components/ui/time";
import type { WebhookRow } from "@/lib/api/webhooks";
import { DisabledNote } from "./disabled-note";
import { WebhookMenu } from "./webhook-menu";
import { eventWords, nameOf, webhookWords } from "./words";

type Props = { workspace: string; webhook: WebhookRow; onSecret: (secret: string) => void };

export function WebhookItem({ workspace, webhook, onSecret }: Props) {
  const { label, tone } = webhookWords(webhook);
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
            {webhook.oldSecretUntil ? <Badge tone="warn">Two secrets</Badge> : null}
          </div>
          <code className="block break-all font-mono text-ink-soft text-xs">{webhook.url}</code>
          <p className="text-[13px] text-ink-faint">
            {eventWords(webhook)}
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
  const { delivered, pending, failed, lastDeliveredAt } = deliveries;
  if (delivered + pending + failed === 0) return <>nothing sent yet</>;
  return (
    <>
      {lastDeliveredAt ? (
        <>
          last delivered <Time at={lastDeliveredAt} />
        </>
      ) : (
        "nothing delivered yet"
      )}
      <Part count={pending} what="waiting" />
      <Part count={failed} what="failed" tone="text-bad" />
    </>
  );
}

function Part({ count, what, tone = "" }: { count: number; what: string; tone?: string }) {
  if (count === 0) return null;
  return (
    <>
      {" · "}
      <span className={`whitespace-nowrap ${tone}`}>
        {count.toLocaleString("en")} {what}
      </span>
    </>
  );
}
