import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { Seats } from "@/components/seats/seats";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { settingsQuery } from "@/lib/api/settings";
import { findSettings } from "@/lib/workspace/workspaces/settings";

export const metadata: Metadata = { title: "Seats" };

type Props = { params: Promise<{ workspace: string }> };

export default async function SeatsPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const { id } = access.workspace;
  return (
    <Hydrate data={[filled(settingsQuery(slug), await findSettings(id))]}>
      <PageHeader title="Seats">Members and invites take a seat each; suspended people take none.</PageHeader>
      <Seats workspace={slug} />
    </Hydrate>
  );
}
