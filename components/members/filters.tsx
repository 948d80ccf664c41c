"use client";

import { useQuery } from "@tanstack/react-query";
import { Columns3, ListFilter, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Popover } from "@/components/ui/popover";
import { SearchField } from "@/components/ui/search-field";
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
      <Search value={filter.search ?? ""} onChange={(search, isTyping) => setFilter({ search }, isTyping)} />
      <Popover
        label={t("filter.title")}
        trigger={
          <Button>
            <ListFilter aria-hidden className="size-4" />
            {t("filter.title")}
          </Button>
        }
      >
        <Panel workspace={workspace} filter={filter} setFilter={setFilter} />
      </Popover>
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

const searchId = "members-search";

/** The button that had the focus goes with its filter. */
const focusSearch = () => document.getElementById(searchId)?.focus();

/** Searches a quarter of a second after the last letter. The first letter is a step for Back; the others belong to it. */
function Search({ value, onChange }: { value: string; onChange: (search: string, isTyping: boolean) => void }) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value); // Back, or a chip
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text, value !== "" && text !== ""), 250);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <SearchField
      id={searchId}
      label={t("list.search")}
      placeholder={common("search.placeholder")}
      value={text}
      onChange={setText}
    />
  );
}

function Panel({ workspace, filter, setFilter }: Props) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const { data: connections = [] } = useQuery(connectionsQuery(workspace));
  const { data: domains = [] } = useQuery(domainsQuery(workspace));
  const any = { value: "", label: t("filter.any") };
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

/** The filters that are set; each goes by its cross. */
export function FilterChips({ workspace, filter, setFilter }: Props) {
  const t = useTranslations("members");
  const set = filterNames.filter((name) => !!filter[name]);
  if (set.length === 0) return null;
  return (
    <ul className="mt-2 flex flex-wrap items-center gap-2">
      {set.map((name) => (
        <li key={name}>
          <Chip
            workspace={workspace}
            filter={filter}
            name={name}
            onRemove={() => {
              setFilter({ [name]: "" });
              focusSearch();
            }}
          />
        </li>
      ))}
      <li>
        <Button
          size="small"
          look="quiet"
          onClick={() => {
            setFilter(null);
            focusSearch();
          }}
        >
          {t("list.clear")}
        </Button>
      </li>
    </ul>
  );
}

type ChipProps = { workspace: string; filter: MemberFilter; name: FilterName; onRemove: () => void };

function Chip({ workspace, filter, name, onRemove }: ChipProps) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const value = filter[name] ?? "";
  const isConnection = name === "source" && value !== "app";
  const { data: connections = [] } = useQuery({ ...connectionsQuery(workspace), enabled: isConnection });
  const { data: team } = useQuery({ ...teamQuery(workspace, value), enabled: name === "team" });
  const labels: Record<FilterName, () => string> = {
    state: () => t(`state.${value as "active"}`),
    role: () => common(`role.${value as "admin"}`),
    source: () => connections.find(({ id }) => id === value)?.name ?? t("column.app"),
    domain: () => value,
    team: () => t("filter.team", { team: team?.name ?? "…" }),
    noTeam: () => t("filter.noTeam"),
    neverSignedIn: () => t("filter.neverSignedIn"),
    problem: () => t("filter.problem"),
  };
  const label = labels[name]();
  return (
    <button
      type="button"
      aria-label={t("filter.remove", { filter: label })}
      onClick={onRemove}
      className="inline-flex h-7 max-w-64 items-center gap-1.5 rounded-full border bg-surface px-2.5 text-[13px] hover:bg-hover"
    >
      <span className="truncate">{label}</span>
      <X aria-hidden className="size-3.5 shrink-0 text-ink-faint" />
    </button>
  );
}
