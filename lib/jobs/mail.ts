import { createTransport, type Transporter } from "nodemailer";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import {
  type DueMail,
  finishMail,
  inviteIsLive,
  keepMails,
  noteMailFailure,
  takeMail,
  takeMails,
  waitsForTomorrow,
} from "@/lib/workspace/mail-queue";
import { findMail, listMails, type Mail } from "@/lib/workspace/outbox";
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

/** A connection to the SMTP server, and what it sends. */
type Slot = { lane: 1 | 2 | 3; isOwnOnly: boolean };

/** The first is for sign-in links alone: however many invites hang, one of those leaves. */
const slots: readonly Slot[] = [
  { lane: 1, isOwnOnly: true },
  { lane: 1, isOwnOnly: false },
  { lane: 2, isOwnOnly: false },
  { lane: 3, isOwnOnly: false },
  { lane: 3, isOwnOnly: false },
];

/** What a slot is at: the workspace whose mail it sends, and whether something was announced since it last looked. */
type Run = { done: Promise<void>; workspaceId: string | null; isAnnounced: boolean };

const underWay = new Map<Slot | "kept", Run>();
let stopping = false;

/** Sends what is due: each slot that rests begins, and goes on until its lane is empty. Returns at once. */
export function startMails(): void {
  const { SMTP_URL } = env();
  if (SMTP_URL === undefined) begin("kept", keepOnAndOn);
  else for (const slot of slots) begin(slot, (run) => sendOnAndOn(slot, run, SMTP_URL));
}

function begin(slot: Slot | "kept", work: (run: Run) => Promise<void>): void {
  const before = underWay.get(slot);
  if (before) {
    before.isAnnounced = true;
    return;
  }
  const run: Run = { done: Promise.resolve(), workspaceId: null, isAnnounced: false };
  underWay.set(slot, run);
  run.done = work(run)
    .catch((error: unknown) => log().error({ err: error }, "mails could not be sent"))
    .finally(() => underWay.get(slot) === run && underWay.delete(slot));
}

/** Whether a run that found nothing ends: not when something came in while it looked. */
function ends(slot: Slot | "kept", run: Run): boolean {
  if (run.isAnnounced && !stopping) {
    run.isAnnounced = false;
    return false;
  }
  return underWay.delete(slot); // from here on the next announcement begins a new one
}

/** Waits until nothing is due and nothing under way. */
export async function finishMails(): Promise<void> {
  while (underWay.size > 0) await Promise.all([...underWay.values()].map(({ done }) => done));
}

/** Lets what is under way end, and takes nothing more. */
export async function stopMails(): Promise<void> {
  stopping = true;
  await finishMails();
  stopping = false;
}

/** Sends all that is due and waits for it. */
export async function sendDueMails(): Promise<void> {
  startMails();
  await finishMails();
}

/** Workspaces that have a mail of this lane under way. */
function busyIn(lane: number): string[] {
  return [...underWay].flatMap(([slot, { workspaceId }]) =>
    slot !== "kept" && slot.lane === lane && workspaceId ? [workspaceId] : [],
  );
}

/** Slots of one lane take one after the other, so that each knows whose mail the others have. */
const taking = new Map<number, Promise<unknown>>();

function takeFor({ lane, isOwnOnly }: Slot, run: Run): Promise<DueMail | null> {
  const taken = (taking.get(lane) ?? Promise.resolve()).then(async () => {
    if (stopping) return null;
    const mail = await takeMail(lane, isOwnOnly, busyIn(lane));
    run.workspaceId = mail?.workspaceId ?? null;
    return mail;
  });
  taking.set(
    lane,
    taken.catch(() => null), // whoever takes next has its own failure to tell
  );
  return taken;
}

async function sendOnAndOn(slot: Slot, run: Run, smtpUrl: string): Promise<void> {
  while (true) {
    const mail = await takeFor(slot, run);
    if (!mail && ends(slot, run)) return;
    if (!mail) continue;
    if (await mayLeave(mail)) await send(mail, smtpUrl);
    run.workspaceId = null;
  }
}

async function keepOnAndOn(run: Run): Promise<void> {
  while (true) {
    const mails = stopping ? [] : await takeMails(keptAtOnce);
    if (mails.length === 0 && ends("kept", run)) return;
    await keep(mails);
  }
}

/** Whether a mail may leave now: its cause stands, and its recipient has had fewer of the kind today than they may. */
async function mayLeave(mail: DueMail): Promise<boolean> {
  return !((await isDropped(mail)) || (await waitsForTomorrow(mail)));
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
    if (!(await mayLeave(mail))) continue;
    const { subject, url } = summarizeMail(mail, env().MUSTER_URL);
    process.stdout.write(`\n  Mail to ${mail.to}: ${subject}\n${url ? `  ${url}\n` : ""}\n`);
    kept.push(mail.id);
  }
  await keepMails(kept);
}

/** The recipient's server doesn't take mail for this address, and won't at the next try either: 5xx at RCPT (RFC 5321 §4.2.1). */
function isRefused(error: unknown): boolean {
  const { command, responseCode = 0 } = error as { command?: string; responseCode?: number };
  return command === "RCPT TO" && responseCode >= 500 && responseCode <= 599;
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
    if (isRefused(error)) await finishMail(mail.id, "refused", detail);
    else if (mail.attempts >= maxAttempts) await finishMail(mail.id, "failed", detail);
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
