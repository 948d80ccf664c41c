import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { Teams } from "@/components/teams/teams";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { teamsQuery } from "@/lib/api/teams";
import { listTeams } from "@/lib/workspace/teams";

export const metadata: Metadata = { title: "Teams" };

type Props = { params: Promise<{ workspace: string }> };

export default async function TeamsPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const { id } = access.workspace;
  return (
    <Hydrate data={[filled(teamsQuery(slug), await listTeams(id))]}>
      <PageHeader title="Teams">Groups that your identity provider pushes are teams here.</PageHeader>
      <Teams workspace={slug} />
    </Hydrate>
  );
}
