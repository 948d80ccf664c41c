"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { useTranslations } from "use-intl";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { asEnglish } from "@/components/ui/english";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import {
  type ConnectionStatus,
  type Counts,
  disconnect,
  type ProvisioningStatus,
  provisioningQuery,
} from "@/lib/api/provisioning";
import { Hold } from "./hold";
import { Lost } from "./lost";
import { SetupSteps } from "./setup-steps";

const tones: Record<ConnectionStatus["state"], Tone> = {
  waiting: "neutral",
  healthy: "good",
  degraded: "warn",
  failing: "bad",
  stopped: "bad",
};

/** The provisioning status: each connection, and counts of changes. */
export function Status({ workspace }: { workspace: string }) {
  const t = useTranslations("provisioning");
  const { data: status } = useSuspenseQuery(provisioningQuery(workspace));
  if (status.connections.length === 0) return <SetupSteps workspace={workspace} status={status} />;
  return (
    <>
      {status.hold ? <Hold workspace={workspace} hold={status.hold} /> : null}
      {status.keptAdmins.map(({ id, name }) => (
        <p key={id} role="alert" className="mb-6 rounded-xl bg-warn-soft px-5 py-3.5 text-warn">
          {t("keptAdmin", { name })}
        </p>
      ))}
      {status.scimEnabled ? null : (
        <p role="alert" className="mb-6 rounded-xl bg-warn-soft px-5 py-3.5 text-warn">
          {t("off")}
        </p>
      )}
      <Section title={t("connection.title")}>
        <div className="space-y-3">
          {status.connections.map((connection) => (
            <ConnectionCard key={connection.id} workspace={workspace} connection={connection} />
          ))}
        </div>
      </Section>
      <Lost workspace={workspace} lost={status.lost} total={status.lostTotal} />
      <CountsTable counts={status.counts} />
    </>
  );
}

function ConnectionCard({ workspace, connection }: { workspace: string; connection: ConnectionStatus }) {
  const t = useTranslations("provisioning");
  const client = useQueryClient();
  const [ending, setEnding] = useState(false);
  const { lastError } = connection;
  const end = async () => {
    await disconnect(workspace, connection.id);
    await client.invalidateQueries();
  };
  return (
    <Card className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-3">
        <span className="wrap-anywhere min-w-0 font-medium">{connection.name}</span>
        <span aria-live="polite">
          <Badge tone={tones[connection.state]} dot>
            {t(`connection.state.${connection.state}`)}
          </Badge>
        </span>
        {connection.reason ? <span className="text-ink-soft">{connection.reason}</span> : null}
        {connection.isConnected ? (
          <span className="ml-auto flex items-center gap-2">
            {connection.liveTokens === 0 ? (
              <Link className={buttonClass("secondary", "small")} href={`/${workspace}/settings/developers`}>
                {t("connection.newToken")}
              </Link>
            ) : null}
            <Button size="small" look="quiet" onClick={() => setEnding(true)}>
              {t("connection.disconnect.action")}
            </Button>
          </span>
        ) : null}
      </div>
      <Confirm
        open={ending}
        onOpenChange={setEnding}
        title={t("connection.disconnect.title", { connection: connection.name })}
        action={t("connection.disconnect.action")}
        run={end}
      >
        <p>{t("connection.disconnect.effect")}</p>
        <p>{t("connection.disconnect.managed")}</p>
      </Confirm>
      <dl className="mt-4 grid gap-x-6 gap-y-3 text-[13px] sm:grid-cols-3">
        <Fact label={t("connection.firstRequest")}>
          {connection.firstRequestAt ? <Time at={connection.firstRequestAt} /> : t("connection.none")}
        </Fact>
        <Fact label={t("connection.lastRequest")}>
          {connection.lastRequestAt ? <Time at={connection.lastRequestAt} /> : t("connection.none")}
        </Fact>
        <Fact label={t("connection.lastSuccess")}>
          {connection.lastSuccessAt ? <Time at={connection.lastSuccessAt} /> : t("connection.none")}
        </Fact>
      </dl>
      {lastError ? (
        <p className="mt-3 border-t pt-3 text-[13px] text-ink-soft">
          {t.rich("connection.lastError", {
            status: (text) => <span className="tabular-nums">{text}</span>,
            code: String(lastError.status),
            detail: asEnglish,
            text: lastError.detail ?? "",
            time: () => <Time at={lastError.at} />,
          })}
        </p>
      ) : null}
    </Card>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-ink-faint">{label}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  );
}

const rows: (keyof Counts)[] = [
  "usersCreated",
  "usersUpdated",
  "usersSuspended",
  "groupsChanged",
  "errors",
  "requests",
];

function CountsTable({ counts }: { counts: ProvisioningStatus["counts"] }) {
  const t = useTranslations("provisioning");
  return (
    <Section title={t("activity.title")}>
      <Card className="grid grid-cols-2 divide-x divide-y overflow-hidden sm:grid-cols-3 lg:grid-cols-6 lg:divide-y-0">
        {rows.map((key) => (
          <div key={key} className="px-4 py-3.5">
            <p className="text-[13px] text-ink-faint">{t(`activity.count.${key}`)}</p>
            <p className="mt-0.5 font-semibold text-xl tabular-nums leading-7">
              {t("activity.day", { count: counts.day[key] })}
            </p>
            <p className="text-ink-faint text-xs tabular-nums">{t("activity.week", { count: counts.week[key] })}</p>
          </div>
        ))}
      </Card>
      <p className="mt-2 text-ink-faint text-xs">{t("activity.hint")}</p>
    </Section>
  );
}
