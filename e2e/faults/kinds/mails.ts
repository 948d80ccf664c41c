import { setTimeout as sleep } from "node:timers/promises";
import { askBeside, openBeside } from "@/e2e/faults/beside";
import { chance } from "@/e2e/faults/chance";
import { openSite, type Site, writeDuring } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { startMuster } from "@/e2e/support/muster";
import { openRoughMailServer, type RoughMailServer } from "@/e2e/support/rough-mail-server";

/** Seconds for which a worker that died keeps its lease on an email (F20). */
const longestLease = 60;

type Mailing = { site: Site; mails: RoughMailServer; settings: Record<string, string>; port: number };

/** An installation that sends emails at once, to a server that misbehaves. */
async function openMailing(): Promise<Mailing> {
  const mails = await openRoughMailServer();
  const settings = { SMTP_URL: mails.url, MUSTER_INVITE_DELAY: "0" };
  return { site: await openSite(settings), mails, settings, port: Number(new URL(mails.url).port) };
}

/** Restarts the server after making all postponed emails due, including those leased by a killed server. */
async function startLater({ site, settings }: Mailing, beside: Awaited<ReturnType<typeof openBeside>>): Promise<void> {
  await beside.query(`UPDATE "Mail" SET "notBefore" = now() WHERE state = 'pending'`);
  site.muster = await startMuster({ MUSTER_DATA_DIR: site.folder, MUSTER_SCIM_RATE: "0", ...settings });
}

/** Waits until no email is due; returns those still there after half a minute, in words. */
async function leftToSend(site: Site): Promise<string[]> {
  let left: { kind: string; state: string; detail: string | null }[] = [];
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(200)) {
    left = await askBeside(site.folder, `SELECT kind, state, detail FROM "Mail" WHERE state = 'pending'`);
    if (left.length === 0) return [];
  }
  return left.map(({ kind, state, detail }) => `a mail of the kind ${kind} is ${state}: ${detail}`);
}

/** The id of an email in the outbox, which is the first half of its Message-ID. */
function idOf(mail: string): string {
  return /^message-id: <(.+?)@/im.exec(mail)?.[1] ?? "without an id";
}

/** The number of copies received of each email, by its Message-ID. */
function copiesOf(taken: string[]): Map<string, number> {
  const copies = new Map<string, number>();
  for (const mail of taken) {
    const id = idOf(mail);
    copies.set(id, (copies.get(id) ?? 0) + 1);
  }
  return copies;
}

/** What is wrong with the received emails: one that the outbox lists as sent is missing, or arrived more often than `crashes` explain. */
async function wrongMails(
  { site, mails }: Mailing,
  crashes: number,
  unanswered: Map<string, number>,
): Promise<string[]> {
  const copies = copiesOf(mails.taken);
  const rows = await askBeside<{ id: string; kind: string; state: string; detail: string | null }>(
    site.folder,
    `SELECT id, kind, state, detail FROM "Mail"`,
  );
  const missing = rows.filter(({ id, state }) => state === "sent" && !copies.has(id));
  const failed = rows.filter(({ state }) => state === "failed" || state === "refused");
  const often = [...copies].filter(([id, count]) => count > 1 + crashes + (unanswered.get(id) ?? 0));
  return [
    ...missing.map(({ id, kind }) => `the mail ${id} (${kind}) is called sent and never came`),
    ...failed.map(({ id, kind, detail }) => `the mail ${id} (${kind}) was given up: ${detail}`),
    ...often.map(([id, count]) => `the mail ${id} came ${count} times`),
    ...(copies.size === 0 ? ["no mail came at all"] : []),
  ];
}

/** The ways the mail server misbehaves, one after the other. */
const manners = [
  "down",
  "silent",
  "greets with 421",
  "greets with 450",
  "421 at RCPT",
  "drops at DATA",
  "drops after taking",
] as const;

type Manner = (typeof manners)[number];

/** F06: the mail server misbehaves while people are provisioned: provisioning is unaffected, and all due emails arrive afterwards. */
export async function misbehaveMail(times: number, ways: readonly Manner[] = manners): Promise<Row> {
  const mailing = await openMailing();
  const { site } = mailing;
  const beside = await openBeside(site.folder);
  const losses: string[] = [];
  const unanswered = new Map<string, number>();
  for (let done = 0; done < times; done++) {
    for (const manner of ways) {
      const end = await misbehave(mailing, manner);
      const refused = site.tally.refused + site.tally.unknown;
      await writeDuring(site, () => sleep(600 + chance() * 400));
      await site.muster.stop();
      if (site.tally.unknown + site.tally.refused > refused) losses.push(`${manner}: provisioning noticed`);
      for (const id of await end()) unanswered.set(id, (unanswered.get(id) ?? 0) + 1);
      await startLater(mailing, beside);
    }
    losses.push(...(await leftToSend(site)), ...(await site.examine()));
  }
  losses.push(...(await wrongMails(mailing, 0, unanswered)));
  await beside.end();
  await site.remove();
  await mailing.mails.close();
  return rowOf("F06", `the mail server misbehaves in ${ways.length} ways`, times, losses, site.tally);
}

/**
 * Starts misbehaving. The returned function stops it, and returns the ids of emails that were kept without an answer, each of which is sent
 * again.
 */
async function misbehave(mailing: Mailing, manner: Manner): Promise<() => Promise<string[]>> {
  const { mails, port } = mailing;
  const from = mails.taken.length;
  if (manner === "down") {
    await mails.close();
    return async () => {
      mailing.mails = await openRoughMailServer(port);
      mailing.mails.taken.push(...mails.taken);
      return [];
    };
  }
  mails.behave(manner);
  return async () => {
    mails.behave("takes");
    return mails.taken.slice(from).map(idOf);
  };
}

/** F20: the server is killed while emails are sent: each arrives, with at most one extra copy per kill. */
export async function killMailer(times: number): Promise<Row> {
  const mailing = await openMailing();
  const { site } = mailing;
  const beside = await openBeside(site.folder);
  const losses: string[] = [];
  for (let done = 0; done < times; done++) {
    await writeDuring(site, async () => {
      await sleep(500 + chance() * 700);
      await site.muster.kill();
      const { rows } = await beside.query<{ late: number }>(
        `SELECT count(*)::int AS late FROM "Mail" WHERE state = 'pending' AND attempts > 0 AND "notBefore" > now() + make_interval(secs => $1)`,
        [longestLease],
      );
      if (rows[0]?.late) losses.push(`${rows[0].late} mails are held for more than ${longestLease} s by a dead server`);
      await startLater(mailing, beside);
    });
    losses.push(...(await leftToSend(site)), ...(await site.examine()));
  }
  losses.push(...(await wrongMails(mailing, times, new Map())));
  await beside.end();
  await site.remove();
  await mailing.mails.close();
  return rowOf("F20", "kill -9 while mails leave", times, losses, site.tally);
}
