"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNote } from "@/components/ui/error-note";
import { inputClass } from "@/components/ui/field";
import { Notes } from "@/components/ui/notes";
import { membersKey, membersQuery } from "@/lib/api/members";
import { addTeamMember, type TeamRow, teamsKey } from "@/lib/api/teams";

type Props = { workspace: string; team: TeamRow; onOpenChange: (open: boolean) => void };

/** Finds someone in the workspace and adds them to the team. */
export function AddMember({ workspace, team, onOpenChange }: Props) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [text, setText] = useState("");
  const search = useDeferredValue(text);
  const found = useInfiniteQuery({
    ...membersQuery(workspace, { search, state: "", outsideTeam: team.id }),
    placeholderData: (before) => before,
  });
  const add = useMutation({
    mutationFn: (member: string) => addTeamMember(workspace, team.id, member),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: teamsKey(workspace) }),
        client.invalidateQueries({ queryKey: membersKey(workspace) }),
      ]),
  });
  const people = (found.data?.pages[0]?.members ?? []).slice(0, 6);
  return (
    <Dialog open onOpenChange={onOpenChange} title={t("addMember.title", { team: team.name })}>
      <input
        type="search"
        aria-label={common("search.people")}
        placeholder={common("search.placeholder")}
        className={inputClass}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <ul className="mt-3 divide-y">
        {people.map((person) => (
          <li key={person.id} className="flex items-center gap-3 py-2">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{person.name}</span>
              <span className="block truncate text-[13px] text-ink-faint">{person.email ?? person.userName}</span>
            </span>
            <Button
              size="small"
              aria-label={t("addMember.of", { name: person.name })}
              disabled={add.isPending}
              onClick={() => add.mutate(person.id)}
            >
              {t("addMember.action")}
            </Button>
          </li>
        ))}
        {people.length === 0 && found.isSuccess ? (
          <li className="py-6 text-center text-ink-soft">{t("addMember.empty")}</li>
        ) : null}
      </ul>
      <Notes notes={add.data?.notes} />
      <ErrorNote error={add.error ?? found.error} />
    </Dialog>
  );
}
