import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { RequestLog } from "@/components/provisioning/request-log";
import { Status } from "@/components/provisioning/status";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { provisioningQuery } from "@/lib/api/provisioning";
import { findProvisioningStatus } from "@/lib/workspace/log/health";

export const metadata: Metadata = { title: "Provisioning" };

type Props = { params: Promise<{ workspace: string }> };

export default async function ProvisioningPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const { id } = access.workspace;
  return (
    <Hydrate data={[filled(provisioningQuery(slug), await findProvisioningStatus(id))]}>
      <PageHeader title="Provisioning">What your identity provider does in this workspace, as it happens.</PageHeader>
      <Status workspace={slug} />
      <RequestLog workspace={slug} />
    </Hydrate>
  );
}
