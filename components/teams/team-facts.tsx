"use client";

import { Lock } from "lucide-react";
import { useTranslations } from "use-intl";
import { CopyRow } from "@/components/ui/copy-button";
import { Fact, Facts } from "@/components/ui/facts";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import type { TeamRow } from "@/lib/api/teams";
import { TeamRoleField } from "./team-role-field";

/** Where the team comes from, the role it gives, and the ids that an identity provider knows it by. */
export function TeamFacts({ workspace, team }: { workspace: string; team: TeamRow }) {
  const t = useTranslations("teams");
  return (
    <Section title={t("page.about")}>
      <Card>
        <Facts>
          <Fact label={t("column.source")}>
            {team.managedBy ? (
              <span className="inline-flex items-center gap-1.5">
                <Lock aria-hidden className="size-3.5" />
                {t(team.overrideUntil ? "overridden" : "managedBy", { connection: team.managedBy.name })}
              </span>
            ) : (
              t("page.notManaged")
            )}
          </Fact>
          <Fact label={t("column.created")}>
            <Time at={team.createdAt} />
          </Fact>
          <Fact label={t("column.updated")}>
            <Time at={team.updatedAt} />
          </Fact>
        </Facts>
        <TeamRoleField workspace={workspace} team={team} />
        <div className="divide-y border-t px-5 py-1">
          <CopyRow wide label={t("page.id")} value={team.id} />
          {team.externalId ? <CopyRow wide label={t("page.externalId")} value={team.externalId} /> : null}
        </div>
      </Card>
    </Section>
  );
}
