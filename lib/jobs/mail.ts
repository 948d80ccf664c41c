import { createTransport, type Transporter } from "nodemailer";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import {
  type DueMail,
  findMail,
  finishMail,
  inviteIsLive,
  keepMails,
  listMails,
  type Mail,
  noteMailFailure,
  takeMails,
} from "@/lib/workspace/outbox";
import { renderMail, summarizeMail } from "./mail-templates";

/** After this many tries a mail is given up and shown as failed. */
const maxAttempts = 10;

const here = globalThis as { musterTransport?: Transporter };

function transport(url: string): Transporter {
  here.musterTransport ??= createTransport(url, { connectionTimeout: 10_000, socketTimeout: 20_000 } as object);
  return here.musterTransport;
}

/** Mails that are kept at once on a machine without SMTP. */
const keptAtOnce = 50;

/** Sends every mail that is due, one after the other: a failure of one never repeats another. */
export async function sendDueMails(): Promise<void> {
  const { SMTP_URL } = env();
  if (SMTP_URL === undefined) {
    for (let mails = await takeMails(keptAtOnce); mails.length > 0; mails = await takeMails(keptAtOnce))
      await keep(mails);
    return;
  }
  for (let [mail] = await takeMails(1); mail; [mail] = await takeMails(1)) {
    if (!(await isDropped(mail))) await send(mail, SMTP_URL);
  }
}

/** Drops a mail that must not leave any more, with the reason. */
async function isDropped(mail: DueMail): Promise<boolean> {
  const why = await whyVoid(mail);
  if (why !== null) await finishMail(mail.id, "dropped", why);
  return why !== null;
}

/** Why a mail must not leave any more, or null. */
async function whyVoid({ kind, secret, isStillHere }: DueMail): Promise<string | null> {
  if (kind === "invite" && (secret === null || !(await inviteIsLive(secret)))) {
    return "The invite was accepted, cancelled or replaced, or has expired, before it left.";
  }
  return isStillHere ? null : "The person was removed before it left.";
}

/** A machine of one's own: the links are for the person at its console, and the mailbox renders what is opened. */
async function keep(mails: DueMail[]): Promise<void> {
  const kept: string[] = [];
  for (const mail of mails) {
    if (await isDropped(mail)) continue;
    const { subject, url } = summarizeMail(mail, env().MUSTER_URL);
    process.stdout.write(`\n  Mail to ${mail.to}: ${subject}\n${url ? `  ${url}\n` : ""}\n`);
    kept.push(mail.id);
  }
  await keepMails(kept);
}

async function send(mail: Mail, smtpUrl: string): Promise<void> {
  const { MAIL_FROM, MUSTER_URL } = env();
  const { subject, html, text } = await renderMail(mail, MUSTER_URL);
  try {
    await transport(smtpUrl).sendMail({ from: MAIL_FROM, to: { name: "", address: mail.to }, subject, html, text });
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
