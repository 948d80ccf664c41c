import { z } from "zod";
import { findTokenExpiry } from "@/lib/workspace/access/token-use";
import { listAuditEvents } from "@/lib/workspace/audit/list";
import { allows } from "@/lib/workspace/scopes";
import { listSeatChanges } from "@/lib/workspace/seats/seats";
import { findSettings, updateSettings } from "@/lib/workspace/workspaces/settings";
import { endpoint } from "./endpoint";
import { auditEventPage, paging, seats, self, workspace, workspaceInput } from "./schemas";

const tag = "Workspace";

async function findPublicWorkspace(id: string) {
  const { name, slug, plan, seatLimit, seatsUsed, scimEnabled } = await findSettings(id);
  return { id, name, slug, plan, seatLimit, seatsUsed, scimEnabled };
}

/** PostgreSQL has no year 0. */
const time = z.iso.datetime().refine((text) => !text.startsWith("0000"), "There was no year 0.");

const auditFilters = z.strictObject({
  ...paging,
  action: z.string().max(100).optional().describe("Such as membership.suspended"),
  target: z.string().max(100).optional().describe("The id of what it was done to"),
  actor: z.string().max(100).optional().describe("The id of the membership or token that did it"),
  from: time.optional().describe("Not before"),
  to: time.optional().describe("Before"),
});

export const workspaceEndpoints = [
  endpoint("token", {
    id: "self",
    method: "GET",
    path: "/self",
    tag,
    summary: "What this token is: its workspace, its scopes, its end. Any live token may ask",
    status: 200,
    answer: self,
    run: async ({ workspaceId, holder }) => {
      const { name, slug } = await findSettings(workspaceId);
      const expiresAt = await findTokenExpiry(holder);
      return {
        workspace: { id: workspaceId, name, slug },
        token: { id: holder.tokenId, name: holder.name, scopes: holder.scopes, expiresAt },
      };
    },
  }),
  endpoint("workspace:read", {
    id: "findWorkspace",
    method: "GET",
    path: "/workspace",
    tag,
    summary: "The workspace",
    status: 200,
    answer: workspace,
    run: ({ workspaceId }) => findPublicWorkspace(workspaceId),
  }),
  endpoint("workspace:read-write", {
    id: "renameWorkspace",
    method: "PATCH",
    path: "/workspace",
    tag,
    summary: "Rename the workspace; its address stays",
    body: workspaceInput,
    status: 200,
    answer: workspace,
    run: async ({ actor, workspaceId, body }) => {
      await updateSettings(actor, { name: body.name });
      return findPublicWorkspace(workspaceId);
    },
  }),
  endpoint("workspace:read", {
    id: "findSeats",
    method: "GET",
    path: "/seats",
    tag,
    summary: "The seat limit, how many are used, and who took and freed them, the latest first",
    query: z.strictObject(paging),
    status: 200,
    answer: seats,
    run: async ({ workspaceId, holder, query, cursor }) => {
      const { seatLimit, seatsUsed, automaticSeatAssignment } = await findSettings(workspaceId);
      const place = { limit: query.limit, cursor: cursor.read(query.cursor) };
      const { changes, nextCursor } = await listSeatChanges(workspaceId, place);
      const mayReadPeople = allows(holder.scopes, "user_management:read");
      const history = changes.map(({ id, at, change, who, by, limitAfter }) => ({
        id,
        at,
        change,
        who: mayReadPeople ? who : null,
        by,
        limitAfter,
      }));
      return {
        limit: seatLimit,
        used: seatsUsed,
        automaticSeatAssignment,
        history,
        nextCursor: cursor.write(nextCursor),
      };
    },
  }),
  endpoint("audit_log:read", {
    id: "listAuditEvents",
    method: "GET",
    path: "/audit-events",
    tag,
    summary: "Who did what, the latest first",
    query: auditFilters,
    status: 200,
    answer: auditEventPage,
    run: async ({ workspaceId, query, cursor }) => {
      const place = { ...query, cursor: cursor.read(query.cursor) };
      const { events, nextCursor } = await listAuditEvents(workspaceId, place);
      return { data: events, nextCursor: cursor.write(nextCursor) };
    },
  }),
];
