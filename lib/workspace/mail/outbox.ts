import { addressKey } from "@/lib/address";
import { all, type MailKind, type MailModel, one, sql, type Tx } from "@/lib/db";
import { storableJson } from "@/lib/text";
import type { Actor } from "@/lib/workspace/actor";
import { newId } from "@/lib/workspace/id";
import { seal, unseal } from "@/lib/workspace/seal";

/** Seconds that a single-use link works. */
export const linkSeconds = 3_600;

/** Lane 1: someone is waiting at a screen. Lane 2: security. Lane 3: everything that may take its time. */
const lanes: Record<MailKind, 1 | 2 | 3> = {
  sign_in: 1,
  invite: 1,
  suspended: 2,
  reactivated: 2,
  admin_granted: 2,
  address_changed: 2,
  address_confirm: 2,
  address_change_asked: 2,
  address_moved: 2,
  provider_linked: 2,
  provider_removed: 2,
  access_given: 2,
  access_left: 2,
  token_expiring: 2,
  token_expired: 2,
  hold_opened: 2,
  webhook_disabled: 2,
  domain_warning: 2,
  domain_lapsed: 2,
  added: 3,
  welcome: 3,
  seat_added: 3,
  seats_used: 3,
  domain_verified: 3,
};

export type NewMail = {
  kind: MailKind;
  to: string;
  workspaceId: string | null;
  data: Record<string, string>;
  /** A link's secret, encrypted while the email waits. */
  secret?: string;
  /** One email per cause: a second one with the same key is not created. */
  dedupeKey: string;
  /** Seconds to wait before sending. */
  delay?: number;
};

export type Mail = Pick<MailModel, "id" | "workspaceId" | "kind" | "to" | "attempts" | "createdAt"> & {
  data: Record<string, string>;
  secret: string | null;
};

/** Emails a workspace's admins, each once per `cause`, except the actor in `except`. */
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

export type MailRow = Omit<Mail, "secret"> & Pick<MailModel, "sealed">;
type Queue = "mail" | "domains";

const here = globalThis as { musterWake?: (queue: Queue) => void };

/** Wakes this process's worker; other processes find the work by polling. */
export function wake(queue: Queue): void {
  here.musterWake?.(queue);
}

/** Puts an email into the outbox, in the transaction that causes it. */
export function addMail(tx: Tx, mail: NewMail): void {
  const sealed = mail.secret === undefined ? null : seal(mail.secret);
  tx.send(sql`
    INSERT INTO "Mail" (id, "workspaceId", "dedupeKey", kind, lane, "to", "toKey", data, sealed, "notBefore")
    VALUES (${newId()}, ${mail.workspaceId}, ${mail.dedupeKey}, ${mail.kind}, ${lanes[mail.kind]}, ${mail.to}, ${addressKey(mail.to)}, ${storableJson(mail.data)}, ${sealed},
            now() + make_interval(secs => ${mail.delay ?? 0}))
    ON CONFLICT ("dedupeKey") DO NOTHING`);
  tx.afterCommit(() => wake("mail"));
}

/** Emails of the last day with their links, newest first, for the mailbox of a machine without SMTP. */
export async function listMails(): Promise<Mail[]> {
  const rows = await all<MailRow>(
    sql`SELECT id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt" FROM "Mail" WHERE "createdAt" > now() - interval '1 day' AND state = 'kept' ORDER BY id DESC LIMIT 200`,
  );
  return rows.map(readable);
}

export async function findMail(id: string): Promise<Mail | null> {
  const row = await one<MailRow>(
    sql`SELECT id, "workspaceId", kind, "to", data, sealed, attempts, "createdAt" FROM "Mail" WHERE id = ${id}`,
  );
  return row && readable(row);
}

/** An email for display, without its link when that can't be decrypted. */
function readable({ sealed, ...row }: MailRow): Mail {
  try {
    return opened({ sealed, ...row });
  } catch {
    return { ...row, secret: null }; // written with a different MUSTER_SECRET
  }
}

/** Decrypts an email's link. Throws when it was sealed with a different MUSTER_SECRET. */
export function opened({ sealed, ...row }: MailRow): Mail {
  return { ...row, secret: sealed === null ? null : unseal(sealed) };
}
