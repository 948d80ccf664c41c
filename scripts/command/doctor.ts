import { prisma } from "@/lib/database/pool";
import { all, type MailModel, one, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { findReadiness } from "@/lib/process/readiness";
import type { Server } from "@/lib/process/server-record";
import { daysOld, providerList, whyListIsOld } from "@/lib/workspace/claims/mailbox-providers";

export type FailingMail = Pick<MailModel, "id" | "to" | "kind" | "state" | "attempts" | "detail">;

/** Unsent emails: tried and not sent, waiting for the mail server, or failed within the last week. Newest first. */
function findFailingMails(): Promise<FailingMail[]> {
  return all<FailingMail>(sql`
    SELECT id, "to", kind, state, attempts, detail FROM "Mail"
    WHERE detail IS NOT NULL AND (state = 'pending' AND (attempts > 0 OR "unreachableSince" IS NOT NULL) OR state = 'failed' AND "createdAt" > now() - interval '7 days')
    ORDER BY id DESC LIMIT 50`);
}

async function countMails(): Promise<{ waiting: number; failing: number }> {
  const row = await one<{ waiting: number; failing: number }>(sql`
    SELECT count(*) FILTER (WHERE state = 'pending') AS waiting,
      count(*) FILTER (WHERE detail IS NOT NULL AND (state = 'pending' AND (attempts > 0 OR "unreachableSince" IS NOT NULL) OR state = 'failed' AND "createdAt" > now() - interval '7 days')) AS failing
    FROM "Mail"`);
  return row ?? { waiting: 0, failing: 0 };
}

async function findRole(): Promise<{ name: string; isSuperuser: boolean }> {
  const row = await one<{ name: string; isSuperuser: boolean }>(
    sql`SELECT rolname AS name, rolsuper AS "isSuperuser" FROM pg_roles WHERE rolname = current_user`,
  );
  return row ?? { name: "unknown", isSuperuser: false };
}

/** Problems of the server from this shell's point of view, each with what to do. */
function problemsOf(server: Server | null, shellUrl: string | undefined): string[] {
  if (server === null) return ["No server has run on this database yet. Start one with npm start."];
  const problems: string[] = [];
  if (!server.isRunning) problems.push("The server isn't running. Start it with npm start.");
  if (!server.hasSameSecret)
    problems.push(
      "This shell has another MUSTER_SECRET than the server: links that commands print won't work. Set it here.",
    );
  if (shellUrl && shellUrl !== server.url)
    problems.push(`This shell's MUSTER_URL is ${shellUrl}; the server's is ${server.url}, which links use.`);
  return problems;
}

export type Report = Awaited<ReturnType<typeof examine>>;

/** The server's settings, its problems, and what to do about them. `shellUrl` is the shell's own MUSTER_URL. */
export async function examine(server: Server | null, shellUrl: string | undefined) {
  const { database, migrations } = await findReadiness();
  const [mails, failing, role] = await Promise.all([countMails(), findFailingMails(), findRole()]);
  const settings = server?.settings ?? {};
  const problems = problemsOf(server, shellUrl);
  if (!database.ok) problems.push(`The database: ${database.detail}.`);
  if (!migrations.ok) problems.push(`Migrations are ${migrations.detail}. Restart the server: it applies them.`);
  if (role.isSuperuser)
    problems.push(
      `The database role ${role.name} is a superuser. Give Muster one that owns its database and nothing more.`,
    );
  const oldList = whyListIsOld();
  if (oldList !== null) problems.push(oldList);
  if (mails.failing > 0)
    problems.push(
      `${mails.failing} emails could not be sent. Their reasons are above; check SMTP_URL and MAIL_FROM. What failed for good is sent again by: email send-again --all`,
    );
  for (const [queue, { count, at, reason }] of Object.entries(server?.setAside ?? {}))
    problems.push(`The queue "${queue}" has set ${count} rows aside; the last at ${at}: ${reason}`);
  return {
    node: server?.process.node ?? process.versions.node,
    url: server?.url ?? env().MUSTER_URL,
    mail: settings.SMTP_URL ?? "kept in /dev/mailbox",
    database: database.detail,
    migrations: migrations.detail,
    workspaces: await prisma().workspace.count(),
    server: server && {
      running: server.isRunning,
      process: server.process,
      startedAt: server.startedAt.toISOString(),
      seenAt: server.seenAt.toISOString(),
      settings,
    },
    lists: `${providerList.name} ${providerList.version} of ${providerList.date}, ${daysOld()} days old`,
    mails: { waiting: mails.waiting, failing: mails.failing, list: failing },
    problems,
  };
}

/** The report for people: facts, settings, emails, and finally what to do. */
export function linesOf(report: Report): string[] {
  const { server, mails, problems, ...facts } = report;
  const rows = Object.entries(facts).map(([key, value]) => `${key.padEnd(11)} ${value}`);
  const state = server
    ? `${server.running ? "running" : "not running"} (pid ${server.process.pid} on ${server.process.host}, last seen ${server.seenAt})`
    : "never started";
  const settings = Object.entries(server?.settings ?? {}).map(([name, value]) => `  ${name}=${value}`);
  const failing = mails.list.map(
    ({ id, to, kind, state: how, attempts, detail }) =>
      `  ${how} after ${attempts}: ${kind} to ${to} (${id}): ${detail}`,
  );
  return [
    ...rows,
    `server      ${state}`,
    ...(settings.length > 0 ? ["settings of the server:", ...settings] : []),
    `emails      ${mails.waiting} waiting, ${mails.failing} failing`,
    ...failing,
    ...(problems.length > 0 ? ["problems:", ...problems.map((line) => `  ! ${line}`)] : ["No problems found."]),
  ];
}
