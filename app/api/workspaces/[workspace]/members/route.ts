import { api, readQuery } from "@/app/api/handler";
import { inviteMemberInput, memberFilter } from "@/lib/api/members";
import { inviteMember } from "@/lib/workspace/members/invite";
import { listMembers } from "@/lib/workspace/members/list";
import { toMemberQuery } from "./query";

export const GET = api("members:manage", null, ({ workspaceId, query }) =>
  listMembers(workspaceId, {
    ...toMemberQuery(readQuery(query, memberFilter)),
    cursor: query.get("after") ?? undefined,
  }),
);

export const POST = api("members:manage", inviteMemberInput, async ({ actor, input: { email, ...person } }) => ({
  id: await inviteMember(actor, { address: email, ...person }),
}));
