import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { GeneralForm } from "@/components/workspace/general-form";
import { settingsQuery } from "@/lib/api/settings";
import { findSettings } from "@/lib/workspace/workspaces/settings";

export const generateMetadata = titled("general");

export default adminPage(
  {
    page: "general",
    rooms: [],
    load: async ({ workspaceId, workspace }) => [filled(settingsQuery(workspace), await findSettings(workspaceId))],
  },
  ({ workspace }) => <GeneralForm workspace={workspace} />,
);
