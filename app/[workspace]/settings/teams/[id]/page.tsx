import { notFound } from "next/navigation";
import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { Team } from "@/components/teams/team";
import { BackLink } from "@/components/ui/back-link";
import { teamQuery } from "@/lib/api/teams";
import { translator } from "@/lib/messages/translator";
import { isRefusal } from "@/lib/workspace/refusal";
import { findTeam } from "@/lib/workspace/teams/list";

async function teamOr404(workspaceId: string, id: string) {
  try {
    return await findTeam(workspaceId, id);
  } catch (error) {
    if (isRefusal(error) && error.reason === "not_found") notFound();
    throw error;
  }
}

export const generateMetadata = titled("team");

export default adminPage(
  {
    page: "team",
    rooms: ["history", "provisioning", "teams"],
    load: async ({ workspaceId, workspace, id }) => [
      filled(teamQuery(workspace, id), await teamOr404(workspaceId, id)),
    ],
  },
  ({ workspace, id }) => (
    <>
      <BackLink href={`/${workspace}/settings/teams`}>{translator("pages")("teams.title")}</BackLink>
      <Team workspace={workspace} id={id} />
    </>
  ),
);
