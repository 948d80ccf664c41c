import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { GeneralForm } from "@/components/workspace/general-form";
import { settingsQuery } from "@/lib/api/settings";
import { findSettings } from "@/lib/workspace/workspaces/settings";

export const metadata: Metadata = { title: "General" };

type Props = { params: Promise<{ workspace: string }> };

export default async function GeneralPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const { id } = access.workspace;
  return (
    <Hydrate data={[filled(settingsQuery(slug), await findSettings(id))]}>
      <PageHeader title="General">The name of the workspace, its plan and its seats.</PageHeader>
      <GeneralForm workspace={slug} />
    </Hydrate>
  );
}
