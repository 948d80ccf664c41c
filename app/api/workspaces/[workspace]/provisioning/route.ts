import { api } from "@/app/api/handler";
import { findProvisioningStatus } from "@/lib/workspace/scim-requests";

export const GET = api("provisioning:read", null, ({ workspaceId }) => findProvisioningStatus(workspaceId));
