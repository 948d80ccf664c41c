"use client";

import { useQuery } from "@tanstack/react-query";
import { Columns3 } from "lucide-react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { DelayedSearch } from "@/components/ui/delayed-search";
import { Field } from "@/components/ui/field";
import { FilterButton, FilterChips } from "@/components/ui/filters";
import { Popover } from "@/components/ui/popover";
import { Select } from "@/components/ui/select";
import { connectionsQuery } from "@/lib/api/access-tokens";
import { domainsQuery } from "@/lib/api/domains";
import type { MemberFilter } from "@/lib/api/members";
import { teamQuery } from "@/lib/api/teams";
import { optionalColumns } from "./member-columns";
import { type FilterName, filterNames, type useMemberView } from "./view";

type View = ReturnType<typeof useMemberView>;
type Props = { workspace: string; filter: MemberFilter } & Pick<View, "setFilter">;

/** The search field, and the filters and columns behind a button each. */
export function MemberFilters({ workspace, filter, setFilter, view, setView }: Props & Pick<View, "view" | "setView">) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  return (
    <>
      <DelayedSearch
        label={t("list.search")}
        placeholder={common("search.placeholder")}
        value={filter.search ?? ""}
        onChange={(search, isTyping) => setFilter({ search }, isTyping)}
      />
      <FilterButton>
        <Panel workspace={workspace} filter={filter} setFilter={setFilter} />
      </FilterButton>
      <Popover
        label={t("view.title")}
        trigger={
          <Button>
            <Columns3 aria-hidden className="size-4" />
            {t("view.title")}
          </Button>
        }
      >
        <fieldset className="space-y-2.5">
          <legend className="mb-2 font-medium text-[13px]">{t("view.columns")}</legend>
          {optionalColumns.map((id) => (
            <Checkbox
              key={id}
              label={id === "state" ? common("state") : t(`column.${id}`)}
              checked={!view.hidden.includes(id)}
              onChange={(isShown) =>
                setView({ hidden: isShown ? view.hidden.filter((one) => one !== id) : [...view.hidden, id] })
              }
            />
          ))}
        </fieldset>
        <Field label={t("view.sort")}>
          {(props) => (
            <Select
              {...props}
              value={filter.sort || "name"}
              onChange={(sort) => setFilter({ sort: sort as "name" })}
              options={(["name", "lastActive", "joined"] as const).map((value) => ({
                value,
                label: t(`column.${value}`),
              }))}
            />
          )}
        </Field>
        <Checkbox
          label={t("view.descending")}
          checked={filter.desc === "yes"}
          onChange={(isDescending) => setFilter({ desc: isDescending ? "yes" : "" })}
        />
        <Checkbox label={t("view.compact")} checked={view.isDense} onChange={(isDense) => setView({ isDense })} />
      </Popover>
    </>
  );
}

function Panel({ workspace, filter, setFilter }: Props) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const { data: connections = [] } = useQuery(connectionsQuery(workspace));
  const { data: domains = [] } = useQuery(domainsQuery(workspace));
  const any = { value: "", label: common("filter.any") };
  const selects = [
    {
      name: "state",
      label: common("state"),
      options: (["active", "invited", "suspended"] as const).map((value) => ({ value, label: t(`state.${value}`) })),
    },
    {
      name: "role",
      label: t("column.role"),
      options: (["admin", "member"] as const).map((value) => ({ value, label: common(`role.${value}`) })),
    },
    {
      name: "source",
      label: t("column.source"),
      options: [
        { value: "app", label: t("column.app") },
        ...connections.map(({ id, name }) => ({ value: id, label: name })),
      ],
    },
    {
      name: "domain",
      label: t("filter.domain"),
      options: domains.map(({ name, displayName }) => ({ value: name, label: displayName })),
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
      <div className="space-y-2.5">
        {(["noTeam", "neverSignedIn", "problem"] as const).map((name) => (
          <Checkbox
            key={name}
            label={t(`filter.${name}`)}
            checked={filter[name] === "yes"}
            onChange={(isOn) => setFilter({ [name]: isOn ? "yes" : "" })}
          />
        ))}
      </div>
    </>
  );
}

/** The filters that are set. */
export function MemberChips({ workspace, filter, setFilter }: Props) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const { source = "", team: teamId = "" } = filter;
  const { data: connections = [] } = useQuery({
    ...connectionsQuery(workspace),
    enabled: source !== "" && source !== "app",
  });
  const { data: team } = useQuery({ ...teamQuery(workspace, teamId), enabled: teamId !== "" });
  const labels: Record<FilterName, (value: string) => string> = {
    state: (value) => t(`state.${value as "active"}`),
    role: (value) => common(`role.${value as "admin"}`),
    source: (value) => connections.find(({ id }) => id === value)?.name ?? t("column.app"),
    domain: (value) => value,
    team: () => t("filter.team", { team: team?.name ?? "…" }),
    noTeam: () => t("filter.noTeam"),
    neverSignedIn: () => t("filter.neverSignedIn"),
    problem: () => t("filter.problem"),
  };
  const chips = filterNames
    .filter((name) => !!filter[name])
    .map((name) => ({ name, label: labels[name](filter[name] ?? "") }));
  return <FilterChips chips={chips} onRemove={(name) => setFilter({ [name]: "" })} onClear={() => setFilter(null)} />;
}
