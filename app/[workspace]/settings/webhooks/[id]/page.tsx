import { notFound } from "next/navigation";
import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { BackLink } from "@/components/ui/back-link";
import { Webhook } from "@/components/webhooks/webhook";
import { webhooksQuery } from "@/lib/api/webhooks";
import { eventGroups } from "@/lib/workspace/audit/events";
import { listWebhooks } from "@/lib/workspace/webhooks/webhooks";

export const metadata = { title: "Webhook" };

export default adminPage(
  {
    title: "Webhook",
    load: async ({ workspaceId, workspace, id }) => {
      const webhooks = await listWebhooks(workspaceId);
      if (!webhooks.some((webhook) => webhook.id === id)) notFound();
      return [filled(webhooksQuery(workspace), { webhooks, events: eventGroups })];
    },
  },
  ({ workspace, id }) => (
    <>
      <BackLink href={`/${workspace}/settings/webhooks`}>Webhooks</BackLink>
      <Webhook workspace={workspace} id={id} />
    </>
  ),
);
