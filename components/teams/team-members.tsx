"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { useCallback, useMemo, useState } from "react";
import { useTranslations } from "use-intl";
import { stateTones } from "@/components/members/state-tones";
import { Badge } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { type Column, DataTable } from "@/components/ui/data-table";
import { DelayedSearch } from "@/components/ui/delayed-search";
import { ErrorNote } from "@/components/ui/error-note";
import { MenuItem, RowMenu } from "@/components/ui/menu";
import { Notes } from "@/components/ui/notes";
import { Time } from "@/components/ui/time";
import { membersKey } from "@/lib/api/members";
import { removeTeamMember, type TeamMemberRow, type TeamRow, teamMembersQuery, teamsKey } from "@/lib/api/teams";
import { AddMember } from "./add-member";

/** Up to this number of people, no search is needed. */
const fewPeople = 10;

type Props = { workspace: string; team: TeamRow };

/** All members of a team. The search is kept in the URL. */
export function TeamMembers({ workspace, team }: Props) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const [adding, setAdding] = useState(false);
  const [search, setSearch] = useQueryState("search", parseAsString.withDefault(""));
  const find = useCallback(
    (text: string, isTyping: boolean) => setSearch(text || null, { history: isTyping ? "replace" : "push" }),
    [setSearch],
  );
  const list = useInfiniteQuery({
    ...teamMembersQuery(workspace, team.id, search),
    placeholderData: (before) => before,
  });
  const members = useMemo(() => list.data?.pages.flatMap((page) => page.members) ?? [], [list.data]);
  const mayChange = team.allowed.includes("change_members");
  const { actions, remove } = useRemoval({ workspace, team });
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        {team.memberCount > fewPeople || search !== "" ? (
          <search className="min-w-0 flex-1 basis-56">
            <DelayedSearch
              label={common("search.people")}
              placeholder={common("search.placeholder")}
              value={search}
              onChange={find}
            />
          </search>
        ) : (
          <span className="flex-1" />
        )}
        {team.memberCount > 0 ? (
          <Link href={`/${workspace}/settings/members?team=${team.id}`} className={buttonClass()}>
            {t("people.show")}
          </Link>
        ) : null}
        {mayChange ? (
          <Button look="primary" onClick={() => setAdding(true)}>
            {t("people.add")}
          </Button>
        ) : null}
      </div>
      <DataTable
        label={t("people.label", { team: team.name })}
        list={list}
        rows={members}
        total={list.data?.pages[0]?.total ?? 0}
        columns={useColumns(workspace)}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        {...(mayChange && { actions })}
        empty={t(search === "" ? "people.empty" : "people.noMatch")}
      />
      <Notes notes={remove.data?.notes} />
      <ErrorNote error={remove.error} />
      {adding ? <AddMember workspace={workspace} team={team} onOpenChange={setAdding} /> : null}
    </>
  );
}

/** A member's menu, and what it does. */
function useRemoval({ workspace, team }: Props) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (member: string) => removeTeamMember(workspace, team.id, member),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: teamsKey(workspace) }),
        client.invalidateQueries({ queryKey: membersKey(workspace) }),
      ]),
  });
  const actions = (member: TeamMemberRow) => (
    <RowMenu label={common("actionsFor", { name: member.name })}>
      <MenuItem danger onSelect={() => remove.mutate(member.id)}>
        {t("people.remove")}
      </MenuItem>
    </RowMenu>
  );
  return { actions, remove };
}

function useColumns(workspace: string): Column<TeamMemberRow>[] {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  return useMemo(
    () => [
      { id: "name", label: t("people.name"), cell: (member) => <Person workspace={workspace} member={member} /> },
      { id: "state", label: common("state"), width: "7rem", cell: (member) => <State member={member} /> },
      {
        id: "since",
        label: t("people.since"),
        width: "12rem",
        from: "lg",
        cell: ({ since }) => (
          <span className="block truncate text-[13px] text-ink-soft">
            <Time at={since} />
          </span>
        ),
      },
    ],
    [workspace, t, common],
  );
}

function State({ member: { state } }: { member: TeamMemberRow }) {
  const t = useTranslations("teams");
  return <Badge tone={stateTones[state]}>{t(`people.state.${state}`)}</Badge>;
}

/** Who it is. On narrow screens, where it is the only column, also what the others say. */
function Person({ workspace, member }: { workspace: string; member: TeamMemberRow }) {
  const t = useTranslations("teams");
  return (
    <div className="min-w-0 sm:py-1.5">
      <Link
        href={`/${workspace}/settings/members/${member.id}`}
        title={member.name}
        className="block truncate font-medium leading-5 underline-offset-4 hover:underline"
      >
        {member.name}
      </Link>
      {member.email === null || member.email === member.name ? null : (
        <p className="truncate text-[13px] text-ink-faint leading-4" title={member.email}>
          {member.email}
        </p>
      )}
      <div className="mt-1.5 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-[13px] text-ink-faint sm:hidden">
        <State member={member} />
        <span>{t.rich("people.sinceShort", { time: () => <Time at={member.since} /> })}</span>
      </div>
    </div>
  );
}
