import { all, one, run, sql } from "@/lib/db";
import { hashSecret } from "@/lib/workspace/seal";
import type { Mail, MailRow } from "./outbox";
import { linkSeconds } from "./outbox";

// The sending queue: emails are taken in turns, sent and retried. outbox.ts puts them in.

/** An email to send, and whether the person it welcomes is still a member: they may have been removed before it was sent. */
export type DueMail = MailRow & {
  isStillHere: boolean;
  /** By `performance.now()`; the lease runs from here. */
  takenAt: number;
};

/** Milliseconds that an email is leased: longer than sending it can take. When a worker dies, its lease has to run out first. */
export const takenFor = 60_000;

/** Emails of one kind that a workspace may send to one recipient per day; further ones wait for the next day. */
export const dailyMails = 10;

/** Sorts emails without a workspace before all others. */
const nobody = "00000000-0000-0000-0000-000000000000";

type Taken = MailRow & { isStillHere: boolean };

/**
 * Leases the next due email of a lane: the oldest of the first workspace after `after` in turn, except workspaces in `busy`, which have one
 * under way. Delivery is at least once: when a worker dies, another sends again after the lease.
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

/** Takes the next email without a workspace, such as a sign-in link. */
function takeOwn(lane: number): Promise<Taken | null> {
  return one<Taken>(sql`
    UPDATE "Mail" SET attempts = attempts + 1, "notBefore" = now() + make_interval(secs => ${takenFor / 1000})
    WHERE id = (SELECT id FROM "Mail" WHERE state = 'pending' AND lane = ${lane} AND "notBefore" <= now() AND "workspaceId" IS NULL
      ORDER BY coalesce("workspaceId", ${nobody}::uuid), "notBefore" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt", true AS "isStillHere"`);
}

/** The last workspace served in each lane, in this process. */
const turns = new Map<number, string>();

/**
 * The next email of a lane: those without a workspace first, then workspaces in turn, with at most one email each under way. `isOwnOnly`
 * skips workspaces.
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

/** Takes the due emails of all lanes, for a machine that keeps its emails. */
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
 * Postpones an email when its workspace has reached the recipient's daily limit for this kind. The attempt doesn't count. Returns true when
 * the email waits.
 */
export async function waitsForTomorrow({ id, workspaceId }: Pick<DueMail, "id" | "workspaceId">): Promise<boolean> {
  if (workspaceId === null) return false; // sign-in links have their own limits
  const changed = await run(sql`
    UPDATE "Mail" m SET attempts = attempts - 1, "notBefore" = s."sentAt" + interval '1 day', detail = ${`The recipient got ${dailyMails} of these within a day. It waits for the next.`}
    FROM (SELECT o."sentAt" FROM "Mail" o JOIN "Mail" n ON n.id = ${id} AND o."toKey" = n."toKey" AND o.kind = n.kind AND o."workspaceId" = n."workspaceId"
      WHERE o.state = 'sent' AND o."sentAt" > now() - interval '1 day' ORDER BY o."sentAt" DESC OFFSET ${dailyMails - 1} LIMIT 1) s
    WHERE m.id = ${id}`);
  return changed > 0;
}

/** Seconds until the next waiting email is due, or null. Emails already due are ignored, because they are being handled. */
export async function nextMailIn(): Promise<number | null> {
  const row = await one<{ seconds: number | null }>(
    sql`SELECT extract(epoch FROM min("notBefore") - now())::float8 AS seconds FROM "Mail" WHERE state = 'pending' AND "notBefore" > now()`,
  );
  return row?.seconds ?? null;
}

/**
 * Ends an email: sent, dropped because its cause is gone, refused by the recipient's server, or failed. Deletes the link unless someone may
 * send the email again.
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

/** Keeps emails with their links for the mailbox of a machine without SMTP. */
export async function keepMails(ids: string[]): Promise<void> {
  await run(sql`UPDATE "Mail" SET state = 'kept', "sentAt" = now() WHERE id = ANY(${ids}::uuid[])`);
}

/** Postpones, by `seconds`, an email that a server saw but didn't accept. */
export async function retryMail(id: string, detail: string, seconds: number): Promise<void> {
  await run(sql`
    UPDATE "Mail" SET detail = ${detail}, "unreachableSince" = NULL, "notBefore" = now() + make_interval(secs => ${seconds}) WHERE id = ${id} AND state = 'pending'`);
}

/** False when an email's link is dead: the invite or change was answered, withdrawn or replaced, or the link has expired. */
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
