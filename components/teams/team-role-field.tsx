"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslations } from "use-intl";
import { Notes } from "@/components/ui/notes";
import { Select } from "@/components/ui/select";
import { membersKey } from "@/lib/api/members";
import { setTeamRole, type TeamRole, type TeamRow, teamsKey } from "@/lib/api/teams";
import { RoleDialog } from "./role-dialog";

/** The role that the team gives. A change affects all members at once, so it shows whom before it is made. */
export function TeamRoleField({ workspace, team }: { workspace: string; team: TeamRow }) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const client = useQueryClient();
  const id = useId();
  const [wanted, setWanted] = useState<TeamRole | undefined>(undefined);
  const save = useMutation({
    mutationFn: (role: TeamRole) => setTeamRole(workspace, team.id, role),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: teamsKey(workspace) }),
        client.invalidateQueries({ queryKey: membersKey(workspace) }),
      ]),
  });
  const options = [
    { value: "", label: t("role.none") },
    { value: "member", label: common("role.member") },
    { value: "admin", label: common("role.admin") },
  ];
  return (
    <div className="grid gap-x-4 gap-y-1.5 border-t px-5 py-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
      <label htmlFor={id} className="text-[13px] text-ink-faint sm:pt-2">
        {t("role.label")}
      </label>
      <div className="max-w-md">
        <Select
          id={id}
          aria-describedby={`${id}-hint`}
          value={team.role ?? ""}
          onChange={(role) => setWanted(role === "" ? null : (role as "admin" | "member"))}
          options={options}
        />
        <p id={`${id}-hint`} className="mt-1.5 text-[13px] text-ink-faint">
          {t("role.lead")}
        </p>
        <Notes notes={save.data?.notes} />
      </div>
      {wanted === undefined ? null : (
        <RoleDialog
          workspace={workspace}
          team={team}
          role={wanted}
          onClose={() => setWanted(undefined)}
          run={() => save.mutateAsync(wanted)}
        />
      )}
    </div>
  );
}
