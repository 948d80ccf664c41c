import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { Teams } from "@/components/teams/teams";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";

export const metadata: Metadata = { title: "Teams" };

type Props = { params: Promise<{ workspace: string }> };

export default async function TeamsPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  return (
    <>
      <PageHeader title="Teams">Groups that your identity provider pushes are teams here.</PageHeader>
      <Teams workspace={slug} />
    </>
  );
}
