"use client";

import { Lock, LockOpen } from "lucide-react";
import Link from "next/link";
import { useMemo } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import type { Column } from "@/components/ui/data-table";
import { asEnglish } from "@/components/ui/english";
import { Time } from "@/components/ui/time";
import type { MemberRow } from "@/lib/api/members";
import { initials } from "@/lib/format";
import { stateTones } from "./state-tones";

/** Columns that a reader may turn off; the person stays. */
export const optionalColumns = ["role", "state", "source", "teams", "lastActive", "joined"] as const;

/** The columns of the members table. */
export function useMemberColumns(workspace: string, isDense: boolean): Column<MemberRow>[] {
  const t = useTranslations("members");
  const common = useTranslations("common");
  return useMemo(
    () => [
      {
        id: "name",
        label: t("column.name"),
        isSortable: true,
        cell: (member) => <Person workspace={workspace} member={member} isDense={isDense} />,
      },
      {
        id: "role",
        label: t("column.role"),
        width: "6.25rem",
        from: "md",
        cell: (member) =>
          member.role === "admin" ? (
            <Badge tone="accent">{common("role.admin")}</Badge>
          ) : (
            <span className="text-ink-soft">{common("role.member")}</span>
          ),
      },
      {
        id: "state",
        label: common("state"),
        width: "6.5rem",
        cell: (member) => <Badge tone={stateTones[member.state]}>{t(`state.${member.state}`)}</Badge>,
      },
      {
        id: "source",
        label: t("column.source"),
        width: "9.5rem",
        from: "xl",
        cell: (member) => <Source member={member} />,
      },
      {
        id: "teams",
        label: t("column.teams"),
        width: "9.5rem",
        from: "xl",
        cell: (member) => <Teams workspace={workspace} member={member} />,
      },
      {
        id: "lastActive",
        label: t("column.lastActive"),
        width: "9.5rem",
        from: "lg",
        isSortable: true,
        cell: ({ lastActiveAt }) => (
          <span className="block truncate text-[13px] text-ink-soft">
            {lastActiveAt ? <Time at={lastActiveAt} /> : t("column.never")}
          </span>
        ),
      },
      {
        id: "joined",
        label: t("column.joined"),
        width: "8.5rem",
        from: "xl",
        isSortable: true,
        cell: ({ joinedAt }) => (
          <span className="block truncate text-[13px] text-ink-soft">
            <Time at={joinedAt} />
          </span>
        ),
      },
    ],
    [workspace, isDense, t, common],
  );
}

type Props = { workspace: string; member: MemberRow };

/** Who it is. On narrow screens, where it is the only column, also what the others say. */
function Person({ workspace, member, isDense }: Props & { isDense: boolean }) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const contact = member.waiting ?? member.email ?? member.userName;
  return (
    <div className="flex min-w-0 items-center gap-3">
      {isDense ? null : (
        <span
          aria-hidden
          className="hidden size-7 shrink-0 items-center justify-center rounded-full bg-sunken font-medium text-[11px] text-ink-soft sm:inline-flex"
        >
          {initials(member.name)}
        </span>
      )}
      <div className="min-w-0 flex-1">
        <Link
          href={`/${workspace}/settings/members/${member.id}`}
          title={member.name}
          className="block truncate font-medium leading-5 underline-offset-4 hover:underline"
        >
          {member.name}
        </Link>
        {(isDense && !member.waiting) || contact === member.name ? null : (
          <p className="truncate text-[13px] text-ink-faint leading-4" title={contact}>
            {contact}
          </p>
        )}
        {member.mailRefused ? (
          <p className="truncate text-[13px] text-warn leading-4" title={member.mailRefused}>
            {t.rich("mailRefused", { text: member.mailRefused, reason: asEnglish })}
          </p>
        ) : null}
        {/* What the columns say that this window has no room for. */}
        <div className="mt-1 flex flex-wrap items-center gap-1.5 empty:hidden lg:hidden">
          <span className="sm:hidden">
            <Badge tone={stateTones[member.state]}>{t(`state.${member.state}`)}</Badge>
          </span>
          {member.role === "admin" ? (
            <span className="md:hidden">
              <Badge tone="accent">{common("role.admin")}</Badge>
            </span>
          ) : null}
          {member.managedBy ? <Source member={member} /> : null}
          {member.teams.length > 0 ? <Teams workspace={workspace} member={member} /> : null}
          {member.lastActiveAt ? (
            <span className="text-[13px] text-ink-faint md:hidden">
              {t.rich("column.active", { time: () => <Time at={member.lastActiveAt ?? ""} /> })}
            </span>
          ) : null}
        </div>
      </div>
    </div>
  );
}

function Source({ member }: { member: MemberRow }) {
  const t = useTranslations("members");
  if (!member.managedBy) return <span className="text-[13px] text-ink-faint">{t("column.app")}</span>;
  const words = t(member.overrideUntil ? "overridden" : "managedBy", { connection: member.managedBy.name });
  return (
    <span className="flex min-w-0 items-center gap-1 text-[13px] text-ink-faint" title={member.reason ?? words}>
      {member.overrideUntil ? (
        <>
          <LockOpen aria-hidden className="size-3 shrink-0" />
          <span className="truncate">{words}</span>
        </>
      ) : (
        <>
          <Lock aria-hidden className="size-3 shrink-0" />
          <span className="sr-only">{words}</span>
          <span aria-hidden className="truncate">
            {member.managedBy.name}
          </span>
        </>
      )}
    </span>
  );
}

function Teams({ workspace, member }: Props) {
  const t = useTranslations("members");
  const [first, ...others] = member.teams;
  if (!first) return null;
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={member.teams.map(({ name }) => name).join(", ")}>
      <Link href={`/${workspace}/settings/teams/${first.id}`} className="min-w-0">
        <Badge>{first.name}</Badge>
      </Link>
      {others.length > 0 ? <Badge>{t("moreTeams", { count: others.length })}</Badge> : null}
    </span>
  );
}
