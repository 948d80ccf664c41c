"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { ChevronRight, Lock, Users } from "lucide-react";
import Link from "next/link";
import { Card, EmptyState } from "@/components/ui/section";
import { teamsQuery } from "@/lib/api/members";
import { counted } from "@/lib/format";

export function Teams({ workspace }: { workspace: string }) {
  const { data: teams } = useSuspenseQuery(teamsQuery(workspace));
  if (teams.length === 0) {
    return (
      <EmptyState icon={Users} title="No team yet">
        Push a group from your identity provider, and it becomes a team with the same people.
      </EmptyState>
    );
  }
  return (
    <Card className="divide-y">
      {teams.map((team) => (
        <Link
          key={team.id}
          href={`/${workspace}/settings/teams/${team.id}`}
          className="flex items-center gap-3 px-5 py-3.5 hover:bg-hover"
        >
          <span className="min-w-0 flex-1 truncate font-medium">{team.name}</span>
          {team.managedBy ? (
            <span className="hidden items-center gap-1 text-[13px] text-ink-faint sm:inline-flex">
              <Lock aria-hidden className="size-3" />
              Managed by {team.managedBy.name}
            </span>
          ) : null}
          <span className="text-[13px] text-ink-faint tabular-nums">{counted(team.memberCount, "member")}</span>
          <ChevronRight aria-hidden className="size-4 text-ink-faint" />
        </Link>
      ))}
    </Card>
  );
}
