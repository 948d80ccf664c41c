import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { Domains } from "@/components/domains/domains";
import { ProvisioningSwitches } from "@/components/domains/provisioning-switches";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { domainsQuery } from "@/lib/api/domains";
import { settingsQuery } from "@/lib/api/settings";
import { listDomains } from "@/lib/workspace/domains/domains";
import { findSettings } from "@/lib/workspace/workspaces/settings";

export const metadata: Metadata = { title: "Security" };

type Props = { params: Promise<{ workspace: string }> };

export default async function SecurityPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const { id } = access.workspace;
  const [domains, settings] = await Promise.all([listDomains(id), findSettings(id)]);
  const data = [filled(domainsQuery(slug), domains), filled(settingsQuery(slug), settings)];
  return (
    <Hydrate data={data}>
      <PageHeader title="Security">Who belongs to this workspace, and who says so.</PageHeader>
      <Domains workspace={slug} />
      <ProvisioningSwitches workspace={slug} />
    </Hydrate>
  );
}
