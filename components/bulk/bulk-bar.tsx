"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import type { BulkAction, Chosen } from "@/lib/api/bulk/changes";
import { type MemberFilter, membersKey } from "@/lib/api/members";
import { teamsKey } from "@/lib/api/teams";
import { BulkDialog } from "./bulk-dialog";

type Props = {
  workspace: string;
  filter: MemberFilter;
  /** How many members match the filter, and how many of them are loaded. */
  total: number;
  loaded: number;
  nameOf: (id: string) => string;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
};

const common: readonly BulkAction[] = ["suspend", "reactivate"];
const others: readonly BulkAction[] = [
  "add_to_team",
  "remove_from_team",
  "make_admin",
  "make_member",
  "resend_invite",
  "cancel_invite",
];

/** What can be done with the selected members. All that match the filter can be chosen, loaded or not. */
export function BulkBar({ workspace, filter, total, loaded, nameOf, selected, onSelect }: Props) {
  const t = useTranslations("members");
  const client = useQueryClient();
  const [isAll, setAll] = useState(false);
  const [action, setAction] = useState<BulkAction | null>(null);
  const count = isAll ? total : selected.size;
  if (selected.size === 0) return null;
  const chosen: Chosen = isAll ? { filter } : { ids: [...selected] };
  const close = async (isDone: boolean) => {
    setAction(null);
    if (!isDone) return;
    onSelect(new Set());
    setAll(false);
    await Promise.all([
      client.invalidateQueries({ queryKey: membersKey(workspace) }),
      client.invalidateQueries({ queryKey: teamsKey(workspace) }),
    ]);
  };
  return (
    <section
      aria-label={t("bulk.label")}
      className="sticky bottom-4 z-20 mt-4 flex flex-wrap items-center gap-2 rounded-xl border bg-surface px-4 py-2.5 shadow-lift"
    >
      <span role="status" className="font-medium">
        {t("bulk.selected", { count })}
      </span>
      {!isAll && selected.size >= loaded && total > loaded ? (
        <Button size="small" look="quiet" onClick={() => setAll(true)}>
          {t("bulk.selectAll", { count: total })}
        </Button>
      ) : null}
      <span className="ml-auto flex flex-wrap items-center gap-2">
        {common.map((one) => (
          <Button key={one} size="small" onClick={() => setAction(one)}>
            {t(`bulk.action.${one}`)}
          </Button>
        ))}
        <Menu trigger={<Button size="small">{t("bulk.more")}</Button>}>
          {others.map((one, place) => (
            <div key={one}>
              {place === 2 || place === 4 ? <MenuSeparator /> : null}
              <MenuItem onSelect={() => setAction(one)}>{t(`bulk.action.${one}`)}</MenuItem>
            </div>
          ))}
        </Menu>
        <Button
          size="small"
          look="quiet"
          onClick={() => {
            onSelect(new Set());
            setAll(false);
          }}
        >
          {t("bulk.clear")}
        </Button>
      </span>
      {action ? (
        <BulkDialog workspace={workspace} action={action} chosen={chosen} nameOf={nameOf} onClose={close} />
      ) : null}
    </section>
  );
}
