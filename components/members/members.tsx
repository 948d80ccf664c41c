"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo, useState } from "react";
import { useTranslations } from "use-intl";
import { BulkBar, type Selection } from "@/components/bulk/bulk-bar";
import { ListMenu } from "@/components/bulk/list-menu";
import { Button } from "@/components/ui/button";
import { DataTable } from "@/components/ui/data-table";
import { type MemberFilter, membersQuery } from "@/lib/api/members";
import { MemberChips, MemberFilters } from "./filters";
import { InviteMemberDialog } from "./invite-member";
import { useMemberColumns } from "./member-columns";
import { MemberMenu } from "./member-menu";
import { isFiltered, useMemberView } from "./view";

/** The workspace's people. Search, filters, order, columns and density are kept in the URL. */
export function Members({ workspace }: { workspace: string }) {
  const t = useTranslations("members");
  const { filter, view, setFilter, setView } = useMemberView();
  const [inviting, setInviting] = useState(false);
  const list = useInfiniteQuery({ ...membersQuery(workspace, filter), placeholderData: (before) => before });
  const members = useMemo(() => list.data?.pages.flatMap((page) => page.members) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? 0;
  const columns = useMemberColumns(workspace, view.isDense);
  const { selection, setSelection } = useSelection(filter);
  const selected = selection.isAll ? new Set(members.map(({ id }) => id)) : selection.ids;
  return (
    <div data-wide>
      <search className="mb-3 block">
        <div className="flex flex-wrap items-center gap-2">
          <MemberFilters workspace={workspace} filter={filter} setFilter={setFilter} view={view} setView={setView} />
          <span role="status" className="text-[13px] text-ink-faint">
            {list.data === undefined ? "" : t("list.count", { count: total })}
          </span>
          <span className="ml-auto flex items-center gap-2">
            <ListMenu workspace={workspace} filter={filter} onSelect={(ids) => setSelection({ ids, isAll: false })} />
            <Button look="primary" onClick={() => setInviting(true)}>
              {t("invite.open")}
            </Button>
          </span>
        </div>
        <MemberChips workspace={workspace} filter={filter} setFilter={setFilter} />
      </search>
      {inviting ? <InviteMemberDialog workspace={workspace} onOpenChange={setInviting} /> : null}
      <DataTable
        label={t("list.label")}
        list={list}
        rows={members}
        total={total}
        columns={columns}
        hidden={view.hidden}
        isDense={view.isDense}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        actions={(member) => <MemberMenu workspace={workspace} member={member} />}
        sort={{ by: filter.sort || "name", isDescending: filter.desc === "yes" }}
        onSort={({ by, isDescending }) =>
          setFilter({ sort: by as NonNullable<typeof filter.sort>, desc: isDescending ? "yes" : "" })
        }
        selected={selected}
        onSelect={(ids) => setSelection({ ids, isAll: false })}
        empty={
          <Nobody
            workspace={workspace}
            search={filter.search ?? ""}
            isFiltered={isFiltered(filter)}
            clear={setFilter}
          />
        }
      />
      <BulkBar
        workspace={workspace}
        filter={filter}
        total={total}
        loaded={members.length}
        selection={selection}
        onSelect={setSelection}
      />
    </div>
  );
}

const nobody: Selection = { ids: new Set(), isAll: false };

/** Who is selected. Other filters list other people, so they begin without a selection; another order keeps it. */
function useSelection({ sort: _sort, desc: _desc, ...filter }: MemberFilter) {
  const of = JSON.stringify(filter);
  const [{ of: before, selection }, set] = useState({ of, selection: nobody });
  if (before !== of) set({ of, selection: nobody });
  return {
    selection: before === of ? selection : nobody,
    setSelection: (next: Selection) => set({ of, selection: next }),
  };
}

type NobodyProps = {
  workspace: string;
  search: string;
  isFiltered: boolean;
  clear: ReturnType<typeof useMemberView>["setFilter"];
};

/** Nobody matches. Somebody whom an identity provider asked for, and who isn't here, is in the provisioning log. */
function Nobody({ workspace, search, isFiltered, clear }: NobodyProps) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const query = new URLSearchParams({ search });
  return (
    <>
      <p>{t("list.empty")}</p>
      <div className="mt-3 flex flex-wrap justify-center gap-x-4 gap-y-2">
        {isFiltered ? (
          <Button size="small" onClick={() => clear(null)}>
            {common("filter.clear")}
          </Button>
        ) : null}
        {search === "" ? null : (
          <Link
            href={`/${workspace}/settings/provisioning?${query}`}
            className="self-center text-ink underline underline-offset-4"
          >
            {t("list.searchRequests")}
          </Link>
        )}
      </div>
    </>
  );
}
