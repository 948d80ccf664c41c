import { api } from "@/app/api/handler";
import { listConnections } from "@/lib/workspace/access/find-connection";

export const GET = api("tokens:manage", null, ({ workspaceId }) => listConnections(workspaceId));
