import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { Seats } from "@/components/seats/seats";
import { settingsQuery } from "@/lib/api/settings";
import { findSettings } from "@/lib/workspace/workspaces/settings";

export const metadata = { title: "Seats" };

export default adminPage(
  {
    title: "Seats",
    lead: "Members and invites take a seat each; suspended people take none.",
    load: async ({ workspaceId, workspace }) => [filled(settingsQuery(workspace), await findSettings(workspaceId))],
  },
  ({ workspace }) => <Seats workspace={workspace} />,
);
