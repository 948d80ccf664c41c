import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { RequestLog } from "@/components/provisioning/request-log";
import { Status } from "@/components/provisioning/status";
import { provisioningQuery } from "@/lib/api/provisioning";
import { findProvisioningStatus } from "@/lib/workspace/log/health";

export const generateMetadata = titled("provisioning");

export default adminPage(
  {
    page: "provisioning",
    rooms: ["provisioning"],
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
