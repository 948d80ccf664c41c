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

/** After this many tries a mail is given up and shown as failed. */
const maxAttempts = 10;

/** Seconds between one try and the next that the mail server heard of: all ten take some three days, as senders are asked to (RFC 5321 §4.5.4.1). */
export const pauses = [30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400, 86_400] as const;

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

/**
 * What a slot is at: the workspace whose mail it sends, whether that mail finds out if the server is back, and whether something was
 * announced since the slot last looked.
 */
type Run = { done: Promise<void>; workspaceId: string | null; isProbe: boolean; isAnnounced: boolean };

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
  const run: Run = { done: Promise.resolve(), workspaceId: null, isProbe: false, isAnnounced: false };
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

/** Slots of one lane take one after the other, so that each knows whose mail the others have; while the gate is shut, all of them do. */
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
    taken.catch(() => null), // whoever takes next has its own failure to tell
  );
  return taken;
}

/** A slot has nothing under way any more. */
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

/** Seconds until somebody has to look again: the next mail is due, or the server is to be tried. */
export async function nextMailLookIn(): Promise<number | null> {
  return nextProbeIn() ?? nextMailIn();
}

/** Ends a mail that can't be sent by itself, and says why. Its link stays sealed, so that it can be sent again. */
async function setAside({ id, kind }: DueMail, why: string, error: unknown): Promise<null> {
  noteSetAside("mail", error, { mail: id, kind });
  await finishMail(id, "failed", why);
  return null;
}

/** A mail with its link, or null where that can't be read: then it has failed. */
async function open(mail: DueMail): Promise<Mail | null> {
  try {
    return opened(mail);
  } catch (error) {
    return setAside(mail, "Its link can't be read: MUSTER_SECRET was another one when the email was written.", error);
  }
}

/** A mail as it is sent, or null where it can't be rendered: then it has failed. */
async function rendered(due: DueMail, mail: Mail): Promise<RenderedMail | null> {
  try {
    return await renderMail(mail, env().MUSTER_URL);
  } catch (error) {
    return setAside(due, `It can't be rendered as an email of the kind ${due.kind}.`, error);
  }
}

/** Whether a mail may leave now: its cause stands, and its recipient has had fewer of the kind today than they may. */
async function mayLeave(due: DueMail, mail: Mail): Promise<boolean> {
  return !((await isDropped(due, mail)) || (await waitsForTomorrow(due)));
}

/** Drops a mail that must not leave any more, with the reason. */
async function isDropped(due: DueMail, mail: Mail): Promise<boolean> {
  const why = await whyVoid(due, mail);
  if (why !== null) await finishMail(mail.id, "dropped", why);
  return why !== null;
}

/** Why a mail must not leave any more, or null. */
async function whyVoid({ isStillHere }: DueMail, mail: Mail): Promise<string | null> {
  if (!(await linkIsLive(mail))) return deadLink[mail.kind] ?? "Its link has expired before it left.";
  return isStillHere ? null : "The person was removed before it left.";
}

const deadLink: Partial<Record<Mail["kind"], string>> = {
  invite: "The invite was accepted, cancelled or replaced, or has expired, before it left.",
  address_confirm: "The change was withdrawn or replaced, or has expired, before it left.",
};

/** A machine of one's own: the links are for the person at its console, and the mailbox renders what is opened. */
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

/** A mail keeps its Message-ID through all tries, so that a receiver knows a second copy for the same. */
function messageId({ id }: Mail): string {
  return `<${id}@${new URL(env().MUSTER_URL).hostname}>`;
}

/** Does with a mail what is to be done, while its lease lasts. */
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

/** Writes down what came of a try. */
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
  wake("mail"); // the next try may be nearer than the worker's next look
}

/** The server can't be reached: the mail loses no try by it, and the others wait for the next look. */
async function waitForServer({ id, kind }: DueMail, detail: string, run: Run): Promise<void> {
  const seconds = shutGate(run.isProbe);
  log().warn({ mail: id, kind, detail, nextLookIn: seconds }, "the mail server can't be reached");
  await noteUnreachable(id, detail, seconds);
  await failUnreachable();
  wake("mail");
}

/** What became of a mail is written while its lease lasts: a database that was away for a moment makes no second copy of it. */
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
