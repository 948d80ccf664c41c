"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Checkbox } from "@/components/ui/checkbox";
import { DelayedSearch } from "@/components/ui/delayed-search";
import { Field } from "@/components/ui/field";
import { FilterButton, FilterChips } from "@/components/ui/filters";
import { Select } from "@/components/ui/select";
import { connectionsQuery } from "@/lib/api/access-tokens";
import type { TeamFilter } from "@/lib/api/teams";
import { type FilterName, filterNames, type useTeamView } from "./view";

type Props = { workspace: string; filter: TeamFilter } & Pick<ReturnType<typeof useTeamView>, "setFilter">;

/** The search field, and the filters behind a button. */
export function TeamFilters({ workspace, filter, setFilter }: Props) {
  const t = useTranslations("teams");
  return (
    <>
      <DelayedSearch
        label={t("list.search")}
        placeholder={t("list.placeholder")}
        value={filter.search ?? ""}
        onChange={(search, isTyping) => setFilter({ search }, isTyping)}
      />
      <FilterButton>
        <Panel workspace={workspace} filter={filter} setFilter={setFilter} />
      </FilterButton>
    </>
  );
}

function Panel({ workspace, filter, setFilter }: Props) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const { data: connections = [] } = useQuery(connectionsQuery(workspace));
  const any = { value: "", label: common("filter.any") };
  const selects = [
    {
      name: "source",
      label: t("column.source"),
      options: [
        { value: "app", label: t("column.app") },
        ...connections.map(({ id, name }) => ({ value: id, label: name })),
      ],
    },
    {
      name: "role",
      label: t("column.role"),
      options: [
        { value: "admin", label: common("role.admin") },
        { value: "member", label: common("role.member") },
        { value: "none", label: t("role.none") },
      ],
    },
  ] as const;
  return (
    <>
      {selects.map(({ name, label, options }) => (
        <Field key={name} label={label}>
          {(props) => (
            <Select
              {...props}
              value={filter[name] ?? ""}
              onChange={(value) => setFilter({ [name]: value })}
              options={[any, ...options]}
            />
          )}
        </Field>
      ))}
      <Checkbox
        label={t("filter.empty")}
        checked={filter.empty === "yes"}
        onChange={(isOn) => setFilter({ empty: isOn ? "yes" : "" })}
      />
    </>
  );
}

/** The filters that are set. */
export function TeamChips({ workspace, filter, setFilter }: Props) {
  const t = useTranslations("teams");
  const { source = "" } = filter;
  const { data: connections = [] } = useQuery({
    ...connectionsQuery(workspace),
    enabled: source !== "" && source !== "app",
  });
  const labels: Record<FilterName, (value: string) => string> = {
    source: (value) => connections.find(({ id }) => id === value)?.name ?? t("column.app"),
    role: (value) => t(`filter.gives.${value as "admin"}`),
    empty: () => t("filter.empty"),
  };
  const chips = filterNames
    .filter((name) => !!filter[name])
    .map((name) => ({ name, label: labels[name](filter[name] ?? "") }));
  return <FilterChips chips={chips} onRemove={(name) => setFilter({ [name]: "" })} onClear={() => setFilter(null)} />;
}
