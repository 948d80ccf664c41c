"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronRight, Lock, Users } from "lucide-react";
import Link from "next/link";
import { useDeferredValue, useState } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import { SearchField } from "@/components/ui/search-field";
import { EmptyState, Section } from "@/components/ui/section";
import { type TeamRow, teamsQuery } from "@/lib/api/teams";
import { NameTeam } from "./name-team";

/** The workspace's teams, managed and unmanaged. */
export function Teams({ workspace }: { workspace: string }) {
  const t = useTranslations("teams");
  const [naming, setNaming] = useState(false);
  const [text, setText] = useState("");
  const search = useDeferredValue(text);
  const list = useInfiniteQuery({ ...teamsQuery(workspace, search), placeholderData: (before) => before });
  const teams = list.data?.pages.flatMap((page) => page.teams) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  const isNone = list.isSuccess && total === 0 && search === "";
  const add = (
    <Button look="primary" onClick={() => setNaming(true)}>
      {t("list.new")}
    </Button>
  );
  return (
    <Section
      title={list.data === undefined ? t("list.title") : t("list.count", { count: total })}
      lead={t("list.lead")}
      action={isNone ? null : add}
    >
      {isNone ? (
        <EmptyState icon={Users} title={t("list.noneTitle")} action={add}>
          {t("list.none")}
        </EmptyState>
      ) : (
        <>
          <search className="mb-3 block">
            <SearchField label={t("list.search")} placeholder={t("list.placeholder")} value={text} onChange={setText} />
          </search>
          <ListCard list={list} isEmpty={teams.length === 0} empty={t("list.empty")}>
            {teams.map((team) => (
              <li key={team.id}>
                <TeamLink workspace={workspace} team={team} />
              </li>
            ))}
          </ListCard>
        </>
      )}
      <NameTeam workspace={workspace} open={naming} onOpenChange={setNaming} />
    </Section>
  );
}

function TeamLink({ workspace, team }: { workspace: string; team: TeamRow }) {
  const t = useTranslations("teams");
  return (
    <Link
      href={`/${workspace}/settings/teams/${team.id}`}
      className="flex items-center gap-3 px-5 py-3.5 hover:bg-hover"
    >
      <span className="min-w-0 flex-1 truncate font-medium">{team.name}</span>
      {team.managedBy ? (
        <span className="hidden items-center gap-1 text-[13px] text-ink-faint sm:inline-flex">
          <Lock aria-hidden className="size-3" />
          {t("managedBy", { connection: team.managedBy.name })}
        </span>
      ) : null}
      {team.role ? (
        <Badge tone={team.role === "admin" ? "accent" : "neutral"}>
          {t(team.role === "admin" ? "list.givesAdmin" : "list.givesMember")}
        </Badge>
      ) : null}
      <span className="text-[13px] text-ink-faint tabular-nums">{t("list.members", { count: team.memberCount })}</span>
      <ChevronRight aria-hidden className="size-4 text-ink-faint" />
    </Link>
  );
}
