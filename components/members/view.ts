import { parseAsArrayOf, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import type { MemberFilter } from "@/lib/api/members";

// What the members table shows, in the URL: a reload, a link and Back keep it.

const yes = parseAsStringLiteral(["", "yes"]).withDefault("");

const filters = {
  search: parseAsString.withDefault(""),
  state: parseAsStringLiteral(["", "active", "invited", "suspended"]).withDefault(""),
  role: parseAsStringLiteral(["", "admin", "member"]).withDefault(""),
  source: parseAsString.withDefault(""),
  domain: parseAsString.withDefault(""),
  team: parseAsString.withDefault(""),
  noTeam: yes,
  neverSignedIn: yes,
  problem: yes,
  sort: parseAsStringLiteral(["", "name", "lastActive", "joined"]).withDefault(""),
  desc: yes,
};

const looks = {
  hide: parseAsArrayOf(parseAsString).withDefault(["joined"]),
  density: parseAsStringLiteral(["comfortable", "compact"]).withDefault("comfortable"),
};

/** The names of the filters that narrow the list, in the order of their chips. */
export const filterNames = ["state", "role", "source", "domain", "team", "noTeam", "neverSignedIn", "problem"] as const;
export type FilterName = (typeof filterNames)[number];

export function isFiltered(filter: MemberFilter): boolean {
  return !!filter.search || filterNames.some((name) => !!filter[name]);
}

export type View = { hidden: readonly string[]; isDense: boolean };

const nothing = {
  search: "",
  state: "",
  role: "",
  source: "",
  domain: "",
  team: "",
  noTeam: "",
  neverSignedIn: "",
  problem: "",
} as const;

/** The filters and the look of the table. Each change of a filter is a step that Back takes back; null clears them all. */
export function useMemberView() {
  const [values, setValues] = useQueryStates(filters);
  const [{ hide, density }, setLooks] = useQueryStates(looks);
  const setFilter = useCallback(
    (change: Partial<typeof values> | null, isTyping = false) =>
      setValues(change ?? nothing, { history: isTyping ? "replace" : "push" }),
    [setValues],
  );
  const setView = useCallback(
    ({ hidden, isDense }: Partial<View>) =>
      setLooks({
        ...(hidden && { hide: [...hidden] }),
        ...(isDense !== undefined && { density: isDense ? ("compact" as const) : ("comfortable" as const) }),
      }),
    [setLooks],
  );
  const filter = useMemo<MemberFilter>(() => {
    const filled = Object.entries(values).filter(([, value]) => value !== "");
    return Object.fromEntries(filled);
  }, [values]);
  return { filter, setFilter, view: { hidden: hide, isDense: density === "compact" }, setView };
}
