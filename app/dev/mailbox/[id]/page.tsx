import { headers } from "next/headers";
import Link from "next/link";
import { notFound } from "next/navigation";
import { PageHeader } from "@/components/ui/section";
import { findMailboxMessage } from "@/lib/jobs/mailbox";
import { translator } from "@/lib/messages/translator";
import { cameFromThisMachine } from "@/lib/request/this-machine";
import { mailboxIsOpen } from "@/lib/workspace/mail/mailbox";

type Props = { params: Promise<{ id: string }> };

export default async function MessagePage({ params }: Props) {
  const { id } = await params;
  const t = translator("pages");
  if (!mailboxIsOpen(cameFromThisMachine(await headers()))) notFound();
  const message = await findMailboxMessage(id);
  if (!message) notFound();
  return (
    <main className="mx-auto max-w-[880px] px-4 py-10 sm:px-8">
      <Link href="/dev/mailbox" className="mb-6 inline-block text-[13px] text-ink-soft hover:text-ink">
        {t("mailbox.back")}
      </Link>
      <PageHeader title={message.subject}>{t("mailbox.to", { address: message.to })}</PageHeader>
      {message.url ? (
        <p className="mb-4 break-all">
          <a href={message.url} className="text-accent underline underline-offset-4 dark:text-ink">
            {message.url}
          </a>
        </p>
      ) : null}
      <iframe
        title={t("mailbox.frame")}
        srcDoc={message.html}
        sandbox=""
        className="h-[520px] w-full rounded-xl border bg-white"
      />
      <pre className="mt-6 whitespace-pre-wrap break-words font-mono text-ink-soft text-xs">{message.text}</pre>
    </main>
  );
}
