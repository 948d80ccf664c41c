"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslations } from "use-intl";
import { Field, inputClass } from "@/components/ui/field";
import { teamsQuery } from "@/lib/api/teams";

/** The most teams that are offered at once; a search finds the others. */
const most = 6;

export type Team = { id: string; name: string };

/** Finds one of the teams that may be changed here. */
export function TeamChoice({
  workspace,
  value,
  onChange,
}: {
  workspace: string;
  value: Team | null;
  onChange: (team: Team) => void;
}) {
  const t = useTranslations("members");
  const [text, setText] = useState("");
  const search = useDeferredValue(text);
  const list = useInfiniteQuery({ ...teamsQuery(workspace, { search }), placeholderData: (before) => before });
  const found = (list.data?.pages[0]?.teams ?? []).slice(0, most);
  // The chosen one stays in sight, whatever is searched next.
  const isElsewhere = value !== null && !found.some(({ id }) => id === value.id);
  return (
    <Field label={t("bulk.team")}>
      {(props) => (
        <>
          <input
            {...props}
            type="search"
            className={inputClass}
            placeholder={t("bulk.teamSearch")}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <fieldset className="mt-2 space-y-1">
            <legend className="sr-only">{t("bulk.team")}</legend>
            {isElsewhere ? <p className="px-2 py-1.5 font-medium">{value.name}</p> : null}
            {found.map((team) => {
              const isLocked = !team.allowed.includes("change_members");
              return (
                <label
                  key={team.id}
                  className={`flex items-center gap-2.5 rounded-md px-2 py-1.5 ${isLocked ? "text-ink-faint" : "hover:bg-hover"}`}
                >
                  <input
                    type="radio"
                    name="team"
                    className="size-4 accent-accent"
                    checked={value?.id === team.id}
                    disabled={isLocked}
                    onChange={() => onChange({ id: team.id, name: team.name })}
                  />
                  <span className="min-w-0 flex-1 truncate">{team.name}</span>
                  {team.managedBy ? (
                    <span className="text-[13px]">{t("managedBy", { connection: team.managedBy.name })}</span>
                  ) : null}
                </label>
              );
            })}
            {list.isSuccess && found.length === 0 ? <p className="px-2 text-ink-soft">{t("bulk.noTeam")}</p> : null}
          </fieldset>
        </>
      )}
    </Field>
  );
}
