import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { Members } from "@/components/members/members";
import { UnsentEmails } from "@/components/members/unsent-emails";
import { unsentEmailsQuery } from "@/lib/api/unsent-emails";
import { listUnsentMails } from "@/lib/workspace/mail/unsent";

export const metadata = { title: "Members" };

export default adminPage(
  {
    title: "Members",
    lead: "Everybody in this workspace. People that your identity provider manages are changed there.",
    load: async ({ workspaceId, workspace }) => [
      filled(unsentEmailsQuery(workspace), await listUnsentMails(workspaceId)),
    ],
  },
  ({ workspace }) => (
    <>
      <UnsentEmails workspace={workspace} />
      <Members workspace={workspace} />
    </>
  ),
);
