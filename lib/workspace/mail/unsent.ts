import { inTransaction } from "@/lib/database/transaction";
import { all, type MailKind, type MailModel, one, sql, type Tx } from "@/lib/db";
import { translator } from "@/lib/messages/translator";
import type { Actor } from "@/lib/workspace/actor";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { type MailRow, opened, wake } from "./outbox";
import { linkIsLive } from "./queue";

// Unsent emails: given up, or refused by the recipient's mail server. Admins see their workspace's, the operator all.

type UnsentMail = Pick<MailModel, "id" | "to" | "kind"> & {
  /** `failed`: given up. `refused`: the recipient's mail server doesn't accept email for this address. */
  state: "failed" | "refused";
  reason: string;
  at: string;
  /** False when its link is gone for good. */
  canBeSent: boolean;
};

type Row = Omit<UnsentMail, "reason" | "at"> & Pick<MailModel, "detail"> & { sentAt: Date; isUnreachable: boolean };

/** Kinds that are useless without their link. */
const withLink: readonly MailKind[] = ["invite", "address_confirm", "sign_in"];

/** Emails per page of the list. */
const pageSize = 50;

/** Replies of the operator's own servers are for the operator: admins only learn that the server couldn't be reached, not where it is. */
function toView({ detail, sentAt, isUnreachable, ...row }: Row): UnsentMail {
  const t = translator("members");
  const reason = isUnreachable ? t("unsent.unreachable") : (detail ?? t("unsent.unknown"));
  return { ...row, reason, at: sentAt.toISOString() };
}

/** A workspace's unsent emails, newest first, and how many emails wait for an unreachable mail server. */
export async function listUnsentMails(workspaceId: string) {
  const rows = await all<Row>(sql`
    SELECT id, "to", kind, state, detail, coalesce("sentAt", "createdAt") AS "sentAt", "unreachableSince" IS NOT NULL AS "isUnreachable", sealed IS NOT NULL OR kind <> ALL(${withLink}) AS "canBeSent"
    FROM "Mail" WHERE "workspaceId" = ${workspaceId} AND state IN ('failed', 'refused') ORDER BY id DESC LIMIT ${pageSize}`);
  const counts = await one<{ total: number; waiting: number; since: Date | null }>(sql`
    SELECT (SELECT count(*) FROM "Mail" WHERE "workspaceId" = ${workspaceId} AND state IN ('failed', 'refused')) AS total, count(*) AS waiting, min("unreachableSince") AS since
    FROM "Mail" WHERE "workspaceId" = ${workspaceId} AND state = 'pending' AND "unreachableSince" IS NOT NULL`);
  const since = counts?.since ?? null;
  return {
    emails: rows.map(toView),
    total: counts?.total ?? 0,
    waiting: since === null ? null : { count: counts?.waiting ?? 0, since: since.toISOString() },
  };
}

/** Sends one of the workspace's unsent emails again, with a full set of attempts. Refused when its link is dead. */
export async function sendMailAgain(actor: Actor, id: string): Promise<void> {
  await inTransaction("mail", (tx) => sendAgain(tx, id, actor.workspaceId));
}

/** Same for the operator: an email of any workspace or of none. */
export async function sendAnyMailAgain(id: string): Promise<void> {
  await inTransaction("mail", (tx) => sendAgain(tx, id, null));
}

async function sendAgain(tx: Tx, id: string, workspaceId: string | null): Promise<void> {
  const mail = await tx.one<MailRow>(sql`
    SELECT id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt" FROM "Mail"
    WHERE id = ${id} AND (${workspaceId}::uuid IS NULL OR "workspaceId" = ${workspaceId}) AND state IN ('failed', 'refused') FOR UPDATE`);
  if (!mail) throw notFound("unsentEmail");
  if (!(await hasLiveLink(mail))) {
    throw mail.kind === "invite" ? refusal("state_conflict.deadInvite") : refusal("state_conflict.deadLink");
  }
  tx.send(sql`
    UPDATE "Mail" SET state = 'pending', attempts = 0, detail = NULL, "unreachableSince" = NULL, "sentAt" = NULL, "notBefore" = now() WHERE id = ${id}`);
  tx.afterCommit(() => wake("mail"));
}

async function hasLiveLink(mail: MailRow): Promise<boolean> {
  if (!withLink.includes(mail.kind)) return true;
  if (mail.sealed === null) return false;
  try {
    return await linkIsLive(opened(mail));
  } catch {
    return true; // sealed with a different MUSTER_SECRET: the next attempt reports that, or opens it if the old secret is back
  }
}

/** Ids of emails that failed within the last week, oldest first, for the operator to send again after an outage. */
export async function listUnsentIds(): Promise<string[]> {
  const rows = await all<Pick<MailModel, "id">>(
    sql`SELECT id FROM "Mail" WHERE state = 'failed' AND "createdAt" > now() - interval '7 days' ORDER BY id`,
  );
  return rows.map(({ id }) => id);
}
