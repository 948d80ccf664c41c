import { api } from "@/app/api/handler";
import { listWouldBeAdmins } from "@/lib/workspace/roles";

export const GET = api("members:manage", null, ({ workspaceId }) => listWouldBeAdmins(workspaceId));
