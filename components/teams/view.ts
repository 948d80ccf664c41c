import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import type { TeamFilter } from "@/lib/api/teams";

// What the teams table shows, in the URL: a reload, a link and Back keep it.

const yes = parseAsStringLiteral(["", "yes"]).withDefault("");

const filters = {
  search: parseAsString.withDefault(""),
  source: parseAsString.withDefault(""),
  role: parseAsStringLiteral(["", "admin", "member", "none"]).withDefault(""),
  empty: yes,
  sort: parseAsStringLiteral(["", "name", "members"]).withDefault(""),
  desc: yes,
};

/** The names of the filters that narrow the list, in the order of their chips. */
export const filterNames = ["source", "role", "empty"] as const;
export type FilterName = (typeof filterNames)[number];

export function isFiltered(filter: TeamFilter): boolean {
  return !!filter.search || filterNames.some((name) => !!filter[name]);
}

const nothing = { search: "", source: "", role: "", empty: "" } as const;

/** The filters and the order of the table. Each change is a step that Back takes back; null clears the filters. */
export function useTeamView() {
  const [values, setValues] = useQueryStates(filters);
  const setFilter = useCallback(
    (change: Partial<typeof values> | null, isTyping = false) =>
      setValues(change ?? nothing, { history: isTyping ? "replace" : "push" }),
    [setValues],
  );
  const filter = useMemo<TeamFilter>(
    () => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")),
    [values],
  );
  return { filter, setFilter };
}
