"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useState } from "react";
import { Badge, type Tone } from "@/components/ui/badge";
import { Confirm } from "@/components/ui/confirm";
import { MenuItem, MenuNote, RowMenu } from "@/components/ui/menu";
import { changeMember, type MemberAction, type MemberRow } from "@/lib/api/members";
import { initials } from "@/lib/format";

const states: Record<MemberRow["state"], { label: string; tone: Tone }> = {
  active: { label: "Active", tone: "good" },
  invited: { label: "Invited", tone: "accent" },
  suspended: { label: "Suspended", tone: "neutral" },
};

const actions: Record<MemberAction, { label: string; danger: boolean; title: (name: string) => string; text: string }> =
  {
    suspend: {
      label: "Suspend",
      danger: true,
      title: (name) => `Suspend ${name}?`,
      text: "Access and sessions end with the next request, and the seat is free. Role and teams are kept.",
    },
    reactivate: {
      label: "Reactivate",
      danger: false,
      title: (name) => `Reactivate ${name}?`,
      text: "Access comes back with the same role and teams. It takes a seat.",
    },
    make_admin: {
      label: "Make admin",
      danger: false,
      title: (name) => `Make ${name} an admin?`,
      text: "Admins can change every setting, every member and every token.",
    },
    make_member: {
      label: "Make member",
      danger: false,
      title: (name) => `Make ${name} a member?`,
      text: "They can no longer open the settings.",
    },
    resend_invite: {
      label: "Resend invite",
      danger: false,
      title: (name) => `Invite ${name} again?`,
      text: "A new link is mailed; the old one stops working.",
    },
    override: {
      label: "Override for an hour",
      danger: false,
      title: (name) => `Change ${name} here?`,
      text: "For an hour you can suspend, reactivate and change the role here. The next push of your identity provider wins.",
    },
    cancel_invite: {
      label: "Cancel invite",
      danger: true,
      title: (name) => `Cancel the invite of ${name}?`,
      text: "The link stops working and the seat is free.",
    },
  };

export function MemberItem({ workspace, member }: { workspace: string; member: MemberRow }) {
  const { label, tone } = states[member.state];
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
            Email refused: {member.mailRefused}
          </p>
        ) : null}
      </div>
      <div className="hidden min-w-0 max-w-[55%] flex-wrap items-center justify-end gap-1.5 sm:flex">
        {member.teams.slice(0, 2).map((team) => (
          <Badge key={team.id}>{team.name}</Badge>
        ))}
        {member.teams.length > 2 ? <Badge>+{member.teams.length - 2}</Badge> : null}
        {member.managedBy ? (
          <span
            className="inline-flex items-center gap-1 text-[13px] text-ink-faint"
            title={member.reason ?? undefined}
          >
            <Lock aria-hidden className="size-3" />
            {member.overrideUntil ? "Overridden for now, managed by" : "Managed by"} {member.managedBy.name}
          </span>
        ) : null}
      </div>
      <div className="flex shrink-0 flex-col items-end gap-1 sm:flex-row sm:items-center sm:gap-3.5">
        {member.role === "admin" ? <Badge tone="accent">Admin</Badge> : null}
        <Badge tone={tone}>{label}</Badge>
      </div>
      <MemberMenu workspace={workspace} member={member} />
    </li>
  );
}

function MemberMenu({ workspace, member }: { workspace: string; member: MemberRow }) {
  const client = useQueryClient();
  const [asked, setAsked] = useState<MemberAction | null>(null);
  const [open, setOpen] = useState(false);
  const ask = (action: MemberAction) => {
    setAsked(action);
    setOpen(true);
  };
  const run = async () => {
    if (asked) await changeMember(workspace, member.id, asked);
    await client.invalidateQueries({ queryKey: ["members", workspace] });
  };
  return (
    <>
      <RowMenu label={`Actions for ${member.name}`}>
        {member.allowed.map((action) => (
          <MenuItem key={action} danger={actions[action].danger} onSelect={() => ask(action)}>
            {actions[action].label}
          </MenuItem>
        ))}
        {member.reason ? <MenuNote>{member.reason}</MenuNote> : null}
      </RowMenu>
      {asked ? (
        <Confirm
          open={open}
          onOpenChange={setOpen}
          title={actions[asked].title(member.name)}
          action={actions[asked].label}
          look={actions[asked].danger ? "danger" : "primary"}
          run={run}
        >
          <p>{actions[asked].text}</p>
        </Confirm>
      ) : null}
    </>
  );
}
