import { setTimeout as sleep } from "node:timers/promises";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { isAboutRow, noteSetAside } from "@/lib/set-aside";
import { type Mail, opened, wake } from "@/lib/workspace/mail/outbox";
import {
  type DueMail,
  finishMail,
  keepMails,
  linkIsLive,
  nextMailIn,
  retryMail,
  takeMail,
  takeMails,
  takenFor,
  waitsForTomorrow,
} from "@/lib/workspace/mail/queue";
import { failUnreachable, forgetUnreachable, noteUnreachable } from "@/lib/workspace/mail/unreachable";
import { beginProbe, endProbe, isShut, mayTake, nextProbeIn, openGate, shutGate } from "./mail-gate";
import { type RenderedMail, renderMail, summarizeMail } from "./mail-templates";
import { type Outcome, sendBySmtp, sendLimit } from "./smtp";

/** Attempts after which an email is given up and listed as failed. */
const maxAttempts = 10;

/** Seconds between attempts that reached the mail server. All ten take some three days, as RFC 5321 §4.5.4.1 asks of senders. */
export const pauses = [30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400, 86_400] as const;

/** Emails kept per batch on a machine without SMTP. */
const keptAtOnce = 50;

/** A connection to the SMTP server, with the emails it may send. */
type Slot = { lane: 1 | 2 | 3; isOwnOnly: boolean };

/** The first slot is for sign-in links alone, so that one can go out however many invites hang. */
const slots: readonly Slot[] = [
  { lane: 1, isOwnOnly: true },
  { lane: 1, isOwnOnly: false },
  { lane: 2, isOwnOnly: false },
  { lane: 3, isOwnOnly: false },
  { lane: 3, isOwnOnly: false },
];

/**
 * A slot's current state: the workspace of its email, whether that email is a probe, and whether new work was announced since the slot last
 * looked.
 */
type Run = { done: Promise<void>; workspaceId: string | null; isProbe: boolean; isAnnounced: boolean };

const underWay = new Map<Slot | "kept", Run>();
let stopping = false;

/** Sends all due emails: starts each idle slot, which runs until its lane is empty. Returns without waiting for them. */
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
  const run: Run = { done: Promise.resolve(), workspaceId: null, isProbe: false, isAnnounced: false };
  underWay.set(slot, run);
  run.done = work(run)
    .catch((error: unknown) => log().error({ err: error }, "mails could not be sent"))
    .finally(() => underWay.get(slot) === run && underWay.delete(slot));
}

/** Whether a run that found nothing ends. It continues if new work was announced while it looked. */
function ends(slot: Slot | "kept", run: Run): boolean {
  if (run.isAnnounced && !stopping) {
    run.isAnnounced = false;
    return false;
  }
  return underWay.delete(slot); // from here on, an announcement starts a new run
}

/** Waits until nothing is due or under way. */
export async function finishMails(): Promise<void> {
  while (underWay.size > 0) await Promise.all([...underWay.values()].map(({ done }) => done));
}

/** Lets running work finish and takes no more. */
export async function stopMails(): Promise<void> {
  stopping = true;
  await finishMails();
  stopping = false;
}

/** Sends all due emails and waits for them. */
export async function sendDueMails(): Promise<void> {
  startMails();
  await finishMails();
}

/** Workspaces with an email of this lane under way. */
function busyIn(lane: number): string[] {
  return [...underWay].flatMap(([slot, { workspaceId }]) =>
    slot !== "kept" && slot.lane === lane && workspaceId ? [workspaceId] : [],
  );
}

/**
 * Slots of one lane take emails one after the other, so that each knows the workspaces of the others; while the gate is shut, all slots do.
 */
const taking = new Map<number, Promise<unknown>>();
const allLanes = 0;

function takeFor({ lane, isOwnOnly }: Slot, run: Run): Promise<DueMail | null> {
  const turn = isShut() ? allLanes : lane;
  const taken = (taking.get(turn) ?? Promise.resolve()).then(async () => {
    if (stopping || !mayTake()) return null;
    run.isProbe = beginProbe();
    try {
      const mail = await takeMail(lane, isOwnOnly, busyIn(lane));
      run.workspaceId = mail?.workspaceId ?? null;
      if (!mail) settle(run);
      return mail;
    } catch (error) {
      settle(run);
      throw error;
    }
  });
  taking.set(
    turn,
    taken.catch(() => null), // the next slot reports its own failure
  );
  return taken;
}

/** Clears a slot's state: nothing is under way. */
function settle(run: Run): void {
  if (run.isProbe) endProbe();
  Object.assign(run, { isProbe: false, workspaceId: null });
}

async function sendOnAndOn(slot: Slot, run: Run, smtpUrl: string): Promise<void> {
  while (true) {
    const mail = await takeFor(slot, run);
    if (!mail && ends(slot, run)) return;
    if (!mail) continue;
    try {
      await handle(mail, smtpUrl, run);
    } finally {
      settle(run);
    }
  }
}

async function keepOnAndOn(run: Run): Promise<void> {
  while (true) {
    const mails = stopping ? [] : await takeMails(keptAtOnce);
    if (mails.length === 0 && ends("kept", run)) return;
    await keep(mails);
  }
}

/** Seconds until the next look is needed: an email is due, or the server has to be probed. */
export async function nextMailLookIn(): Promise<number | null> {
  return nextProbeIn() ?? nextMailIn();
}

/** Fails an email that can't be sent because of its own content, and records why. Its link stays sealed, so that it can be sent again. */
async function setAside({ id, kind }: DueMail, why: string, error: unknown): Promise<null> {
  noteSetAside("mail", error, { mail: id, kind });
  await finishMail(id, "failed", why);
  return null;
}

/** Decrypts an email's link. Fails the email and returns null when that isn't possible. */
async function open(mail: DueMail): Promise<Mail | null> {
  try {
    return opened(mail);
  } catch (error) {
    return setAside(mail, "Its link can't be read: MUSTER_SECRET was another one when the email was written.", error);
  }
}

/** Renders an email. Fails it and returns null when that isn't possible. */
async function rendered(due: DueMail, mail: Mail): Promise<RenderedMail | null> {
  try {
    return await renderMail(mail, env().MUSTER_URL);
  } catch (error) {
    return setAside(due, `It can't be rendered as an email of the kind ${due.kind}.`, error);
  }
}

/** Whether an email may be sent now: its cause still holds, and its recipient is below today's limit for the kind. */
async function mayLeave(due: DueMail, mail: Mail): Promise<boolean> {
  return !((await isDropped(due, mail)) || (await waitsForTomorrow(due)));
}

/** Drops an email that must not be sent any more, and records why. */
async function isDropped(due: DueMail, mail: Mail): Promise<boolean> {
  const why = await whyVoid(due, mail);
  if (why !== null) await finishMail(mail.id, "dropped", why);
  return why !== null;
}

/** Why an email must not be sent any more, or null. */
async function whyVoid({ isStillHere }: DueMail, mail: Mail): Promise<string | null> {
  if (!(await linkIsLive(mail))) return deadLink[mail.kind] ?? "Its link has expired before it left.";
  return isStillHere ? null : "The person was removed before it left.";
}

const deadLink: Partial<Record<Mail["kind"], string>> = {
  invite: "The invite was accepted, cancelled or replaced, or has expired, before it left.",
  address_confirm: "The change was withdrawn or replaced, or has expired, before it left.",
};

/** Without SMTP, the person at this machine gets the links: prints them to the console and keeps the emails for the mailbox. */
async function keep(mails: DueMail[]): Promise<void> {
  const kept: string[] = [];
  for (const due of mails) {
    const mail = await open(due);
    if (!mail || (await isDropped(due, mail))) continue;
    const summary = await summarized(due, mail);
    if (!summary) continue;
    const { subject, url } = summary;
    process.stdout.write(`\n  Mail to ${mail.to}: ${subject}\n${url ? `  ${url}\n` : ""}\n`);
    kept.push(mail.id);
  }
  await keepMails(kept);
}

async function summarized(due: DueMail, mail: Mail): Promise<{ subject: string; url: string | null } | null> {
  try {
    return summarizeMail(mail, env().MUSTER_URL);
  } catch (error) {
    return setAside(due, `It can't be rendered as an email of the kind ${due.kind}.`, error);
  }
}

/** An email keeps its Message-ID through all attempts, so that a receiver can recognise a duplicate. */
function messageId({ id }: Mail): string {
  return `<${id}@${new URL(env().MUSTER_URL).hostname}>`;
}

/** Handles one email within its lease. */
async function handle(due: DueMail, smtpUrl: string, run: Run): Promise<void> {
  if (due.attempts > maxAttempts) {
    await finishMail(due.id, "failed", `It was tried ${maxAttempts} times, and the server ended each time.`);
    return;
  }
  const mail = await open(due);
  if (!mail || !(await mayLeave(due, mail))) return;
  const letter = await rendered(due, mail);
  const left = Math.min(sendLimit, takenFor - 15_000 - (performance.now() - due.takenAt));
  if (!letter || left <= 0) return; // too late for this lease: whoever takes it next sends it
  const { subject, html, text } = letter;
  const message = { id: messageId(mail), from: env().MAIL_FROM, to: mail.to, subject, html, text };
  await finish(due, await sendBySmtp(smtpUrl, message, left), run);
}

/** Records the result of an attempt. */
async function finish(mail: DueMail, outcome: Outcome, run: Run): Promise<void> {
  const { id, kind, attempts } = mail;
  if (outcome.kind === "unreachable") return waitForServer(mail, outcome.detail, run);
  if (openGate()) {
    await forgetUnreachable();
    startMails();
  }
  if (outcome.kind === "sent") {
    await insist(mail, () => finishMail(id, "sent", null));
    log().info({ mail: id, kind }, "mail sent");
    return;
  }
  const { kind: ending, detail } = outcome;
  log().warn({ mail: id, kind, attempts, detail }, "mail not sent");
  const pause = pauses[attempts - 1];
  const isOver = ending === "refused" || pause === undefined;
  await insist(mail, () => (isOver ? finishMail(id, ending, detail) : retryMail(id, detail, pause)));
  wake("mail"); // the next attempt may be due before the worker's next look
}

/** The server is unreachable: this email loses no attempt, and the others wait for the next probe. */
async function waitForServer({ id, kind }: DueMail, detail: string, run: Run): Promise<void> {
  const seconds = shutGate(run.isProbe);
  log().warn({ mail: id, kind, detail, nextLookIn: seconds }, "the mail server can't be reached");
  await noteUnreachable(id, detail, seconds);
  await failUnreachable();
  wake("mail");
}

/** Retries writing the result while the lease lasts, so that a short database outage doesn't send the email twice. */
async function insist({ takenAt }: DueMail, write: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (stopping || isAboutRow(error) || performance.now() - takenAt > takenFor - 5_000) throw error;
      await sleep(1_000);
    }
  }
}
