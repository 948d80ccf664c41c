"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { parseAsString, useQueryStates } from "nuqs";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { ListCard } from "@/components/ui/list-card";
import { Section } from "@/components/ui/section";
import { Select } from "@/components/ui/select";
import { Time } from "@/components/ui/time";
import { type DeliveryRow, deliveriesQuery, type WebhookRow } from "@/lib/api/webhooks";
import { DeliveryDrawer } from "./delivery-drawer";
import { deliveryWords } from "./words";

const filters = { state: parseAsString.withDefault(""), delivery: parseAsString.withDefault("") };

const states = ["delivered", "pending", "failed"] as const;

/** Deliveries, newest first, live; the filter and the open row are kept in the URL. */
export function Deliveries({ workspace, webhook }: { workspace: string; webhook: WebhookRow }) {
  const t = useTranslations("webhooks");
  const common = useTranslations("common");
  const [{ state, delivery }, setFilter] = useQueryStates(filters);
  const log = useInfiniteQuery(deliveriesQuery(workspace, webhook.id, state));
  const rows = log.data?.pages.flatMap((page) => page.deliveries) ?? [];
  const options = states.map((value) => ({ value: value as string, label: t(`delivery.state.${value}`) }));
  return (
    <Section
      title={t("delivery.list")}
      lead={t("delivery.lead")}
      action={
        <Select
          compact
          aria-label={common("state")}
          value={state}
          onChange={(next) => setFilter({ state: next || null })}
          options={[{ value: "", label: t("delivery.all") }, ...options]}
        />
      }
    >
      <ListCard list={log} isEmpty={rows.length === 0} empty={t(state === "" ? "delivery.empty" : "delivery.noMatch")}>
        {rows.map((row) => (
          <Row key={row.id} row={row} onOpen={() => setFilter({ delivery: row.id })} />
        ))}
      </ListCard>
      <DeliveryDrawer
        workspace={workspace}
        webhook={webhook}
        id={delivery || null}
        onClose={() => setFilter({ delivery: null })}
      />
    </Section>
  );
}

function Row({ row, onOpen }: { row: DeliveryRow; onOpen: () => void }) {
  const t = useTranslations("webhooks");
  const { label, tone } = deliveryWords(row, t);
  return (
    <li>
      <button
        type="button"
        onClick={onOpen}
        className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 px-4 py-2.5 text-left hover:bg-hover sm:grid-cols-[6.75rem_minmax(0,14rem)_minmax(0,1fr)_4.5rem_6.5rem]"
      >
        <span>
          <Badge tone={tone}>{label}</Badge>
        </span>
        <span className="col-start-1 truncate font-mono text-xs sm:col-start-auto">{row.event}</span>
        <span className="col-start-1 truncate text-[13px] text-ink-soft sm:col-start-auto">{row.subject}</span>
        <span className="col-start-2 row-start-2 text-right text-[13px] text-ink-faint tabular-nums sm:col-start-auto sm:row-start-auto">
          {row.attempts === 0 ? "" : t("delivery.triesCount", { count: row.attempts })}
        </span>
        <span className="col-start-2 row-start-1 text-right text-[13px] text-ink-faint sm:col-start-auto sm:row-start-auto">
          <Time at={row.createdAt} />
        </span>
      </button>
    </li>
  );
}
