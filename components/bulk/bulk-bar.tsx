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

/** Members by their ids, or all that match the filters, loaded or not. */
export type Selection = { ids: ReadonlySet<string>; isAll: boolean };

type Props = {
  workspace: string;
  filter: MemberFilter;
  /** How many members match the filters, and how many of them are loaded. */
  total: number;
  loaded: number;
  selection: Selection;
  onSelect: (selection: Selection) => void;
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

/** What can be done with the selected members. */
export function BulkBar({ workspace, filter, total, loaded, selection, onSelect }: Props) {
  const t = useTranslations("members");
  const client = useQueryClient();
  const [action, setAction] = useState<BulkAction | null>(null);
  const { ids, isAll } = selection;
  const count = isAll ? total : ids.size;
  const chosen: Chosen = isAll ? { filter } : { ids: [...ids] };
  const clear = () => onSelect({ ids: new Set(), isAll: false });
  const close = (isDone: boolean) => {
    setAction(null);
    if (!isDone) return;
    clear();
    void client.invalidateQueries({ queryKey: membersKey(workspace) });
    void client.invalidateQueries({ queryKey: teamsKey(workspace) });
  };
  return (
    <>
      <span role="status" className="sr-only">
        {count > 0 ? t("bulk.selected", { count }) : ""}
      </span>
      {count > 0 ? (
        <section
          data-bar
          aria-label={t("bulk.label")}
          className="sticky bottom-4 z-20 mt-4 flex flex-wrap items-center gap-2 rounded-xl border bg-surface px-4 py-2.5 shadow-lift"
        >
          <span aria-hidden className="font-medium">
            {t("bulk.selected", { count })}
          </span>
          {!isAll && ids.size >= loaded && total > loaded ? (
            <Button size="small" look="quiet" onClick={() => onSelect({ ids, isAll: true })}>
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
            <Button size="small" look="quiet" onClick={clear}>
              {t("bulk.clear")}
            </Button>
          </span>
        </section>
      ) : null}
      {action ? <BulkDialog workspace={workspace} action={action} chosen={chosen} onClose={close} /> : null}
    </>
  );
}
