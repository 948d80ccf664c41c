import { inTransaction } from "@/lib/database/transaction";
import { isTooSlow } from "@/lib/database/trouble";
import { all, one, run, type ScimRequestModel, type Statement, sql, type WorkspaceModel } from "@/lib/db";
import { env } from "@/lib/env";

// How long data is kept. docs/operate.md has the same table; a test compares them.

/**
 * Rows that one statement removes, so that each is a short transaction, far from any timeout. A batch that is too slow shrinks, down to the
 * minimum.
 */
const batchSize = 5_000;
const leastBatch = 10;

/** Rows of the request log to keep: per workspace and in total, and how many of each keep their bodies. */
export const logLimits = { ofOne: 1_000_000, ofAll: 3_000_000, bodiesOfOne: 50_000, bodiesOfAll: 150_000 };

/** A table with rows that are removed by age. `by` is the age column, which an index orders; `days` is how long rows stay. */
type Rule = { table: string; key: string; by: string; days: number; and?: string };

const own = '"workspaceId", id';

export const rules: readonly Rule[] = [
  { table: "ScimRequest", key: own, by: "at", days: 30 },
  { table: "WebhookDelivery", key: own, by: '"createdAt"', days: 30 }, // removes its attempts too
  { table: "Mail", key: "id", by: '"createdAt"', days: 30, and: "state <> 'pending'" },
  { table: "VerificationToken", key: 'identifier, "tokenHash"', by: "expires", days: 0 },
  { table: "Session", key: "id", by: "expires", days: 0 },
  { table: "AccessLoss", key: own, by: "at", days: 31 },
  { table: "AccessLoss", key: own, by: "at", days: 1, and: "kind = 'team_part'" },
  { table: "OAuthRevocation", key: '"workspaceId", key', by: '"expiresAt"', days: 1 },
  { table: "OAuthGrant", key: own, by: 'least("usedAt", "revokedAt", "expiresAt")', days: 30 },
  { table: "Invite", key: own, by: '"expiresAt"', days: 90 },
  { table: "AddressChange", key: own, by: '"expiresAt"', days: 90 },
  { table: "Hold", key: own, by: '"decidedAt"', days: 90, and: "state IN ('approved', 'lifted')" },
  {
    table: "AccessToken",
    key: own,
    by: 'least("revokedAt", "expiresAt")',
    days: 180,
    and: 'NOT EXISTS (SELECT 1 FROM "Webhook" w WHERE w."workspaceId" = r."workspaceId" AND w."tokenId" = r.id)',
  },
  { table: "SeatChange", key: own, by: "at", days: 400 },
  { table: "Server", key: "id", by: '"seenAt"', days: 30 },
];

/** The statement that removes a rule's oldest expired rows, at most `$2`. */
export function removalBy({ table, key, by, days, and = "true" }: Rule): (most: number) => Statement {
  const text = `DELETE FROM "${table}" WHERE (${key}) IN (
    SELECT ${key} FROM "${table}" r WHERE ${by} < now() - make_interval(days => $1) AND ${and} ORDER BY ${by} LIMIT $2)`;
  return (most) => ({ text, values: [days, most] });
}

/** Repeats a removal until it finds less than a full batch, or until the worker stops. */
type Batches = (remove: (most: number) => Promise<number>) => Promise<void>;

function batches(isStopping: () => boolean, most = batchSize): Batches {
  return async (remove) => {
    for (let size: number | null = most; size !== null && !isStopping(); ) size = await removeBatch(remove, size);
  };
}

/** Removes a batch. Returns the size of the next one, or null after the last. */
async function removeBatch(remove: (most: number) => Promise<number>, size: number): Promise<number | null> {
  try {
    return (await remove(size)) < size ? null : size;
  } catch (error) {
    if (!isTooSlow(error) || size <= leastBatch) throw error;
    return Math.max(leastBatch, Math.floor(size / 8));
  }
}

type Step = { table: string; clean: (inBatches: Batches) => Promise<void> };

const steps: readonly Step[] = [
  ...rules.map((rule) => {
    const removal = removalBy(rule);
    return { table: rule.table, clean: (inBatches: Batches) => inBatches((most) => run(removal(most))) };
  }),
  { table: "Mail links", clean: (inBatches) => inBatches(eraseDeadLinks) },
  { table: "AuditEvent", clean: removeAuditEvents },
  { table: "ScimRequest of all", clean: trimAll },
  { table: "ScimRequest of each workspace", clean: trimEach },
];

/**
 * Removes expired rows in batches, each table on its own: a failing table doesn't stop the others. Checks between batches whether to stop.
 */
export async function removeOld(
  isStopping: () => boolean,
  failed: (table: string, error: unknown) => void,
  most?: number,
): Promise<void> {
  for (const { table, clean } of steps) {
    if (isStopping()) return;
    try {
      await clean(batches(isStopping, most));
    } catch (error) {
      failed(table, error);
    }
  }
}

/**
 * Sets `muster.audit_retention` for this transaction. Only retention sets it, and the database blocks every other deletion of audit events.
 */
async function removeAuditEvents(inBatches: Batches): Promise<void> {
  const days = env().MUSTER_AUDIT_DAYS;
  if (days === 0) return;
  const removal = removalBy({ table: "AuditEvent", key: own, by: "at", days });
  await inBatches((most) =>
    inTransaction("retention", (tx) => {
      tx.send(sql`SELECT set_config('muster.audit_retention', 'on', true)`);
      return tx.run(removal(most));
    }),
  );
}

/** An unsent email's link works for a week at most. After that there is no reason to keep it for sending again. */
function eraseDeadLinks(most: number): Promise<number> {
  return run(sql`
    UPDATE "Mail" SET sealed = NULL WHERE id IN (
      SELECT id FROM "Mail" WHERE sealed IS NOT NULL AND state IN ('failed', 'refused') AND "sentAt" < now() - interval '7 days' ORDER BY "sentAt" LIMIT ${most})`);
}

/** Trims the request log of all workspaces to its latest rows and its latest bodies. */
async function trimAll(inBatches: Batches): Promise<void> {
  const rows = await one<Pick<ScimRequestModel, "at">>(
    sql`SELECT at FROM "ScimRequest" ORDER BY at DESC OFFSET ${logLimits.ofAll - 1} LIMIT 1`,
  );
  if (rows)
    await inBatches((most) =>
      run(sql`
        DELETE FROM "ScimRequest" WHERE ("workspaceId", id) IN (
          SELECT "workspaceId", id FROM "ScimRequest" WHERE at < ${rows.at} ORDER BY at LIMIT ${most})`),
    );
  const bodies = await one<Pick<ScimRequestModel, "at">>(sql`
    SELECT at FROM "ScimRequest" WHERE ("requestBody" IS NOT NULL OR "responseBody" IS NOT NULL) ORDER BY at DESC OFFSET ${logLimits.bodiesOfAll - 1} LIMIT 1`);
  if (bodies)
    await inBatches((most) =>
      run(sql`
        UPDATE "ScimRequest" SET "requestBody" = NULL, "responseBody" = NULL WHERE ("workspaceId", id) IN (
          SELECT "workspaceId", id FROM "ScimRequest" WHERE at < ${bodies.at} AND ("requestBody" IS NOT NULL OR "responseBody" IS NOT NULL) ORDER BY at LIMIT ${most})`),
    );
}

async function trimEach(inBatches: Batches): Promise<void> {
  const workspaces = await all<Pick<WorkspaceModel, "id">>(sql`
    SELECT w.id FROM "Workspace" w WHERE EXISTS (
      SELECT 1 FROM "ScimRequest" r WHERE r."workspaceId" = w.id AND ("requestBody" IS NOT NULL OR "responseBody" IS NOT NULL) ORDER BY r.id OFFSET ${logLimits.bodiesOfOne})
      OR EXISTS (SELECT 1 FROM "ScimRequest" r WHERE r."workspaceId" = w.id ORDER BY r.id OFFSET ${logLimits.ofOne})`);
  for (const { id } of workspaces) await trimOne(id, inBatches);
}

/** Trims a workspace's request log to its latest rows and its latest bodies. */
export function trimScimRequests(workspaceId: string): Promise<void> {
  return trimOne(
    workspaceId,
    batches(() => false),
  );
}

async function trimOne(workspaceId: string, inBatches: Batches): Promise<void> {
  const rows = await one<Pick<ScimRequestModel, "id">>(sql`
    SELECT id FROM "ScimRequest" WHERE "workspaceId" = ${workspaceId} ORDER BY id DESC OFFSET ${logLimits.ofOne - 1} LIMIT 1`);
  if (rows)
    await inBatches((most) =>
      run(sql`
        DELETE FROM "ScimRequest" WHERE "workspaceId" = ${workspaceId} AND id IN (
          SELECT id FROM "ScimRequest" WHERE "workspaceId" = ${workspaceId} AND id < ${rows.id} ORDER BY id LIMIT ${most})`),
    );
  const bodies = await one<Pick<ScimRequestModel, "id">>(sql`
    SELECT id FROM "ScimRequest" WHERE "workspaceId" = ${workspaceId} AND ("requestBody" IS NOT NULL OR "responseBody" IS NOT NULL)
    ORDER BY id DESC OFFSET ${logLimits.bodiesOfOne - 1} LIMIT 1`);
  if (bodies)
    await inBatches((most) =>
      run(sql`
        UPDATE "ScimRequest" SET "requestBody" = NULL, "responseBody" = NULL WHERE "workspaceId" = ${workspaceId} AND id IN (
          SELECT id FROM "ScimRequest" WHERE "workspaceId" = ${workspaceId} AND id < ${bodies.id} AND ("requestBody" IS NOT NULL OR "responseBody" IS NOT NULL)
          ORDER BY id LIMIT ${most})`),
    );
}
