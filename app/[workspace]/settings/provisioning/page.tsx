import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { RequestLog } from "@/components/provisioning/request-log";
import { Status } from "@/components/provisioning/status";
import { provisioningQuery } from "@/lib/api/provisioning";
import { findProvisioningStatus } from "@/lib/workspace/log/health";

export const metadata = { title: "Provisioning" };

export default adminPage(
  {
    title: "Provisioning",
    lead: "What your identity provider does in this workspace, as it happens.",
    load: async ({ workspaceId, workspace }) => [
      filled(provisioningQuery(workspace), await findProvisioningStatus(workspaceId)),
    ],
  },
  ({ workspace }) => (
    <>
      <Status workspace={workspace} />
      <RequestLog workspace={workspace} />
    </>
  ),
);
