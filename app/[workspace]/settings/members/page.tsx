import { adminPage } from "@/app/admin-page";
import { filled } from "@/app/hydrate";
import { titled } from "@/app/texts";
import { Members } from "@/components/members/members";
import { UnsentEmails } from "@/components/members/unsent-emails";
import { unsentEmailsQuery } from "@/lib/api/unsent-emails";
import { listUnsentMails } from "@/lib/workspace/mail/unsent";

export const generateMetadata = titled("members");

export default adminPage(
  {
    page: "members",
    rooms: ["members"],
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
