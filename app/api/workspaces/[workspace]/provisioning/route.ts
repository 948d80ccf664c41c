import { api } from "@/app/api/handler";
import { findProvisioningStatus } from "@/lib/workspace/log/health";

export const GET = api("provisioning:read", null, ({ workspaceId }) => findProvisioningStatus(workspaceId));
