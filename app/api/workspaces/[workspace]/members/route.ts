import { api, readId } from "@/app/api/handler";
import { inviteMemberInput } from "@/lib/api/members";
import { inviteMember } from "@/lib/workspace/members/invite";
import { listMembers } from "@/lib/workspace/members/list";

export const GET = api("members:manage", null, ({ workspaceId, query }) =>
  listMembers(workspaceId, {
    search: query.get("search") ?? undefined,
    state: query.get("state") ?? undefined,
    cursor: query.get("cursor") ?? undefined,
    outsideTeam: readId(query, "outsideTeam"),
  }),
);

export const POST = api("members:manage", inviteMemberInput, async ({ actor, input: { email, ...person } }) => ({
  id: await inviteMember(actor, { address: email, ...person }),
}));
