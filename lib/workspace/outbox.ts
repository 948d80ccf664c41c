import { all, one, run, sql, type Tx } from "@/lib/db";
import type { Actor } from "./actor";
import { newId } from "./id";
import { hashSecret, seal, unseal } from "./seal";

/** What a mail is about; lib/jobs has a template for each. */
export type MailKind =
  | "sign_in"
  | "added"
  | "welcome"
  | "invite"
  | "suspended"
  | "reactivated"
  | "admin_granted"
  | "address_changed"
  | "address_confirm"
  | "address_change_asked"
  | "address_moved"
  | "provider_linked"
  | "provider_removed"
  | "access_given"
  | "access_left"
  | "token_expiring"
  | "token_expired"
  | "hold_opened"
  | "webhook_disabled"
  | "seat_added"
  | "seats_used"
  | "domain_verified"
  | "domain_warning"
  | "domain_lapsed";

export type NewMail = {
  kind: MailKind;
  to: string;
  workspaceId: string | null;
  data: Record<string, string>;
  /** A link's secret; encrypted while it waits. */
  secret?: string;
  /** One mail per cause: a second one with the same key is not made. */
  dedupeKey: string;
  /** Seconds before it may leave. */
  delay?: number;
};

export type Mail = {
  id: string;
  workspaceId: string | null;
  kind: MailKind;
  to: string;
  data: Record<string, string>;
  secret: string | null;
  attempts: number;
  createdAt: Date;
};

/** Mails the admins of a workspace, each once per `cause`; not the one who did it, where `except` names them. */
export async function mailAdmins(
  tx: Tx,
  workspace: { id: string; name: string; slug: string },
  kind: MailKind,
  data: Record<string, string>,
  cause: string,
  except?: Pick<Actor, "kind" | "id">,
): Promise<void> {
  const doer = except?.kind === "member" ? except.id : null;
  const admins = await tx.all<{ address: string }>(
    sql`SELECT address FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND role = 'admin' AND state = 'active' AND address IS NOT NULL AND id::text IS DISTINCT FROM ${doer} ORDER BY id`,
  );
  for (const { address } of admins) {
    addMail(tx, {
      kind,
      to: address,
      workspaceId: workspace.id,
      data: { workspace: workspace.name, slug: workspace.slug, ...data },
      dedupeKey: `${kind} ${cause} ${address}`,
    });
  }
}

type Row = Omit<Mail, "secret"> & { sealed: string | null };
type Queue = "mail" | "domains";

const here = globalThis as { musterWake?: (queue: Queue) => void };

/** Tells the worker of this process that something waits; other processes look for themselves. */
export function wake(queue: Queue): void {
  here.musterWake?.(queue);
}

/** Puts a mail into the outbox, in the transaction of its cause. */
export function addMail(tx: Tx, mail: NewMail): void {
  const sealed = mail.secret === undefined ? null : seal(mail.secret);
  tx.send(sql`
    INSERT INTO "Mail" (id, "workspaceId", "dedupeKey", kind, "to", data, sealed, "notBefore")
    VALUES (${newId()}, ${mail.workspaceId}, ${mail.dedupeKey}, ${mail.kind}, ${mail.to}, ${JSON.stringify(mail.data)}, ${sealed},
            now() + make_interval(secs => ${mail.delay ?? 0}))
    ON CONFLICT ("dedupeKey") DO NOTHING`);
  tx.afterCommit(() => wake("mail"));
}

/** A mail to be sent, and whether the person whom it welcomes is still here: they may have been taken back before it left. */
export type DueMail = Mail & { isStillHere: boolean };

/**
 * Takes the next mails that are due, at most `count`, each for a lease that grows with each try (30 s, 1, 2, 4 … 64 minutes).
 * Delivery is at least once: a worker that dies keeps the lease, and another one sends again.
 */
export async function takeMails(count: number): Promise<DueMail[]> {
  const rows = await all<Row & { isStillHere: boolean }>(sql`
    UPDATE "Mail" m SET attempts = attempts + 1, "notBefore" = now() + make_interval(secs => 30 * power(2, least(attempts, 7)))
    WHERE id IN (SELECT id FROM "Mail" WHERE state = 'pending' AND "notBefore" <= now() ORDER BY "notBefore" LIMIT ${count} FOR UPDATE SKIP LOCKED)
    RETURNING id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt",
      kind NOT IN ('added', 'welcome') OR EXISTS (SELECT 1 FROM "Membership" p
        WHERE p."workspaceId" = m."workspaceId" AND p.id = (m.data->>'membership')::uuid AND p.state <> 'ended') AS "isStillHere"`);
  return rows.map(({ isStillHere, ...row }) => ({ ...opened(row), isStillHere }));
}

/** Seconds until the next pending mail is due, or null when there is none. */
export async function nextMailIn(): Promise<number | null> {
  const row = await one<{ seconds: number | null }>(
    sql`SELECT extract(epoch FROM min("notBefore") - now())::float8 AS seconds FROM "Mail" WHERE state = 'pending'`,
  );
  return row?.seconds ?? null;
}

/** The end of a mail: sent, dropped because its cause is gone, or failed for good. The link goes with it. */
export async function finishMail(
  id: string,
  state: "sent" | "dropped" | "failed",
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

/** Mails of the last day, newest first, with their links: for the mailbox of a machine without SMTP. */
export async function listMails(): Promise<Mail[]> {
  const rows = await all<Row>(
    sql`SELECT id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt" FROM "Mail" WHERE "createdAt" > now() - interval '1 day' AND state = 'kept' ORDER BY id DESC LIMIT 200`,
  );
  return rows.map(opened);
}

export async function findMail(id: string): Promise<Mail | null> {
  const row = await one<Row>(
    sql`SELECT id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt" FROM "Mail" WHERE id = ${id}`,
  );
  return row && opened(row);
}

/** False when the invite behind this mail was accepted, cancelled or replaced since, or has expired. */
export async function inviteIsLive(secret: string): Promise<boolean> {
  const row = await one(
    sql`SELECT 1 FROM "Invite" WHERE "secretHash" = ${hashSecret(secret)} AND "acceptedAt" IS NULL AND "endedAt" IS NULL AND "expiresAt" > now()`,
  );
  return row !== null;
}

function opened({ sealed, ...row }: Row): Mail {
  return { ...row, secret: sealed === null ? null : unseal(sealed) };
}
