"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { parseAsString, useQueryStates } from "nuqs";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import { SearchField } from "@/components/ui/search-field";
import { Select } from "@/components/ui/select";
import { membersQuery } from "@/lib/api/members";
import { InviteMemberDialog } from "./invite-member";
import { MemberItem } from "./member-item";

const states = ["", "active", "invited", "suspended"] as const;

/** The workspace's people; search and filter are kept in the URL. */
export function Members({ workspace }: { workspace: string }) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const [filter, setFilter] = useQueryStates({
    search: parseAsString.withDefault(""),
    state: parseAsString.withDefault(""),
  });
  const [search, setSearch] = useState(filter.search);
  const [inviting, setInviting] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setFilter({ search: search || null }), 250);
    return () => clearTimeout(timer);
  }, [search, setFilter]);
  const list = useInfiniteQuery({ ...membersQuery(workspace, filter), placeholderData: (before) => before });
  const members = list.data?.pages.flatMap((page) => page.members) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  return (
    <>
      <search className="mb-3 flex flex-wrap items-center gap-2">
        <SearchField
          label={t("list.search")}
          placeholder={common("search.placeholder")}
          value={search}
          onChange={setSearch}
        />
        <Select
          compact
          aria-label={common("state")}
          value={filter.state}
          onChange={(state) => setFilter({ state: state || null })}
          options={states.map((state) => ({ value: state, label: t(`state.${state || "all"}`) }))}
        />
        <span role="status" className="text-[13px] text-ink-faint">
          {list.data === undefined ? "" : t("list.count", { count: total })}
        </span>
        <Button look="primary" className="ml-auto" onClick={() => setInviting(true)}>
          {t("invite.open")}
        </Button>
      </search>
      {inviting ? <InviteMemberDialog workspace={workspace} onOpenChange={setInviting} /> : null}
      <ListCard list={list} isEmpty={members.length === 0} empty={t("list.empty")}>
        {members.map((member) => (
          <MemberItem key={member.id} workspace={workspace} member={member} />
        ))}
      </ListCard>
    </>
  );
}
