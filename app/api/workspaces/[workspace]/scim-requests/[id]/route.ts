import { api } from "@/app/api/handler";
import { findScimRequest } from "@/lib/workspace/log/scim-requests";

export const GET = api("provisioning:read", null, ({ workspaceId, params }) =>
  findScimRequest(workspaceId, params.id ?? ""),
);
