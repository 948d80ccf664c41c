"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { ChevronRight, Lock, Users } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, EmptyState, Section } from "@/components/ui/section";
import { type TeamRow, teamsQuery } from "@/lib/api/teams";
import { counted } from "@/lib/format";
import { NameTeam } from "./name-team";

/** The teams of the workspace, those of the app and those of an identity provider alike. */
export function Teams({ workspace }: { workspace: string }) {
  const { data: teams } = useSuspenseQuery(teamsQuery(workspace));
  const [naming, setNaming] = useState(false);
  const add = (
    <Button look="primary" onClick={() => setNaming(true)}>
      + New team
    </Button>
  );
  return (
    <Section
      title={counted(teams.length, "team")}
      lead="A team can give its people a role, for identity providers that send none."
      action={teams.length > 0 ? add : null}
    >
      {teams.length === 0 ? (
        <EmptyState icon={Users} title="No team yet" action={add}>
          Push a group from your identity provider, and it becomes a team with the same people. Or make one here.
        </EmptyState>
      ) : (
        <Card className="divide-y">
          {teams.map((team) => (
            <TeamLink key={team.id} workspace={workspace} team={team} />
          ))}
        </Card>
      )}
      <NameTeam workspace={workspace} open={naming} onOpenChange={setNaming} />
    </Section>
  );
}

function TeamLink({ workspace, team }: { workspace: string; team: TeamRow }) {
  return (
    <Link
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
      {team.role ? (
        <Badge tone={team.role === "admin" ? "accent" : "neutral"}>
          {team.role === "admin" ? "Gives admin" : "Gives member"}
        </Badge>
      ) : null}
      <span className="text-[13px] text-ink-faint tabular-nums">{counted(team.memberCount, "member")}</span>
      <ChevronRight aria-hidden className="size-4 text-ink-faint" />
    </Link>
  );
}
