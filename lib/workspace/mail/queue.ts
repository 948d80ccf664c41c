import { all, one, run, sql } from "@/lib/db";
import { hashSecret } from "@/lib/workspace/seal";
import type { Mail, MailRow } from "./outbox";
import { linkSeconds } from "./outbox";

// Mails on their way: taken in turns, sent, tried again. What puts them in is outbox.ts.

/** A mail to be sent, and whether the person whom it welcomes is still here: they may have been taken back before it left. */
export type DueMail = MailRow & {
  isStillHere: boolean;
  /** By `performance.now()`: its lease is counted from here. */
  takenAt: number;
};

/** Milliseconds that a mail is leased for: longer than sending it may take. A worker that dies keeps the lease for that long. */
export const takenFor = 60_000;

/** Mails of one kind that one workspace may send to one recipient in a day; what is over it waits for the next. */
export const dailyMails = 10;

/** Where mails that belong to no workspace stand in the order of turns: before all others. */
const nobody = "00000000-0000-0000-0000-000000000000";

type Taken = MailRow & { isStillHere: boolean };

/**
 * Takes the next due mail of a lane for a lease: the oldest one of the workspace whose turn comes after `after`; those in `busy` have one
 * under way. Delivery is at least once: a worker that dies keeps the lease, and another one sends again.
 */
function takeAfter(lane: number, after: string | null, busy: readonly string[]): Promise<Taken | null> {
  return one<Taken>(sql`
    UPDATE "Mail" m SET attempts = attempts + 1, "notBefore" = now() + make_interval(secs => ${takenFor / 1000})
    WHERE id = (SELECT id FROM "Mail" WHERE state = 'pending' AND lane = ${lane} AND "notBefore" <= now()
        AND (${after}::uuid IS NULL OR coalesce("workspaceId", ${nobody}::uuid) > ${after}::uuid)
        AND coalesce("workspaceId", ${nobody}::uuid) <> ALL(${busy}::uuid[])
      ORDER BY coalesce("workspaceId", ${nobody}::uuid), "notBefore" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt",
      kind NOT IN ('added', 'welcome') OR EXISTS (SELECT 1 FROM "Membership" p
        WHERE p."workspaceId" = m."workspaceId" AND p.state <> 'ended'
          AND p.id = CASE WHEN m.data->>'membership' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (m.data->>'membership')::uuid END) AS "isStillHere"`);
}

/** Takes the next mail that belongs to no workspace, such as a sign-in link. */
function takeOwn(lane: number): Promise<Taken | null> {
  return one<Taken>(sql`
    UPDATE "Mail" SET attempts = attempts + 1, "notBefore" = now() + make_interval(secs => ${takenFor / 1000})
    WHERE id = (SELECT id FROM "Mail" WHERE state = 'pending' AND lane = ${lane} AND "notBefore" <= now() AND "workspaceId" IS NULL
      ORDER BY coalesce("workspaceId", ${nobody}::uuid), "notBefore" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt", true AS "isStillHere"`);
}

/** Where the turns of each lane stand in this process. */
const turns = new Map<number, string>();

/**
 * The next mail of a lane: what belongs to no workspace first, then workspaces in turn, each with one mail under way at most.
 * `isOwnOnly` leaves workspaces out.
 */
export async function takeMail(lane: number, isOwnOnly: boolean, busy: readonly string[]): Promise<DueMail | null> {
  const takenAt = performance.now();
  const own = await takeOwn(lane);
  if (own || isOwnOnly) return own && { ...own, takenAt };
  const last = turns.get(lane) ?? nobody;
  const taken = (await takeAfter(lane, last, busy)) ?? (await takeAfter(lane, null, busy));
  if (taken?.workspaceId) turns.set(lane, taken.workspaceId);
  return taken && { ...taken, takenAt };
}

/** Takes what is due of all lanes, for a machine that keeps its mails. */
export async function takeMails(count: number): Promise<DueMail[]> {
  const takenAt = performance.now();
  const rows = await all<Taken>(sql`
    UPDATE "Mail" m SET attempts = attempts + 1, "notBefore" = now() + make_interval(secs => ${takenFor / 1000})
    WHERE id IN (SELECT id FROM "Mail" WHERE state = 'pending' AND "notBefore" <= now() ORDER BY lane, "notBefore" LIMIT ${count} FOR UPDATE SKIP LOCKED)
    RETURNING id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt",
      kind NOT IN ('added', 'welcome') OR EXISTS (SELECT 1 FROM "Membership" p
        WHERE p."workspaceId" = m."workspaceId" AND p.state <> 'ended'
          AND p.id = CASE WHEN m.data->>'membership' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (m.data->>'membership')::uuid END) AS "isStillHere"`);
  return rows.map((row) => ({ ...row, takenAt }));
}

/**
 * Puts a mail back for later when its workspace has sent the recipient as many of this kind within a day as it may. The try doesn't
 * count. True when it waits.
 */
export async function waitsForTomorrow({ id, workspaceId }: Pick<DueMail, "id" | "workspaceId">): Promise<boolean> {
  if (workspaceId === null) return false; // sign-in links have limits of their own
  const changed = await run(sql`
    UPDATE "Mail" m SET attempts = attempts - 1, "notBefore" = s."sentAt" + interval '1 day', detail = ${`The recipient got ${dailyMails} of these within a day. It waits for the next.`}
    FROM (SELECT o."sentAt" FROM "Mail" o JOIN "Mail" n ON n.id = ${id} AND o."toKey" = n."toKey" AND o.kind = n.kind AND o."workspaceId" = n."workspaceId"
      WHERE o.state = 'sent' AND o."sentAt" > now() - interval '1 day' ORDER BY o."sentAt" DESC OFFSET ${dailyMails - 1} LIMIT 1) s
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

/**
 * The end of a mail: sent, dropped because its cause is gone, refused by the recipient's server, or failed. The link goes with it, unless
 * somebody may send it again.
 */
export async function finishMail(
  id: string,
  state: "sent" | "dropped" | "failed" | "refused",
  detail: string | null,
): Promise<void> {
  await run(
    sql`UPDATE "Mail" SET state = ${state}, detail = ${detail}, sealed = CASE WHEN ${state} IN ('failed', 'refused') THEN sealed END, "sentAt" = now() WHERE id = ${id}`,
  );
}

/** Keeps mails for the mailbox of a machine without SMTP, links and all. */
export async function keepMails(ids: string[]): Promise<void> {
  await run(sql`UPDATE "Mail" SET state = 'kept', "sentAt" = now() WHERE id = ANY(${ids}::uuid[])`);
}

/** Puts a mail that a server heard of and didn't take off for `seconds`. */
export async function retryMail(id: string, detail: string, seconds: number): Promise<void> {
  await run(sql`
    UPDATE "Mail" SET detail = ${detail}, "unreachableSince" = NULL, "notBefore" = now() + make_interval(secs => ${seconds}) WHERE id = ${id} AND state = 'pending'`);
}

/** False when the link in a mail is dead: an invite or a change that was answered, withdrawn or replaced, or a link that has expired. */
export async function linkIsLive({ kind, secret, id }: Pick<Mail, "kind" | "secret" | "id">): Promise<boolean> {
  const hash = secret === null ? null : hashSecret(secret);
  const find = {
    invite: () =>
      one(
        sql`SELECT 1 FROM "Invite" WHERE "secretHash" = ${hash} AND "acceptedAt" IS NULL AND "endedAt" IS NULL AND "expiresAt" > now()`,
      ),
    address_confirm: () =>
      one(
        sql`SELECT 1 FROM "AddressChange" WHERE "secretHash" = ${hash} AND "confirmedAt" IS NULL AND "endedAt" IS NULL AND "expiresAt" > now()`,
      ),
    sign_in: () =>
      one(sql`SELECT 1 FROM "Mail" WHERE id = ${id} AND "createdAt" > now() - make_interval(secs => ${linkSeconds})`),
  }[kind as string];
  return find === undefined || (await find()) !== null;
}
