import { notFound } from "next/navigation";
import { adminPage } from "@/app/admin-page";
import { findMemberProfile } from "@/app/api/workspaces/[workspace]/members/[id]/profile";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { Member } from "@/components/member/member";
import { BackLink } from "@/components/ui/back-link";
import { memberQuery } from "@/lib/api/members";
import { translator } from "@/lib/messages/translator";
import { isId } from "@/lib/workspace/id";
import { isRefusal } from "@/lib/workspace/refusal";

async function profileOr404(workspaceId: string, id: string) {
  if (!isId(id)) notFound();
  try {
    return await findMemberProfile(workspaceId, id);
  } catch (error) {
    if (isRefusal(error) && error.reason === "not_found") notFound();
    throw error;
  }
}

export const generateMetadata = titled("member");

export default adminPage(
  {
    page: "member",
    rooms: ["history", "members", "provisioning"],
    load: async ({ workspaceId, workspace, id }) => [
      filled(memberQuery(workspace, id), await profileOr404(workspaceId, id)),
    ],
  },
  ({ workspace, id }) => (
    <>
      <BackLink href={`/${workspace}/settings/members`}>{translator("pages")("members.title")}</BackLink>
      <Member workspace={workspace} id={id} />
    </>
  ),
);
