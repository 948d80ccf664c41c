"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Notes } from "@/components/ui/notes";
import { Card, Section } from "@/components/ui/section";
import { Select } from "@/components/ui/select";
import { setTeamRole, type TeamRole, type TeamRow, teamsKey } from "@/lib/api/teams";

/** The role that the team gives. A change affects all members at once, so it asks first. */
export function TeamRoleField({ workspace, team }: { workspace: string; team: TeamRow }) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const client = useQueryClient();
  const [wanted, setWanted] = useState<TeamRole | undefined>(undefined);
  const save = useMutation({
    mutationFn: (role: TeamRole) => setTeamRole(workspace, team.id, role),
    onSuccess: () => client.invalidateQueries({ queryKey: teamsKey(workspace) }),
  });
  const options = [
    { value: "", label: t("role.none") },
    { value: "member", label: common("role.member") },
    { value: "admin", label: common("role.admin") },
  ];
  return (
    <Section title={t("role.title")} lead={t("role.lead")}>
      <Card className="px-5 py-4">
        <div className="max-w-64">
          <Field label={t("role.label")}>
            {(props) => (
              <Select
                {...props}
                value={team.role ?? ""}
                onChange={(role) => setWanted(role === "" ? null : (role as "admin" | "member"))}
                options={options}
              />
            )}
          </Field>
        </div>
        <Notes notes={save.data?.notes} />
      </Card>
      <Confirm
        open={wanted !== undefined}
        onOpenChange={(open) => (open ? undefined : setWanted(undefined))}
        title={t(`role.question.${wanted ?? "none"}`, { team: team.name })}
        action={t("role.change")}
        look={wanted === "admin" ? "danger" : "primary"}
        run={() => save.mutateAsync(wanted ?? null)}
      >
        <p>{t("role.effect", { count: team.memberCount })}</p>
        {wanted === "admin" ? <p>{t("role.adminEffect")}</p> : null}
      </Confirm>
    </Section>
  );
}
