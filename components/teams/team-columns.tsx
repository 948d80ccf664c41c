"use client";

import { Lock, LockOpen } from "lucide-react";
import Link from "next/link";
import { useMemo } from "react";
import { useTranslations } from "use-intl";
import { Badge } from "@/components/ui/badge";
import type { Column } from "@/components/ui/data-table";
import { Time } from "@/components/ui/time";
import type { TeamRow } from "@/lib/api/teams";

/** The columns of the teams table. */
export function useTeamColumns(workspace: string): Column<TeamRow>[] {
  const t = useTranslations("teams");
  return useMemo(
    () => [
      {
        id: "name",
        label: t("column.name"),
        isSortable: true,
        cell: (team) => <Name workspace={workspace} team={team} />,
      },
      {
        id: "members",
        label: t("column.members"),
        width: "8rem",
        isSortable: true,
        cell: ({ memberCount }) => (
          <span className={`tabular-nums ${memberCount === 0 ? "text-ink-faint" : ""}`}>
            {t("column.count", { count: memberCount })}
          </span>
        ),
      },
      {
        id: "source",
        label: t("column.source"),
        width: "9.5rem",
        from: "lg",
        cell: (team) => <Source team={team} />,
      },
      {
        id: "role",
        label: t("column.role"),
        width: "9.5rem",
        from: "md",
        cell: (team) => <GivenRole team={team} />,
      },
      {
        id: "created",
        label: t("column.created"),
        width: "8rem",
        from: "xl",
        cell: ({ createdAt }) => <When at={createdAt} />,
      },
      {
        id: "updated",
        label: t("column.updated"),
        width: "8rem",
        from: "xl",
        cell: ({ updatedAt }) => <When at={updatedAt} />,
      },
    ],
    [workspace, t],
  );
}

function When({ at }: { at: string }) {
  return (
    <span className="block truncate text-[13px] text-ink-soft">
      <Time at={at} />
    </span>
  );
}

/** The team's name. On narrow screens, where it is the only column, also what the others say. */
function Name({ workspace, team }: { workspace: string; team: TeamRow }) {
  const t = useTranslations("teams");
  return (
    <div className="min-w-0">
      <Link
        href={`/${workspace}/settings/teams/${team.id}`}
        title={team.name}
        className="block truncate font-medium leading-5 underline-offset-4 hover:underline"
      >
        {team.name}
      </Link>
      <div className="mt-1 flex min-w-0 flex-wrap items-center gap-x-2.5 gap-y-1 sm:hidden">
        <span className="text-[13px] text-ink-faint">{t("list.members", { count: team.memberCount })}</span>
        <Source team={team} />
        {team.role ? <GivenRole team={team} /> : null}
      </div>
    </div>
  );
}

function GivenRole({ team: { role } }: { team: TeamRow }) {
  const common = useTranslations("common");
  const t = useTranslations("teams");
  if (role === null) return <span className="text-[13px] text-ink-faint">{t("role.none")}</span>;
  return <Badge tone={role === "admin" ? "accent" : "neutral"}>{common(`role.${role}`)}</Badge>;
}

/** Who manages the team. */
function Source({ team }: { team: TeamRow }) {
  const t = useTranslations("teams");
  if (!team.managedBy) return <span className="text-[13px] text-ink-faint">{t("column.app")}</span>;
  const words = t(team.overrideUntil ? "overridden" : "managedBy", { connection: team.managedBy.name });
  const Mark = team.overrideUntil ? LockOpen : Lock;
  return (
    <span className="flex min-w-0 items-center gap-1 text-[13px] text-ink-faint" title={words}>
      <Mark aria-hidden className="size-3 shrink-0" />
      <span className="sr-only">{words}</span>
      <span aria-hidden className="truncate">
        {team.managedBy.name}
      </span>
    </span>
  );
}
