import { api } from "@/app/api/handler";
import { listWouldBeAdmins } from "@/lib/workspace/members/roles";

export const GET = api("members:manage", null, ({ workspaceId }) => listWouldBeAdmins(workspaceId));
