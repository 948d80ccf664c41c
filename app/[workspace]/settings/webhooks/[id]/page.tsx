import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { Webhook } from "@/components/webhooks/webhook";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { webhooksQuery } from "@/lib/api/webhooks";
import { eventGroups } from "@/lib/workspace/audit/events";
import { listWebhooks } from "@/lib/workspace/webhooks/webhooks";

export const metadata: Metadata = { title: "Webhook" };

type Props = { params: Promise<{ workspace: string; id: string }> };

export default async function WebhookPage({ params }: Props) {
  const { workspace: slug, id } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const webhooks = await listWebhooks(access.workspace.id);
  if (!webhooks.some((webhook) => webhook.id === id)) notFound();
  return (
    <Hydrate data={[filled(webhooksQuery(slug), { webhooks, events: eventGroups })]}>
      <Link href={`/${slug}/settings/webhooks`} className="mb-6 inline-block text-[13px] text-ink-soft hover:text-ink">
        ← Webhooks
      </Link>
      <Webhook workspace={slug} id={id} />
    </Hydrate>
  );
}
