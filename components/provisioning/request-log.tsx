"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { parseAsString, useQueryStates } from "nuqs";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { inputClass } from "@/components/ui/field";
import { ListCard } from "@/components/ui/list-card";
import { useOnline } from "@/components/ui/online";
import { Section } from "@/components/ui/section";
import { Select } from "@/components/ui/select";
import { Time } from "@/components/ui/time";
import { type ScimRequestRow, scimRequestsQuery } from "@/lib/api/provisioning";
import { effectLabel, readableAddress, statusTone } from "./effects";
import { RequestDrawer } from "./request-drawer";

const filters = {
  search: parseAsString.withDefault(""),
  status: parseAsString.withDefault(""),
  method: parseAsString.withDefault(""),
  request: parseAsString.withDefault(""),
};

const statuses = ["", "2xx", "error"] as const;
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Every identity provider request, live; filters and the open row are kept in the URL. */
export function RequestLog({ workspace }: { workspace: string }) {
  const t = useTranslations("provisioning");
  const [{ request, ...filter }, setFilter] = useQueryStates(filters);
  const [search, setSearch] = useState(filter.search);
  const log = useInfiniteQuery(scimRequestsQuery(workspace, filter));
  const isLive = useOnline() && !log.error;
  const rows = log.data?.pages.flatMap((page) => page.requests) ?? [];
  const isFiltered = filter.search !== "" || filter.status !== "" || filter.method !== "";
  return (
    <Section
      title={t("requests.title")}
      lead={t("requests.lead")}
      action={
        <span className="inline-flex items-center gap-2 text-[13px] text-ink-faint">
          <span aria-hidden className={`size-1.5 rounded-full ${isLive ? "bg-good" : "bg-bad"}`} />
          {t(isLive ? "requests.live" : "requests.notLive")}
        </span>
      }
    >
      <search className="mb-3 flex flex-wrap gap-2">
        <input
          type="search"
          aria-label={t("requests.search")}
          placeholder={t("requests.placeholder")}
          className={`${inputClass} max-w-xs`}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onBlur={() => setFilter({ search: search || null })}
          onKeyDown={(event) => (event.key === "Enter" ? setFilter({ search: search || null }) : null)}
        />
        <Select
          compact
          aria-label={t("requests.status.label")}
          value={filter.status}
          onChange={(status) => setFilter({ status: status || null })}
          options={statuses.map((value) => ({ value, label: t(`requests.status.${value || "all"}`) }))}
        />
        <Select
          compact
          aria-label={t("requests.method.label")}
          value={filter.method}
          onChange={(method) => setFilter({ method: method || null })}
          options={[
            { value: "", label: t("requests.method.all") },
            ...methods.map((value) => ({ value, label: value })),
          ]}
        />
      </search>
      <ListCard list={log} isEmpty={rows.length === 0} empty={t(isFiltered ? "requests.noMatch" : "requests.empty")}>
        {rows.map((row) => (
          <Row key={row.id} row={row} onOpen={() => setFilter({ request: row.id })} />
        ))}
      </ListCard>
      <RequestDrawer workspace={workspace} id={request || null} onClose={() => setFilter({ request: null })} />
    </Section>
  );
}

function Row({ row, onOpen }: { row: ScimRequestRow; onOpen: () => void }) {
  const t = useTranslations("provisioning");
  return (
    <li>
      <button
        type="button"
        onClick={onOpen}
        className="grid w-full grid-cols-[3rem_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-4 py-2.5 text-left hover:bg-hover sm:grid-cols-[2.75rem_minmax(0,1fr)_minmax(0,16rem)_6.5rem]"
      >
        <span>
          <Badge tone={statusTone(row.status)}>{row.status}</Badge>
        </span>
        <code className="truncate font-mono text-xs">
          <span className="font-semibold">{row.method}</span>{" "}
          <span className="text-ink-soft">{readableAddress(row)}</span>
        </code>
        <span className="col-start-2 row-start-2 truncate text-[13px] sm:col-start-auto sm:row-start-auto">
          {effectLabel(row, t)}
          {row.subject ? <span className="text-ink-faint"> · {row.subject}</span> : null}
        </span>
        <span className="text-right text-[13px] text-ink-faint">
          <Time at={row.at} />
        </span>
      </button>
      {row.missing > 0 ? (
        <p className="px-4 pb-2.5 text-[13px] text-ink-soft">{t("requests.missing", { count: row.missing })}</p>
      ) : null}
    </li>
  );
}
