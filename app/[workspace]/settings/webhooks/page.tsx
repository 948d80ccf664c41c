import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { Webhooks } from "@/components/webhooks/webhooks";
import { webhooksQuery } from "@/lib/api/webhooks";
import { eventGroups } from "@/lib/workspace/audit/events";
import { listWebhooks } from "@/lib/workspace/webhooks/webhooks";

export const metadata = { title: "Webhooks" };

export default adminPage(
  {
    title: "Webhooks",
    load: async ({ workspaceId, workspace }) => [
      filled(webhooksQuery(workspace), { webhooks: await listWebhooks(workspaceId), events: eventGroups }),
    ],
  },
  ({ workspace }) => <Webhooks workspace={workspace} />,
);
