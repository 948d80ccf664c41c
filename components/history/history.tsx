"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { statusTone } from "@/components/provisioning/effects";
import { RequestDrawer } from "@/components/provisioning/request-drawer";
import { Badge } from "@/components/ui/badge";
import { ListCard } from "@/components/ui/list-card";
import { Time } from "@/components/ui/time";
import { type HistoryItem, type HistoryOf, historyQuery } from "@/lib/api/history";
import { changesOf, historyLabel } from "./words";

/** What happened to a person or a team, newest first: every change with its cause, and every request about them that changed nothing. */
export function History({ workspace, of }: { workspace: string; of: HistoryOf }) {
  const t = useTranslations("history");
  const [request, setRequest] = useState<string | null>(null);
  const list = useInfiniteQuery(historyQuery(workspace, of));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <ListCard list={list} isEmpty={items.length === 0} empty={t("empty")}>
        {items.map((item) => (
          <Item key={item.id} item={item} onOpen={setRequest} />
        ))}
      </ListCard>
      <RequestDrawer workspace={workspace} id={request} onClose={() => setRequest(null)} />
    </>
  );
}

/** The most changes of one event that are listed. */
const maxChanges = 12;

function Item({ item, onOpen }: { item: HistoryItem; onOpen: (request: string) => void }) {
  const t = useTranslations("history");
  const { change, request, actor } = item;
  const all = change ? changesOf(change) : [];
  const changes = all.slice(0, maxChanges);
  return (
    <li className="px-5 py-3">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <p className="min-w-0 flex-1 basis-60">
          <span className="font-medium">{historyLabel(item, t)}</span>
          {actor.name ? <span className="text-ink-soft"> {t("by", { name: actor.name })}</span> : null}
        </p>
        <span className="text-[13px] text-ink-faint">
          <Time at={item.at} />
        </span>
      </div>
      {changes.length > 0 ? (
        <ul className="mt-1 space-y-0.5 text-[13px] text-ink-soft">
          {changes.map(({ name, before, after }) => (
            <li key={name} className="wrap-anywhere">
              <code className="font-mono text-xs">{name}</code>{" "}
              {before === null ? null : (
                <del className="text-ink-faint">
                  <code className="font-sans">{before}</code>
                </del>
              )}
              {before === null || after === null ? null : " → "}
              {after === null ? null : (
                <ins className="no-underline">
                  <code className="font-sans">{after}</code>
                </ins>
              )}
            </li>
          ))}
          {all.length > maxChanges ? <li>{t("more", { count: all.length - maxChanges })}</li> : null}
        </ul>
      ) : null}
      {request?.detail ? (
        <p lang="en" className="wrap-anywhere mt-1 text-[13px] text-warn">
          {request.detail}
        </p>
      ) : null}
      {request ? (
        <button
          type="button"
          onClick={() => onOpen(request.id)}
          className="mt-1.5 inline-flex max-w-full items-center gap-2 rounded-md text-left text-[13px] text-ink-soft hover:text-ink"
        >
          <Badge tone={statusTone(request.status)}>{request.status}</Badge>
          <span className="truncate underline underline-offset-4">{t("request", { method: request.method })}</span>
        </button>
      ) : null}
    </li>
  );
}
