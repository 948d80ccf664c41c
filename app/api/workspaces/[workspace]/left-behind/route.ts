import { api } from "@/app/api/handler";
import { listLeftBehind } from "@/lib/workspace/access/givers";

export const GET = api("tokens:manage", null, ({ workspaceId }) => listLeftBehind(workspaceId));
