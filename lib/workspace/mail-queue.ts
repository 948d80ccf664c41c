import { all, one, run, sql } from "@/lib/db";
import { type Mail, type MailRow, opened } from "./outbox";
import { hashSecret } from "./seal";

// Mails on their way: taken in turns, sent, tried again. What puts them in is outbox.ts.

/** A mail to be sent, and whether the person whom it welcomes is still here: they may have been taken back before it left. */
export type DueMail = Mail & { isStillHere: boolean };

/** Mails of one kind that one workspace may send to one recipient in a day; what is over it waits for the next (A10). */
export const dailyMails = 10;

/** Where mails that belong to no workspace stand in the order of turns: before all others. */
const nobody = "00000000-0000-0000-0000-000000000000";

type Taken = MailRow & { isStillHere: boolean };

const due = (row: Taken): DueMail => ({ ...opened(row), isStillHere: row.isStillHere });

/**
 * Takes the next due mail of a lane for a lease that grows with each try (30 s, 1, 2, 4 … 64 minutes): the oldest one of the workspace
 * whose turn comes after `after`; those in `busy` have one under way. Delivery is at least once: a worker that dies keeps the lease, and
 * another one sends again.
 */
async function takeAfter(lane: number, after: string | null, busy: readonly string[]): Promise<DueMail | null> {
  const row = await one<Taken>(sql`
    UPDATE "Mail" m SET attempts = attempts + 1, "notBefore" = now() + make_interval(secs => 30 * power(2, least(attempts, 7)))
    WHERE id = (SELECT id FROM "Mail" WHERE state = 'pending' AND lane = ${lane} AND "notBefore" <= now()
        AND (${after}::uuid IS NULL OR coalesce("workspaceId", ${nobody}::uuid) > ${after}::uuid)
        AND coalesce("workspaceId", ${nobody}::uuid) <> ALL(${busy}::uuid[])
      ORDER BY coalesce("workspaceId", ${nobody}::uuid), "notBefore" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt",
      kind NOT IN ('added', 'welcome') OR EXISTS (SELECT 1 FROM "Membership" p
        WHERE p."workspaceId" = m."workspaceId" AND p.id = (m.data->>'membership')::uuid AND p.state <> 'ended') AS "isStillHere"`);
  return row && due(row);
}

/** Takes the next mail that belongs to no workspace, such as a sign-in link. */
function takeOwn(lane: number): Promise<DueMail | null> {
  return one<Taken>(sql`
    UPDATE "Mail" SET attempts = attempts + 1, "notBefore" = now() + make_interval(secs => 30 * power(2, least(attempts, 7)))
    WHERE id = (SELECT id FROM "Mail" WHERE state = 'pending' AND lane = ${lane} AND "notBefore" <= now() AND "workspaceId" IS NULL
      ORDER BY coalesce("workspaceId", ${nobody}::uuid), "notBefore" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt", true AS "isStillHere"`).then(
    (row) => row && due(row),
  );
}

/** Where the turns of each lane stand in this process. */
const turns = new Map<number, string>();

/**
 * The next mail of a lane: what belongs to no workspace first, then workspaces in turn, each with one mail under way at most.
 * `isOwnOnly` leaves workspaces out.
 */
export async function takeMail(lane: number, isOwnOnly: boolean, busy: readonly string[]): Promise<DueMail | null> {
  const own = await takeOwn(lane);
  if (own || isOwnOnly) return own;
  const last = turns.get(lane) ?? nobody;
  const taken = (await takeAfter(lane, last, busy)) ?? (await takeAfter(lane, null, busy));
  if (taken?.workspaceId) turns.set(lane, taken.workspaceId);
  return taken;
}

/** Takes what is due of all lanes, for a machine that keeps its mails. */
export async function takeMails(count: number): Promise<DueMail[]> {
  const rows = await all<Taken>(sql`
    UPDATE "Mail" m SET attempts = attempts + 1, "notBefore" = now() + make_interval(secs => 30 * power(2, least(attempts, 7)))
    WHERE id IN (SELECT id FROM "Mail" WHERE state = 'pending' AND "notBefore" <= now() ORDER BY lane, "notBefore" LIMIT ${count} FOR UPDATE SKIP LOCKED)
    RETURNING id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt",
      kind NOT IN ('added', 'welcome') OR EXISTS (SELECT 1 FROM "Membership" p
        WHERE p."workspaceId" = m."workspaceId" AND p.id = (m.data->>'membership')::uuid AND p.state <> 'ended') AS "isStillHere"`);
  return rows.map(due);
}

/**
 * Puts a mail back for later when its workspace has sent the recipient as many of this kind within a day as it may. The try doesn't
 * count. True when it waits.
 */
export async function waitsForTomorrow({ id, workspaceId }: DueMail): Promise<boolean> {
  if (workspaceId === null) return false; // sign-in links have limits of their own
  const changed = await run(sql`
    UPDATE "Mail" m SET attempts = attempts - 1, "notBefore" = s."sentAt" + interval '1 day', detail = ${`The recipient got ${dailyMails} of these within a day. It waits for the next.`}
    FROM (SELECT o."sentAt" FROM "Mail" o JOIN "Mail" n ON n.id = ${id} AND o."toKey" = n."toKey" AND o.kind = n.kind AND o."workspaceId" = n."workspaceId"
      WHERE o.state IN ('sent', 'kept') AND o."sentAt" > now() - interval '1 day' ORDER BY o."sentAt" DESC OFFSET ${dailyMails - 1} LIMIT 1) s
    WHERE m.id = ${id}`);
  return changed > 0;
}

/** Seconds until the next mail that waits is due, or null. What is due already is being looked at. */
export async function nextMailIn(): Promise<number | null> {
  const row = await one<{ seconds: number | null }>(
    sql`SELECT extract(epoch FROM min("notBefore") - now())::float8 AS seconds FROM "Mail" WHERE state = 'pending' AND "notBefore" > now()`,
  );
  return row?.seconds ?? null;
}

/** The end of a mail: sent, dropped because its cause is gone, refused by the recipient's server, or failed. The link goes with it. */
export async function finishMail(
  id: string,
  state: "sent" | "dropped" | "failed" | "refused",
  detail: string | null,
): Promise<void> {
  await run(
    sql`UPDATE "Mail" SET state = ${state}, detail = ${detail}, sealed = NULL, "sentAt" = now() WHERE id = ${id}`,
  );
}

/** Keeps mails for the mailbox of a machine without SMTP, links and all. */
export async function keepMails(ids: string[]): Promise<void> {
  await run(sql`UPDATE "Mail" SET state = 'kept', "sentAt" = now() WHERE id = ANY(${ids}::uuid[])`);
}

export async function noteMailFailure(id: string, detail: string): Promise<void> {
  await run(sql`UPDATE "Mail" SET detail = ${detail} WHERE id = ${id}`);
}

/** False when the invite behind this mail was accepted, cancelled or replaced since, or has expired. */
export async function inviteIsLive(secret: string): Promise<boolean> {
  const row = await one(
    sql`SELECT 1 FROM "Invite" WHERE "secretHash" = ${hashSecret(secret)} AND "acceptedAt" IS NULL AND "endedAt" IS NULL AND "expiresAt" > now()`,
  );
  return row !== null;
}
