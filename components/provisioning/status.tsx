"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
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

const words: Record<ConnectionStatus["state"], { label: string; tone: Tone }> = {
  waiting: { label: "Waiting for the first request", tone: "neutral" },
  healthy: { label: "Healthy", tone: "good" },
  degraded: { label: "Degraded", tone: "warn" },
  failing: { label: "Failing", tone: "bad" },
  stopped: { label: "Stopped", tone: "bad" },
};

/** The provisioning status: each connection, and counts of changes. */
export function Status({ workspace }: { workspace: string }) {
  const { data: status } = useSuspenseQuery(provisioningQuery(workspace));
  if (status.connections.length === 0) return <SetupSteps workspace={workspace} status={status} />;
  return (
    <>
      {status.hold ? <Hold workspace={workspace} hold={status.hold} /> : null}
      {status.keptAdmins.map(({ id, name }) => (
        <p key={id} role="alert" className="mb-6 rounded-xl bg-warn-soft px-5 py-3.5 text-warn">
          {name} stays an admin, though a team that gives the role was left: nobody else is an admin. Make somebody else
          one, then change the team again.
        </p>
      ))}
      {status.scimEnabled ? null : (
        <p role="alert" className="mb-6 rounded-xl bg-warn-soft px-5 py-3.5 text-warn">
          Provisioning is switched off: leavers are no longer suspended. Turn it on under Security.
        </p>
      )}
      <Section title="Connection">
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
  const client = useQueryClient();
  const [ending, setEnding] = useState(false);
  const { label, tone } = words[connection.state];
  const end = async () => {
    await disconnect(workspace, connection.id);
    await client.invalidateQueries();
  };
  return (
    <Card className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-3">
        <span className="wrap-anywhere min-w-0 font-medium">{connection.name}</span>
        <span aria-live="polite">
          <Badge tone={tone} dot>
            {label}
          </Badge>
        </span>
        {connection.reason ? <span className="text-ink-soft">{connection.reason}</span> : null}
        {connection.isConnected ? (
          <span className="ml-auto flex items-center gap-2">
            {connection.liveTokens === 0 ? (
              <Link className={buttonClass("secondary", "small")} href={`/${workspace}/settings/developers`}>
                New token
              </Link>
            ) : null}
            <Button size="small" look="quiet" onClick={() => setEnding(true)}>
              Disconnect
            </Button>
          </span>
        ) : null}
      </div>
      <Confirm
        open={ending}
        onOpenChange={setEnding}
        title={`Disconnect ${connection.name}?`}
        action="Disconnect"
        run={end}
      >
        <p>Its tokens stop working with the next request. Nobody is suspended.</p>
        <p>
          The people and teams that it manages become this app's: you change them here, and leavers are no longer
          suspended by themselves.
        </p>
      </Confirm>
      <dl className="mt-4 grid gap-x-6 gap-y-3 text-[13px] sm:grid-cols-3">
        <Fact label="First request">
          {connection.firstRequestAt ? <Time at={connection.firstRequestAt} /> : "None yet"}
        </Fact>
        <Fact label="Last request">
          {connection.lastRequestAt ? <Time at={connection.lastRequestAt} /> : "None yet"}
        </Fact>
        <Fact label="Last success">
          {connection.lastSuccessAt ? <Time at={connection.lastSuccessAt} /> : "None yet"}
        </Fact>
      </dl>
      {connection.lastError ? (
        <p className="mt-3 border-t pt-3 text-[13px] text-ink-soft">
          Last error <Time at={connection.lastError.at} />:{" "}
          <span className="tabular-nums">{connection.lastError.status}</span> {connection.lastError.detail}
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

const rows: { key: keyof Counts; label: string }[] = [
  { key: "usersCreated", label: "Added" },
  { key: "usersUpdated", label: "Updated" },
  { key: "usersSuspended", label: "Suspended" },
  { key: "groupsChanged", label: "Groups" },
  { key: "errors", label: "Errors" },
  { key: "requests", label: "Requests" },
];

function CountsTable({ counts }: { counts: ProvisioningStatus["counts"] }) {
  return (
    <Section title="Activity">
      <Card className="grid grid-cols-2 divide-x divide-y overflow-hidden sm:grid-cols-3 lg:grid-cols-6 lg:divide-y-0">
        {rows.map(({ key, label }) => (
          <div key={key} className="px-4 py-3.5">
            <p className="text-[13px] text-ink-faint">{label}</p>
            <p className="mt-0.5 font-semibold text-xl tabular-nums leading-7">
              {counts.day[key].toLocaleString("en")}
            </p>
            <p className="text-ink-faint text-xs tabular-nums">{counts.week[key].toLocaleString("en")} in 7 days</p>
          </div>
        ))}
      </Card>
      <p className="mt-2 text-ink-faint text-xs">Large figures: the last 24 hours.</p>
    </Section>
  );
}
