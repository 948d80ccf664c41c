import { notFound } from "next/navigation";
import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { Team } from "@/components/teams/team";
import { BackLink } from "@/components/ui/back-link";
import { teamQuery } from "@/lib/api/teams";
import { isRefusal } from "@/lib/workspace/refusal";
import { findTeam } from "@/lib/workspace/teams/teams";

async function teamOr404(workspaceId: string, id: string) {
  try {
    return await findTeam(workspaceId, id);
  } catch (error) {
    if (isRefusal(error) && error.reason === "not_found") notFound();
    throw error;
  }
}

export const metadata = { title: "Team" };

export default adminPage(
  {
    title: "Team",
    load: async ({ workspaceId, workspace, id }) => [
      filled(teamQuery(workspace, id), await teamOr404(workspaceId, id)),
    ],
  },
  ({ workspace, id }) => (
    <>
      <BackLink href={`/${workspace}/settings/teams`}>Teams</BackLink>
      <Team workspace={workspace} id={id} />
    </>
  ),
);
