import { createTransport, type Transporter } from "nodemailer";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import {
  findMail,
  finishMail,
  inviteIsLive,
  isStillHere,
  keepMail,
  listMails,
  type Mail,
  noteMailFailure,
  takeMail,
} from "@/lib/workspace/outbox";
import { renderMail, summarizeMail } from "./mail-templates";

/** After this many tries a mail is given up and shown as failed. */
const maxAttempts = 10;

const here = globalThis as { musterTransport?: Transporter };

function transport(url: string): Transporter {
  here.musterTransport ??= createTransport(url, { connectionTimeout: 10_000, socketTimeout: 20_000 } as object);
  return here.musterTransport;
}

/** Sends every mail that is due, one after the other: a failure of one never repeats another. */
export async function sendDueMails(): Promise<void> {
  for (let mail = await takeMail(); mail !== null; mail = await takeMail()) await send(mail);
}

/** Why a mail must not leave any more, or null. */
async function whyVoid(mail: Mail): Promise<string | null> {
  const { kind, secret } = mail;
  if (kind === "invite" && (secret === null || !(await inviteIsLive(secret)))) {
    return "The invite was accepted, cancelled or replaced, or has expired, before it left.";
  }
  const isWelcome = kind === "added" || kind === "welcome";
  if (isWelcome && !(await isStillHere(mail))) {
    return "The person was removed before it left.";
  }
  return null;
}

async function send(mail: Mail): Promise<void> {
  const why = await whyVoid(mail);
  if (why !== null) return finishMail(mail.id, "dropped", why);
  const { SMTP_URL, MAIL_FROM, MUSTER_URL } = env();
  if (SMTP_URL === undefined) {
    // A machine of one's own: the link is for the person at its console, and the mailbox renders what is opened.
    const { subject, url } = summarizeMail(mail, MUSTER_URL);
    process.stdout.write(`\n  Mail to ${mail.to}: ${subject}\n${url ? `  ${url}\n` : ""}\n`);
    return keepMail(mail.id);
  }
  const { subject, html, text } = await renderMail(mail, MUSTER_URL);
  try {
    await transport(SMTP_URL).sendMail({ from: MAIL_FROM, to: { name: "", address: mail.to }, subject, html, text });
    await finishMail(mail.id, "sent", null);
    log().info({ mail: mail.id, kind: mail.kind }, "mail sent");
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    log().warn({ mail: mail.id, kind: mail.kind, attempts: mail.attempts, detail }, "mail not sent");
    if (mail.attempts >= maxAttempts) await finishMail(mail.id, "failed", detail);
    else await noteMailFailure(mail.id, detail);
  }
}

export type MailboxMessage = {
  id: string;
  to: string;
  kind: string;
  subject: string;
  createdAt: string;
  url: string | null;
};

/** Mails kept on a machine without SMTP, newest first. */
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
