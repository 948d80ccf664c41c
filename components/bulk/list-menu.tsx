"use client";

import { useMutation } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { exportMembers } from "@/lib/api/bulk/lists";
import type { MemberFilter } from "@/lib/api/members";
import { InviteMany } from "./invite-many";
import { SelectFromList } from "./select-from-list";

type Props = { workspace: string; filter: MemberFilter; onSelect: (selected: ReadonlySet<string>) => void };

/** What is done with lists: invite from one, select by one, and export one of those who match the filters. */
export function ListMenu({ workspace, filter, onSelect }: Props) {
  const t = useTranslations("members");
  const [dialog, setDialog] = useState<"invite" | "select" | null>(null);
  const download = useMutation({
    mutationFn: (format: "csv" | "jsonl") => exportMembers(workspace, { chosen: { filter }, format }),
  });
  return (
    <>
      <Menu
        trigger={
          <Button pending={download.isPending}>
            {t("lists.menu")}
            <ChevronDown aria-hidden className="size-4" />
          </Button>
        }
      >
        <MenuItem onSelect={() => setDialog("invite")}>{t("import.open")}</MenuItem>
        <MenuItem onSelect={() => setDialog("select")}>{t("match.open")}</MenuItem>
        <MenuSeparator />
        <MenuItem onSelect={() => download.mutate("csv")}>{t("lists.csv")}</MenuItem>
        <MenuItem onSelect={() => download.mutate("jsonl")}>{t("lists.jsonl")}</MenuItem>
      </Menu>
      {dialog === "invite" ? <InviteMany workspace={workspace} onClose={() => setDialog(null)} /> : null}
      {dialog === "select" ? (
        <SelectFromList workspace={workspace} onSelect={onSelect} onClose={() => setDialog(null)} />
      ) : null}
      <ErrorNote error={download.error} />
    </>
  );
}
