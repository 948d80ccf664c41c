import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { GeneralForm } from "@/components/workspace/general-form";
import { settingsQuery } from "@/lib/api/settings";
import { findSettings } from "@/lib/workspace/workspaces/settings";

export const metadata = { title: "General" };

export default adminPage(
  {
    title: "General",
    lead: "The name of the workspace, its plan and its seats.",
    load: async ({ workspaceId, workspace }) => [filled(settingsQuery(workspace), await findSettings(workspaceId))],
  },
  ({ workspace }) => <GeneralForm workspace={workspace} />,
);
