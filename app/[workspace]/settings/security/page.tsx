import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { Domains } from "@/components/domains/domains";
import { ProvisioningSwitches } from "@/components/domains/provisioning-switches";
import { domainsQuery } from "@/lib/api/domains";
import { settingsQuery } from "@/lib/api/settings";
import { listDomains } from "@/lib/workspace/domains/domains";
import { findSettings } from "@/lib/workspace/workspaces/settings";

export const generateMetadata = titled("security");

export default adminPage(
  {
    page: "security",
    rooms: ["domains"],
    load: async ({ workspaceId, workspace }) => {
      const [domains, settings] = await Promise.all([listDomains(workspaceId), findSettings(workspaceId)]);
      return [filled(domainsQuery(workspace), domains), filled(settingsQuery(workspace), settings)];
    },
  },
  ({ workspace }) => (
    <>
      <Domains workspace={workspace} />
      <ProvisioningSwitches workspace={workspace} />
    </>
  ),
);
