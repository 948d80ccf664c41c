"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/components/ui/confirm";
import { Field } from "@/components/ui/field";
import { Notes } from "@/components/ui/notes";
import { Card, Section } from "@/components/ui/section";
import { Select } from "@/components/ui/select";
import { setTeamRole, type TeamRole, type TeamRow } from "@/lib/api/teams";
import { counted } from "@/lib/format";

const options = [
  { value: "", label: "No role" },
  { value: "member", label: "Member" },
  { value: "admin", label: "Admin" },
] as const;

/** The role that the team gives. A change affects all members at once, so it asks first. */
export function TeamRoleField({ workspace, team }: { workspace: string; team: TeamRow }) {
  const client = useQueryClient();
  const [wanted, setWanted] = useState<TeamRole | undefined>(undefined);
  const save = useMutation({
    mutationFn: (role: TeamRole) => setTeamRole(workspace, team.id, role),
    onSuccess: () => client.invalidateQueries({ queryKey: ["teams", workspace] }),
  });
  return (
    <Section
      title="Role"
      lead="For identity providers that send groups but no roles. It is bound to this team, and goes with it."
    >
      <Card className="px-5 py-4">
        <div className="max-w-64">
          <Field label="People in this team are">
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
        title={titles[wanted ?? "none"](team.name)}
        action="Change"
        look={wanted === "admin" ? "danger" : "primary"}
        run={() => save.mutateAsync(wanted ?? null)}
      >
        <p>
          {counted(team.memberCount, "person is", "people are")} in it now and {team.memberCount === 1 ? "gets" : "get"}{" "}
          the role at once, as does everybody who comes later. Who leaves the team loses it.
        </p>
        {wanted === "admin" ? (
          <p>
            It takes effect only while “Identity provider may make admins” is on, under Security. Every new admin is
            told by mail.
          </p>
        ) : null}
      </Confirm>
    </Section>
  );
}

const titles: Record<"admin" | "member" | "none", (name: string) => string> = {
  admin: (name) => `Make everybody in ${name} an admin?`,
  member: (name) => `Make everybody in ${name} a member?`,
  none: (name) => `Let ${name} give no role?`,
};
