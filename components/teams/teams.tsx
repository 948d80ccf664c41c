"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/section";
import { teamsQuery } from "@/lib/api/teams";
import { TeamChips, TeamFilters } from "./filters";
import { NameTeam } from "./name-team";
import { useTeamColumns } from "./team-columns";
import { isFiltered, useTeamView } from "./view";

/** The workspace's teams, managed and unmanaged. Search, filters and order are kept in the URL. */
export function Teams({ workspace }: { workspace: string }) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const { filter, setFilter } = useTeamView();
  const [naming, setNaming] = useState(false);
  const list = useInfiniteQuery({ ...teamsQuery(workspace, filter), placeholderData: (before) => before });
  const teams = useMemo(() => list.data?.pages.flatMap((page) => page.teams) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? 0;
  const columns = useTeamColumns(workspace);
  const isNone = list.isSuccess && !list.isPlaceholderData && total === 0 && !isFiltered(filter);
  const add = (
    <Button look="primary" onClick={() => setNaming(true)}>
      {t("list.new")}
    </Button>
  );
  return (
    <div data-wide>
      {isNone ? (
        <EmptyState icon={Users} title={t("list.noneTitle")} action={add}>
          {t("list.none")}
        </EmptyState>
      ) : (
        <>
          <search className="mb-3 block">
            <div className="flex flex-wrap items-center gap-2">
              <TeamFilters workspace={workspace} filter={filter} setFilter={setFilter} />
              <span role="status" className="text-[13px] text-ink-faint">
                {list.data === undefined ? "" : t("list.count", { count: total })}
              </span>
              <span className="ml-auto">{add}</span>
            </div>
            <TeamChips workspace={workspace} filter={filter} setFilter={setFilter} />
          </search>
          <DataTable
            label={t("list.label")}
            list={list}
            rows={teams}
            total={total}
            columns={columns}
            idOf={({ id }) => id}
            nameOf={({ name }) => name}
            sort={{ by: filter.sort || "name", isDescending: filter.desc === "yes" }}
            onSort={({ by, isDescending }) =>
              setFilter({ sort: by === "members" ? "members" : "name", desc: isDescending ? "yes" : "" })
            }
            empty={
              <>
                <p>{t("list.empty")}</p>
                <div className="mt-3">
                  <Button size="small" onClick={() => setFilter(null)}>
                    {common("filter.clear")}
                  </Button>
                </div>
              </>
            }
          />
        </>
      )}
      <NameTeam workspace={workspace} open={naming} onOpenChange={setNaming} />
    </div>
  );
}
