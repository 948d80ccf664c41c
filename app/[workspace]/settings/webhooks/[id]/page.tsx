import { notFound } from "next/navigation";
import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { BackLink } from "@/components/ui/back-link";
import { Webhook } from "@/components/webhooks/webhook";
import { webhooksQuery } from "@/lib/api/webhooks";
import { translator } from "@/lib/messages/translator";
import { eventGroups } from "@/lib/workspace/audit/events";
import { listWebhooks } from "@/lib/workspace/webhooks/webhooks";

export const generateMetadata = titled("webhook");

export default adminPage(
  {
    page: "webhook",
    rooms: ["webhooks"],
    load: async ({ workspaceId, workspace, id }) => {
      const webhooks = await listWebhooks(workspaceId);
      if (!webhooks.some((webhook) => webhook.id === id)) notFound();
      return [filled(webhooksQuery(workspace), { webhooks, events: eventGroups })];
    },
  },
  ({ workspace, id }) => (
    <>
      <BackLink href={`/${workspace}/settings/webhooks`}>{translator("pages")("webhooks.title")}</BackLink>
      <Webhook workspace={workspace} id={id} />
    </>
  ),
);
