"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { parseAsString, useQueryStates } from "nuqs";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { inputClass } from "@/components/ui/field";
import { ListCard } from "@/components/ui/list-card";
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

const statuses = [
  { value: "", label: "All statuses" },
  { value: "2xx", label: "Succeeded" },
  { value: "error", label: "Failed" },
];
const methods = [
  { value: "", label: "All methods" },
  ...["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) => ({ value: method, label: method })),
];

/** Every identity provider request, live; filters and the open row are kept in the URL. */
export function RequestLog({ workspace }: { workspace: string }) {
  const [{ request, ...filter }, setFilter] = useQueryStates(filters);
  const [search, setSearch] = useState(filter.search);
  const log = useInfiniteQuery(scimRequestsQuery(workspace, filter));
  const rows = log.data?.pages.flatMap((page) => page.requests) ?? [];
  const isFiltered = filter.search !== "" || filter.status !== "" || filter.method !== "";
  return (
    <Section
      title="Requests"
      lead="What your identity provider asked for and what became of it. Kept for 30 days, 1,000,000 requests at most."
      action={
        <span className="inline-flex items-center gap-2 text-[13px] text-ink-faint">
          <span aria-hidden className={`size-1.5 rounded-full ${log.error ? "bg-bad" : "bg-good"}`} />
          {log.error ? "Not live" : "Live"}
        </span>
      }
    >
      <search className="mb-3 flex flex-wrap gap-2">
        <input
          type="search"
          aria-label="Search requests"
          placeholder="Path, person or request id"
          className={`${inputClass} max-w-xs`}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onBlur={() => setFilter({ search: search || null })}
          onKeyDown={(event) => (event.key === "Enter" ? setFilter({ search: search || null }) : null)}
        />
        <Select
          compact
          aria-label="Status"
          value={filter.status}
          onChange={(status) => setFilter({ status: status || null })}
          options={statuses}
        />
        <Select
          compact
          aria-label="Method"
          value={filter.method}
          onChange={(method) => setFilter({ method: method || null })}
          options={methods}
        />
      </search>
      <ListCard
        list={log}
        isEmpty={rows.length === 0}
        empty={isFiltered ? "No request matches these filters." : "No request yet."}
      >
        {rows.map((row) => (
          <Row key={row.id} row={row} onOpen={() => setFilter({ request: row.id })} />
        ))}
      </ListCard>
      <RequestDrawer workspace={workspace} id={request || null} onClose={() => setFilter({ request: null })} />
    </Section>
  );
}

function Row({ row, onOpen }: { row: ScimRequestRow; onOpen: () => void }) {
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
        <span className="truncate font-mono text-xs">
          <span className="font-semibold">{row.method}</span>{" "}
          <span className="text-ink-soft">{readableAddress(row)}</span>
        </span>
        <span className="col-start-2 row-start-2 truncate text-[13px] sm:col-start-auto sm:row-start-auto">
          {effectLabel(row)}
          {row.subject ? <span className="text-ink-faint"> · {row.subject}</span> : null}
        </span>
        <span className="text-right text-[13px] text-ink-faint">
          <Time at={row.at} />
        </span>
      </button>
      {row.missing > 0 ? (
        <p className="px-4 pb-2.5 text-[13px] text-ink-soft">
          {row.missing === 1 ? "1 request" : `${row.missing.toLocaleString("en-GB")} requests`} around this time are not
          in the log: they came faster than they could be written.
        </p>
      ) : null}
    </li>
  );
}
