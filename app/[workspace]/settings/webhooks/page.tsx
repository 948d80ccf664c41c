import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { Webhooks } from "@/components/webhooks/webhooks";
import { webhooksQuery } from "@/lib/api/webhooks";
import { eventGroups } from "@/lib/workspace/audit/events";
import { listWebhooks } from "@/lib/workspace/webhooks/webhooks";

export const generateMetadata = titled("webhooks");

export default adminPage(
  {
    page: "webhooks",
    rooms: ["webhooks"],
    load: async ({ workspaceId, workspace }) => [
      filled(webhooksQuery(workspace), { webhooks: await listWebhooks(workspaceId), events: eventGroups }),
    ],
  },
  ({ workspace }) => <Webhooks workspace={workspace} />,
);
