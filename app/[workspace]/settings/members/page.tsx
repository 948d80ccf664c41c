import type { Metadata } from "next";
import { requireAdmin } from "@/app/access";
import { filled, Hydrate } from "@/app/hydrate";
import { Members } from "@/components/members/members";
import { UnsentEmails } from "@/components/members/unsent-emails";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { unsentEmailsQuery } from "@/lib/api/unsent-emails";
import { listUnsentMails } from "@/lib/workspace/mail/unsent";

export const metadata: Metadata = { title: "Members" };

type Props = { params: Promise<{ workspace: string }> };

export default async function MembersPage({ params }: Props) {
  const { workspace: slug } = await params;
  const access = await requireAdmin(slug);
  if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
  const unsent = await listUnsentMails(access.workspace.id);
  return (
    <Hydrate data={[filled(unsentEmailsQuery(slug), unsent)]}>
      <PageHeader title="Members">
        Everybody in this workspace. People that your identity provider manages are changed there.
      </PageHeader>
      <UnsentEmails workspace={slug} />
      <Members workspace={slug} />
    </Hydrate>
  );
}
