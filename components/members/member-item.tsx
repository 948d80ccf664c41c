"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Badge, type Tone } from "@/components/ui/badge";
import { Confirm } from "@/components/ui/confirm";
import { asEnglish } from "@/components/ui/english";
import { MenuItem, MenuNote, RowMenu } from "@/components/ui/menu";
import { changeMember, type MemberAction, type MemberRow, membersKey } from "@/lib/api/members";
import { initials } from "@/lib/format";

const tones: Record<MemberRow["state"], Tone> = { active: "good", invited: "accent", suspended: "neutral" };

const isDanger = (action: MemberAction) => action === "suspend" || action === "cancel_invite";

export function MemberItem({ workspace, member }: { workspace: string; member: MemberRow }) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  return (
    <li className="flex items-center gap-3.5 px-5 py-3">
      <span
        aria-hidden
        className="inline-flex size-9 shrink-0 items-center justify-center rounded-full bg-sunken font-medium text-ink-soft text-xs"
      >
        {initials(member.name)}
      </span>
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{member.name}</p>
        <p className="truncate text-[13px] text-ink-faint">{member.waiting ?? member.email ?? member.userName}</p>
        {member.mailRefused ? (
          <p className="truncate text-[13px] text-warn" title={member.mailRefused}>
            {t.rich("mailRefused", { text: member.mailRefused, reason: asEnglish })}
          </p>
        ) : null}
      </div>
      <div className="hidden min-w-0 max-w-[55%] flex-wrap items-center justify-end gap-1.5 sm:flex">
        {member.teams.slice(0, 2).map((team) => (
          <Badge key={team.id}>{team.name}</Badge>
        ))}
        {member.teams.length > 2 ? <Badge>{t("moreTeams", { count: member.teams.length - 2 })}</Badge> : null}
        {member.managedBy ? (
          <span
            className="inline-flex items-center gap-1 text-[13px] text-ink-faint"
            title={member.reason ?? undefined}
          >
            <Lock aria-hidden className="size-3" />
            {t(member.overrideUntil ? "overridden" : "managedBy", { connection: member.managedBy.name })}
          </span>
        ) : null}
      </div>
      <div className="flex shrink-0 flex-col items-end gap-1 sm:flex-row sm:items-center sm:gap-3.5">
        {member.role === "admin" ? <Badge tone="accent">{common("role.admin")}</Badge> : null}
        <Badge tone={tones[member.state]}>{t(`state.${member.state}`)}</Badge>
      </div>
      <MemberMenu workspace={workspace} member={member} />
    </li>
  );
}

function MemberMenu({ workspace, member }: { workspace: string; member: MemberRow }) {
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
    await client.invalidateQueries({ queryKey: membersKey(workspace) });
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
        >
          <p>{t(`confirm.effect.${action}`)}</p>
        </Confirm>
      ) : null}
    </>
  );
}
