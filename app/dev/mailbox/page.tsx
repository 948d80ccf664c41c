import { headers } from "next/headers";
import Link from "next/link";
import { notFound } from "next/navigation";
import { titled } from "@/app/texts";
import { Card, PageHeader } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { listMailbox } from "@/lib/jobs/mailbox";
import { translator } from "@/lib/messages/translator";
import { cameFromThisMachine } from "@/lib/request/this-machine";
import { mailboxIsOpen } from "@/lib/workspace/mail/mailbox";

export const generateMetadata = titled("mailbox");

/** Emails of a machine without SMTP, only for visitors on that machine. */
export default async function MailboxPage() {
  if (!mailboxIsOpen(cameFromThisMachine(await headers()))) notFound();
  const t = translator("pages");
  const messages = await listMailbox();
  return (
    <main className="mx-auto max-w-[880px] px-4 py-10 sm:px-8">
      <PageHeader title={t("mailbox.title")}>{t("mailbox.lead")}</PageHeader>
      <Card className="divide-y">
        {messages.length === 0 ? <p className="px-5 py-8 text-center text-ink-soft">{t("mailbox.none")}</p> : null}
        {messages.map((message) => (
          <Link
            key={message.id}
            href={`/dev/mailbox/${message.id}`}
            className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3.5 hover:bg-hover"
          >
            <span className="font-medium">{message.subject}</span>
            <span className="text-ink-soft">{message.to}</span>
            <span className="ml-auto text-[13px] text-ink-faint">
              <Time at={message.createdAt} />
            </span>
          </Link>
        ))}
      </Card>
    </main>
  );
}
