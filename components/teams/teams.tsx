"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronRight, Lock, Users } from "lucide-react";
import Link from "next/link";
import { useDeferredValue, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import { SearchField } from "@/components/ui/search-field";
import { EmptyState, Section } from "@/components/ui/section";
import { type TeamRow, teamsQuery } from "@/lib/api/teams";
import { counted } from "@/lib/format";
import { NameTeam } from "./name-team";

/** The workspace's teams, managed and unmanaged. */
export function Teams({ workspace }: { workspace: string }) {
  const [naming, setNaming] = useState(false);
  const [text, setText] = useState("");
  const search = useDeferredValue(text);
  const list = useInfiniteQuery({ ...teamsQuery(workspace, search), placeholderData: (before) => before });
  const teams = list.data?.pages.flatMap((page) => page.teams) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  const isNone = list.isSuccess && total === 0 && search === "";
  const add = (
    <Button look="primary" onClick={() => setNaming(true)}>
      + New team
    </Button>
  );
  return (
    <Section
      title={list.data === undefined ? "Teams" : counted(total, "team")}
      lead="A team can give its people a role, for identity providers that send none."
      action={isNone ? null : add}
    >
      {isNone ? (
        <EmptyState icon={Users} title="No team yet" action={add}>
          Push a group from your identity provider, and it becomes a team with the same people. Or create one here.
        </EmptyState>
      ) : (
        <>
          <search className="mb-3 block">
            <SearchField label="Search teams" placeholder="Team name" value={text} onChange={setText} />
          </search>
          <ListCard list={list} isEmpty={teams.length === 0} empty="No team matches. Change the search.">
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
  return (
    <Link
      href={`/${workspace}/settings/teams/${team.id}`}
      className="flex items-center gap-3 px-5 py-3.5 hover:bg-hover"
    >
      <span className="min-w-0 flex-1 truncate font-medium">{team.name}</span>
      {team.managedBy ? (
        <span className="hidden items-center gap-1 text-[13px] text-ink-faint sm:inline-flex">
          <Lock aria-hidden className="size-3" />
          Managed by {team.managedBy.name}
        </span>
      ) : null}
      {team.role ? (
        <Badge tone={team.role === "admin" ? "accent" : "neutral"}>
          {team.role === "admin" ? "Gives admin" : "Gives member"}
        </Badge>
      ) : null}
      <span className="text-[13px] text-ink-faint tabular-nums">{counted(team.memberCount, "member")}</span>
      <ChevronRight aria-hidden className="size-4 text-ink-faint" />
    </Link>
  );
}
