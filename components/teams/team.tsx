"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Confirm } from "@/components/ui/confirm";
import { MenuItem, MenuNote, RowMenu } from "@/components/ui/menu";
import { PageHeader } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { deleteTeam, overrideTeam, type TeamRow, teamQuery } from "@/lib/api/teams";
import { counted } from "@/lib/format";
import { NameTeam } from "./name-team";
import { TeamMembers } from "./team-members";
import { TeamRoleField } from "./team-role-field";

/** One team: its members, its role, and the available actions. */
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

type Props = { workspace: string; team: TeamRow };

function TeamMenu({ workspace, team }: Props) {
  const client = useQueryClient();
  const router = useRouter();
  const [asked, setAsked] = useState<"rename" | "delete" | "override" | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: ["teams", workspace] });
  const remove = async () => {
    await deleteTeam(workspace, team.id);
    router.push(`/${workspace}/settings/teams`);
    await client.invalidateQueries({ queryKey: ["teams", workspace, "list"] });
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
