"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { MenuItem, MenuNote, RowMenu } from "@/components/ui/menu";
import { Notes } from "@/components/ui/notes";
import { Card, PageHeader, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { deleteTeam, overrideTeam, removeTeamMember, type TeamDetail, teamQuery } from "@/lib/api/teams";
import { counted } from "@/lib/format";
import { AddMember } from "./add-member";
import { NameTeam } from "./name-team";
import { TeamRoleField } from "./team-role-field";

/** One team: who is in it, the role that it gives, and what may be done with it here. */
export function Team({ workspace, id }: { workspace: string; id: string }) {
  const { data: team } = useSuspenseQuery(teamQuery(workspace, id));
  return (
    <>
      <PageHeader title={team.name} action={<TeamMenu workspace={workspace} team={team} />}>
        {counted(team.memberCount, "member")}
        {team.managedBy ? `. Managed by ${team.managedBy.name}: change it there.` : "."}
        {team.overrideUntil ? (
          <>
            {" "}
            Open for changes here until <Time at={team.overrideUntil} />; the next push wins.
          </>
        ) : null}
      </PageHeader>
      <TeamRoleField workspace={workspace} team={team} />
      <TeamMembers workspace={workspace} team={team} />
    </>
  );
}

type Props = { workspace: string; team: TeamDetail };

function TeamMenu({ workspace, team }: Props) {
  const client = useQueryClient();
  const router = useRouter();
  const [asked, setAsked] = useState<"rename" | "delete" | "override" | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: ["teams", workspace] });
  const remove = async () => {
    await deleteTeam(workspace, team.id);
    router.push(`/${workspace}/settings/teams`);
    await client.invalidateQueries({ queryKey: ["teams", workspace], exact: true });
  };
  const open = (what: typeof asked) => ({
    open: asked === what,
    onOpenChange: (next: boolean) => setAsked(next ? what : null),
  });
  return (
    <>
      <RowMenu label={`Actions for ${team.name}`}>
        {team.allowed.includes("rename") ? <MenuItem onSelect={() => setAsked("rename")}>Rename</MenuItem> : null}
        {team.allowed.includes("override") ? (
          <MenuItem onSelect={() => setAsked("override")}>Override for an hour</MenuItem>
        ) : null}
        {team.allowed.includes("delete") ? (
          <MenuItem danger onSelect={() => setAsked("delete")}>
            Delete
          </MenuItem>
        ) : null}
        {team.managedBy ? <MenuNote>Managed by {team.managedBy.name}. Change it there.</MenuNote> : null}
      </RowMenu>
      {asked === "rename" ? <NameTeam workspace={workspace} team={team} {...open("rename")} /> : null}
      <Confirm
        {...open("override")}
        title={`Change ${team.name} here?`}
        action="Override for an hour"
        look="primary"
        run={() => overrideTeam(workspace, team.id).then(refresh)}
      >
        <p>For an hour you can change its name and its people here. The next push of your identity provider wins.</p>
      </Confirm>
      <Confirm {...open("delete")} title={`Delete ${team.name}?`} action="Delete" run={remove}>
        <p>Its people stay members of the workspace. A role that the team gave goes with it.</p>
      </Confirm>
    </>
  );
}

const states = { active: null, invited: "Invited", suspended: "Suspended" };

function TeamMembers({ workspace, team }: Props) {
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const mayChange = team.allowed.includes("change_members");
  const remove = useMutation({
    mutationFn: (member: string) => removeTeamMember(workspace, team.id, member),
    onSettled: () => client.invalidateQueries({ queryKey: ["teams", workspace] }),
  });
  return (
    <Section title="People" action={mayChange ? <Button onClick={() => setAdding(true)}>+ Add person</Button> : null}>
      <Card className="divide-y">
        {team.members.length === 0 ? (
          <p className="px-5 py-8 text-center text-ink-soft">Nobody is in this team.</p>
        ) : null}
        {team.members.map((member) => (
          <div key={member.id} className="flex items-center gap-3 px-5 py-3">
            <span className="min-w-0 flex-1 truncate font-medium">{member.name}</span>
            <span className="min-w-0 max-w-[50%] truncate text-[13px] text-ink-faint">{member.email}</span>
            {states[member.state] ? <Badge>{states[member.state]}</Badge> : null}
            {mayChange ? (
              <RowMenu label={`Actions for ${member.name}`}>
                <MenuItem danger onSelect={() => remove.mutate(member.id)}>
                  Remove from the team
                </MenuItem>
              </RowMenu>
            ) : null}
          </div>
        ))}
      </Card>
      <Notes notes={remove.data?.notes} />
      <ErrorNote error={remove.error} />
      {adding ? <AddMember workspace={workspace} team={team} onOpenChange={setAdding} /> : null}
    </Section>
  );
}
