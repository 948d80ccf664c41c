import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { Seats } from "@/components/seats/seats";
import { settingsQuery } from "@/lib/api/settings";
import { findSettings } from "@/lib/workspace/workspaces/settings";

export const generateMetadata = titled("seats");

export default adminPage(
  {
    page: "seats",
    rooms: ["seats"],
    load: async ({ workspaceId, workspace }) => [filled(settingsQuery(workspace), await findSettings(workspaceId))],
  },
  ({ workspace }) => <Seats workspace={workspace} />,
);
