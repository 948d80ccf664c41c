"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Drawer } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { Skeleton } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import {
  type DeliveryDetail,
  type DeliveryTry,
  deliveryQuery,
  sendAgain,
  type WebhookRow,
  webhooksKey,
} from "@/lib/api/webhooks";
import { exactTime } from "@/lib/format";
import { deliveryWords, tryTone } from "./words";

type Props = { workspace: string; webhook: WebhookRow; id: string | null; onClose: () => void };

/** One delivery: its payload, its attempts, and a button to send it again. */
export function DeliveryDrawer({ workspace, webhook, id, onClose }: Props) {
  const t = useTranslations("webhooks");
  const query = deliveryQuery(workspace, webhook.id, id ?? "");
  const { data, error } = useQuery({ ...query, enabled: id !== null });
  return (
    <Drawer open={id !== null} onOpenChange={(open) => (open ? null : onClose())} title={t("delivery.title")}>
      {data ? (
        <Detail workspace={workspace} webhook={webhook} delivery={data} />
      ) : error ? (
        <ErrorNote error={error} />
      ) : (
        <Skeleton className="h-40 w-full" />
      )}
    </Drawer>
  );
}

function Detail({ workspace, webhook, delivery }: Pick<Props, "workspace" | "webhook"> & { delivery: DeliveryDetail }) {
  const t = useTranslations("webhooks");
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => sendAgain(workspace, webhook.id, delivery.id),
    onSuccess: () => client.invalidateQueries({ queryKey: webhooksKey(workspace) }),
  });
  const { label, tone } = deliveryWords(delivery, t);
  return (
    <div className="space-y-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span aria-live="polite">
          <Badge tone={tone}>{label}</Badge>
        </span>
        <code className="break-all font-mono text-[13px]">{delivery.event}</code>
        <div className="ml-auto">
          <Button size="small" disabled={!webhook.enabled} pending={again.isPending} onClick={() => again.mutate()}>
            {t("delivery.again")}
          </Button>
        </div>
      </div>
      <ErrorNote error={again.error} />
      <dl className="grid items-baseline grid-cols-[7rem_minmax(0,1fr)] gap-y-2 text-[13px]">
        <Fact label={t("delivery.about")}>{delivery.subject ?? "–"}</Fact>
        <Fact label={t("delivery.happened")}>
          <time dateTime={delivery.createdAt}>{exactTime(delivery.createdAt)}</time>
        </Fact>
        {delivery.nextAttemptAt ? (
          <Fact label={t("delivery.nextTry")}>
            <Time at={delivery.nextAttemptAt} />
          </Fact>
        ) : null}
        <Fact label={t("delivery.id")}>
          <span className="inline-flex flex-wrap items-center gap-2">
            <code className="break-all font-mono text-xs">{delivery.eventId}</code>
            <CopyButton text={delivery.eventId} label={t("delivery.copyId")} />
          </span>
        </Fact>
      </dl>
      <Tries log={delivery.log} />
      <Payload payload={delivery.payload} />
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

function Tries({ log }: { log: DeliveryTry[] }) {
  const t = useTranslations("webhooks");
  return (
    <section>
      <h3 className="mb-2 font-medium text-[13px]">{t("delivery.tries")}</h3>
      {log.length === 0 ? (
        <p className="text-[13px] text-ink-soft">{t("delivery.notTried")}</p>
      ) : (
        <ol className="divide-y rounded-lg border">
          {log.map((tried) => (
            <li key={tried.at} className="px-3.5 py-2.5 text-[13px]">
              <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <Badge tone={tryTone(tried)}>{tried.status ?? t("delivery.noAnswer")}</Badge>
                <span className="text-ink-soft tabular-nums">
                  {t("delivery.duration", { milliseconds: Math.round(tried.durationMs) })}
                </span>
                <span className="ml-auto text-ink-faint">
                  <Time at={tried.at} />
                </span>
              </div>
              {tried.detail ? (
                <p className="mt-1.5 break-words font-mono text-ink-soft text-xs">{tried.detail}</p>
              ) : null}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Payload({ payload }: { payload: DeliveryDetail["payload"] }) {
  const t = useTranslations("webhooks");
  const text = JSON.stringify(payload, null, 2);
  return (
    <section>
      <div className="mb-2 flex items-center justify-between gap-4">
        <h3 className="font-medium text-[13px]">{t("delivery.payload")}</h3>
        <CopyButton text={text} label={t("delivery.copyPayload")} />
      </div>
      <section
        aria-label={t("delivery.body")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
        tabIndex={0}
        className="max-h-96 overflow-auto rounded-lg border bg-sunken p-3.5"
      >
        <pre className="whitespace-pre-wrap break-words font-mono text-xs leading-5">{text}</pre>
      </section>
    </section>
  );
}
