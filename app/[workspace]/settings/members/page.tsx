import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { Members } from "@/components/members/members";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";

export const metadata: Metadata = { title: "Members" };

type Props = { params: Promise<{ workspace: string }> };

export default async function MembersPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  return (
    <>
      <PageHeader title="Members">
        Everybody in this workspace. People that your identity provider manages are changed there.
      </PageHeader>
      <Members workspace={slug} />
    </>
  );
}
