"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { ListCard } from "@/components/ui/list-card";
import { MenuItem, RowMenu } from "@/components/ui/menu";
import { Notes } from "@/components/ui/notes";
import { SearchField } from "@/components/ui/search-field";
import { Section } from "@/components/ui/section";
import { removeTeamMember, type TeamRow, teamMembersQuery, teamsKey } from "@/lib/api/teams";
import { AddMember } from "./add-member";

/** Below this number of people, no search is needed. */
const fewPeople = 10;

/** All members of a team, page by page. */
export function TeamMembers({ workspace, team }: { workspace: string; team: TeamRow }) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [text, setText] = useState("");
  const search = useDeferredValue(text);
  const list = useInfiniteQuery({
    ...teamMembersQuery(workspace, team.id, search),
    placeholderData: (before) => before,
  });
  const members = list.data?.pages.flatMap((page) => page.members) ?? [];
  const mayChange = team.allowed.includes("change_members");
  const remove = useMutation({
    mutationFn: (member: string) => removeTeamMember(workspace, team.id, member),
    onSettled: () => client.invalidateQueries({ queryKey: teamsKey(workspace) }),
  });
  return (
    <Section
      title={t("people.title")}
      action={mayChange ? <Button onClick={() => setAdding(true)}>{t("people.add")}</Button> : null}
    >
      {team.memberCount > fewPeople ? (
        <search className="mb-3 block">
          <SearchField
            label={common("search.people")}
            placeholder={common("search.placeholder")}
            value={text}
            onChange={setText}
          />
        </search>
      ) : null}
      <ListCard list={list} isEmpty={members.length === 0} empty={t(search === "" ? "people.empty" : "people.noMatch")}>
        {members.map((member) => (
          <li key={member.id} className="flex items-center gap-3 px-5 py-3">
            <span className="min-w-0 flex-1 truncate font-medium">{member.name}</span>
            <span className="min-w-0 max-w-[50%] truncate text-[13px] text-ink-faint">{member.email}</span>
            {member.state === "active" ? null : <Badge>{t(`people.${member.state}`)}</Badge>}
            {mayChange ? (
              <RowMenu label={common("actionsFor", { name: member.name })}>
                <MenuItem danger onSelect={() => remove.mutate(member.id)}>
                  {t("people.remove")}
                </MenuItem>
              </RowMenu>
            ) : null}
          </li>
        ))}
      </ListCard>
      <Notes notes={remove.data?.notes} />
      <ErrorNote error={remove.error} />
      {adding ? <AddMember workspace={workspace} team={team} onOpenChange={setAdding} /> : null}
    </Section>
  );
}
