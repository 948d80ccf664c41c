import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { Webhooks } from "@/components/webhooks/webhooks";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { webhooksQuery } from "@/lib/api/webhooks";
import { eventGroups } from "@/lib/workspace/audit/events";
import { listWebhooks } from "@/lib/workspace/webhooks/webhooks";

export const metadata: Metadata = { title: "Webhooks" };

type Props = { params: Promise<{ workspace: string }> };

export default async function WebhooksPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const webhooks = await listWebhooks(access.workspace.id);
  return (
    <Hydrate data={[filled(webhooksQuery(slug), { webhooks, events: eventGroups })]}>
      <Webhooks workspace={slug} />
    </Hydrate>
  );
}
