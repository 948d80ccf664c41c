import { env } from "@/lib/env";
import { findMail, listMails } from "@/lib/workspace/mail/outbox";
import { renderMail, summarizeMail } from "./mail-templates";

export type MailboxMessage = {
  id: string;
  to: string;
  kind: string;
  subject: string;
  createdAt: string;
  url: string | null;
};

/** Emails kept on a machine without SMTP, newest first. */
export async function listMailbox(): Promise<MailboxMessage[]> {
  return (await listMails()).map((mail) => {
    const { subject, url } = summarizeMail(mail, env().MUSTER_URL);
    return { id: mail.id, to: mail.to, kind: mail.kind, subject, createdAt: mail.createdAt.toISOString(), url };
  });
}

export async function findMailboxMessage(
  id: string,
): Promise<(MailboxMessage & { html: string; text: string }) | null> {
  const mail = await findMail(id);
  if (!mail) return null;
  const { subject, html, text, url } = await renderMail(mail, env().MUSTER_URL);
  return {
    id: mail.id,
    to: mail.to,
    kind: mail.kind,
    subject,
    createdAt: mail.createdAt.toISOString(),
    url,
    html,
    text,
  };
}
