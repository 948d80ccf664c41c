"use client";

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { CopyButton } from "@/components/ui/copy-button";
import { Drawer } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { Skeleton } from "@/components/ui/section";
import { type ScimRequestDetail, scimRequestQuery } from "@/lib/api/provisioning";
import { agentName, exactTime } from "@/lib/format";
import { effectLabel, readableAddress, statusTone } from "./effects";

/** One request in full: request, response and effect. */
export function RequestDrawer({
  workspace,
  id,
  onClose,
}: {
  workspace: string;
  id: string | null;
  onClose: () => void;
}) {
  const t = useTranslations("provisioning");
  const { data, error } = useQuery({ ...scimRequestQuery(workspace, id ?? ""), enabled: id !== null });
  return (
    <Drawer open={id !== null} onOpenChange={(open) => (open ? null : onClose())} title={t("request.title")}>
      {data ? <Detail request={data} /> : error ? <ErrorNote error={error} /> : <Skeleton className="h-40 w-full" />}
    </Drawer>
  );
}

function Detail({ request }: { request: ScimRequestDetail }) {
  const t = useTranslations("provisioning");
  const common = useTranslations("common");
  return (
    <div className="space-y-5">
      <div>
        <div className="flex items-center gap-2.5">
          <Badge tone={statusTone(request.status)}>{request.status}</Badge>
          <span className="font-medium">{effectLabel(request, t)}</span>
        </div>
        <code className="mt-2 block break-all font-mono text-[13px]">
          {request.method} {readableAddress(request)}
        </code>
      </div>
      {request.detail ? (
        <div className="rounded-lg bg-warn-soft px-4 py-3 text-warn">
          {request.scimType ? <code className="block font-mono text-xs">{request.scimType}</code> : null}
          <p lang="en">{request.detail}</p>
        </div>
      ) : null}
      {request.notes.length > 0 ? (
        <ul className="list-disc space-y-1 pl-5 text-ink-soft">
          {request.notes.map((note) => (
            <li key={note} lang="en">
              {note}
            </li>
          ))}
        </ul>
      ) : null}
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-y-2 text-[13px]">
        <Fact label={t("request.time")}>
          <time dateTime={request.at}>{exactTime(request.at)}</time>
        </Fact>
        <Fact label={t("request.duration")}>
          {t("request.milliseconds", { milliseconds: request.durationMs.toFixed(1) })}
        </Fact>
        <Fact label={t("request.token")}>{request.token?.name ?? t("request.unknown")}</Fact>
        <Fact label={t("request.client")}>{agentName(request.agent, common)}</Fact>
        <Fact label={t("request.address")}>{request.address ?? t("request.unknown")}</Fact>
        <Fact label={t("request.id")}>
          <span className="inline-flex flex-wrap items-center gap-2">
            <code className="break-all font-mono text-xs">{request.requestId}</code>
            <CopyButton text={request.requestId} label={t("request.copyId")} />
          </span>
        </Fact>
      </dl>
      <Body part="sent" text={request.requestBody} />
      <Body part="answered" text={request.responseBody} />
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

/** Bodies are redacted before they are stored; long ones end with an ellipsis. */
function Body({ part, text }: { part: "sent" | "answered"; text: string | null }) {
  const t = useTranslations("provisioning");
  if (!text) return null;
  return (
    <section>
      <h3 className="mb-1.5 font-medium text-[13px]">{t(`request.${part}`)}</h3>
      <section
        aria-label={t(`request.${part}Body`)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
        tabIndex={0}
        className="max-h-80 overflow-auto rounded-lg border bg-sunken p-3.5"
      >
        <pre className="whitespace-pre-wrap break-words font-mono text-xs leading-5">{pretty(text)}</pre>
      </section>
    </section>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // truncated or invalid JSON: shown as received
  }
}
