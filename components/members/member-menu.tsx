"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Confirm } from "@/components/ui/confirm";
import { MenuItem, MenuNote, RowMenu } from "@/components/ui/menu";
import { changeMember, type MemberAction, type MemberRow, membersKey } from "@/lib/api/members";

/** What the menu needs to know of a person. */
type Actionable = Pick<MemberRow, "id" | "name" | "allowed" | "reason">;

const isDanger = (action: MemberAction) => action === "suspend" || action === "cancel_invite";

/** What an admin may do with a person, and why not the rest. */
export function MemberMenu({ workspace, member }: { workspace: string; member: Actionable }) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [action, setAction] = useState<MemberAction | null>(null);
  const [open, setOpen] = useState(false);
  const ask = (next: MemberAction) => {
    setAction(next);
    setOpen(true);
  };
  const run = async () => {
    if (action) await changeMember(workspace, member.id, action);
    void client.invalidateQueries({ queryKey: membersKey(workspace) }); // a long list takes a while
  };
  return (
    <>
      <RowMenu label={common("actionsFor", { name: member.name })}>
        {member.allowed.map((allowed) => (
          <MenuItem key={allowed} danger={isDanger(allowed)} onSelect={() => ask(allowed)}>
            {t(`action.${allowed}`)}
          </MenuItem>
        ))}
        {member.reason ? <MenuNote>{member.reason}</MenuNote> : null}
      </RowMenu>
      {action ? (
        <Confirm
          open={open}
          onOpenChange={setOpen}
          title={t(`confirm.title.${action}`, { name: member.name })}
          action={t(`action.${action}`)}
          look={isDanger(action) ? "danger" : "primary"}
          run={run}
          done={t(`done.${action}`, { name: member.name })}
          keep={action === "cancel_invite" ? t("confirm.keepInvite") : undefined}
        >
          <p>{t(`confirm.effect.${action}`)}</p>
        </Confirm>
      ) : null}
    </>
  );
}
