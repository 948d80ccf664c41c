import { z } from "zod";
import { cancelInvite, resendInvite } from "@/lib/workspace/invites/invites";
import { findPerson, listPeople } from "@/lib/workspace/members/directory";
import { reactivateMember, suspendMember, updateRole } from "@/lib/workspace/members/edit";
import { inviteMember, requireMayGrantAdmin } from "@/lib/workspace/members/invite";
import { findSettings } from "@/lib/workspace/workspaces/settings";
import { endpoint } from "./endpoint";
import { inviteInput, member, memberChange, memberPage, paging } from "./schemas";

const tag = "Members";

const filters = z.strictObject({
  ...paging,
  state: z.enum(["invited", "active", "suspended"]).optional(),
  search: z.string().max(200).optional().describe("Part of a name or an address"),
  email: z.string().max(254).optional().describe("The whole address that somebody signs in with"),
});

export const memberEndpoints = [
  endpoint("user_management:read", {
    id: "listMembers",
    method: "GET",
    path: "/members",
    tag,
    summary: "People of the workspace who have not ended, in the order of their ids",
    query: filters,
    status: 200,
    answer: memberPage,
    run: async ({ workspaceId, query, cursor }) => {
      const { people, nextCursor } = await listPeople(workspaceId, { ...query, cursor: cursor.read(query.cursor) });
      return { data: people, nextCursor: cursor.write(nextCursor) };
    },
  }),
  endpoint("user_management:read-write", {
    id: "inviteMember",
    method: "POST",
    path: "/members",
    tag,
    summary: "Invite somebody by mail; the invite takes a seat",
    body: inviteInput,
    status: 201,
    answer: member,
    run: async ({ actor, workspaceId, body: { email, ...person } }) =>
      findPerson(workspaceId, await inviteMember(actor, { ...person, address: email })),
  }),
  endpoint("user_management:read", {
    id: "findMember",
    method: "GET",
    path: "/members/{id}",
    tag,
    summary: "One person",
    status: 200,
    answer: member,
    run: ({ workspaceId, params }) => findPerson(workspaceId, params.id),
  }),
  endpoint("user_management:read-write", {
    id: "updateMember",
    method: "PATCH",
    path: "/members/{id}",
    tag,
    summary: "Give a role, suspend or reactivate; people whom an identity provider manages are locked (409)",
    body: memberChange,
    status: 200,
    answer: member,
    run: async ({ actor, workspaceId, params: { id }, body }) => {
      if ("role" in body) {
        await findPerson(workspaceId, id);
        if (body.role === "admin") requireMayGrantAdmin(actor, await findSettings(workspaceId));
        await updateRole(actor, id, body.role);
      } else if (body.state === "suspended") await suspendMember(actor, id);
      else await reactivateMember(actor, id);
      return findPerson(workspaceId, id);
    },
  }),
  endpoint("user_management:read-write", {
    id: "resendInvite",
    method: "POST",
    path: "/members/{id}/invite",
    tag,
    summary: "Mail an invite again, with a new link",
    status: 204,
    run: ({ actor, params }) => resendInvite(actor, params.id),
  }),
  endpoint("user_management:read-write", {
    id: "cancelInvite",
    method: "DELETE",
    path: "/members/{id}/invite",
    tag,
    summary: "Take an invite back; its seat is free again",
    status: 204,
    run: ({ actor, params }) => cancelInvite(actor, params.id),
  }),
];
