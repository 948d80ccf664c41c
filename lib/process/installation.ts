import { inTransaction } from "@/lib/database/transaction";
import { type InstallationModel, one, run, sql, type Tx, type WebhookModel } from "@/lib/db";
import { seal } from "@/lib/workspace/seal";
import { newSigningSecret } from "@/lib/workspace/webhooks/webhooks";
import { findServer, secretKey } from "./server-record";

// Only MUSTER_SECRET can open what it sealed, so the database records which secret it belongs to.

/** Why a process with this secret must not use this database, in one sentence; null if it may. The first process sets the secret. */
export async function whySecretIsWrong(): Promise<string | null> {
  await run(sql`INSERT INTO "Installation" ("secretKey") VALUES (${secretKey()}) ON CONFLICT (id) DO NOTHING`);
  const known = await one<Pick<InstallationModel, "secretKey">>(sql`SELECT "secretKey" FROM "Installation"`);
  if (known?.secretKey === secretKey()) return null;
  return "MUSTER_SECRET is not the one that this database was used with. Set that one; the embedded database keeps it in its data folder, in the file secret. If it is lost: npm run muster -- secret replace.";
}

export type Replaced = {
  /** Unsent emails with a link that nobody can open any more; they are listed as failed. */
  emails: number;
  /** Webhooks that have lost their signing secret. */
  webhooks: { workspace: string; url: string }[];
  /** OAuth clients that need new tokens. */
  clients: number;
};

/**
 * Makes this process's secret the installation's, and returns what was lost with the old one. Null if nothing changed. Throws while a
 * server is running, because it would keep using the old one.
 */
export async function replaceSecret(): Promise<Replaced | null> {
  if ((await whySecretIsWrong()) === null) return null;
  const server = await findServer();
  if (server?.isRunning) {
    const { host, pid } = server.process;
    throw new Error(`A server still runs with the old secret (pid ${pid} on ${host}). Stop it first.`);
  }
  return inTransaction("installation", async (tx) => {
    await tx.run(sql`UPDATE "Installation" SET "secretKey" = ${secretKey()}`);
    return replaceSealed(tx);
  });
}

/** Drops what can't be opened any more: unsent emails fail, and webhooks get new signing secrets that their admins have yet to fetch. */
async function replaceSealed(tx: Tx): Promise<Replaced> {
  const emails = await tx.run(sql`
    UPDATE "Mail" SET state = 'failed', detail = 'MUSTER_SECRET was replaced before it left, and its link with it.'
    WHERE state = 'pending' AND sealed IS NOT NULL`);
  await tx.run(sql`UPDATE "Mail" SET sealed = NULL WHERE sealed IS NOT NULL`);
  const webhooks = await tx.all<Pick<WebhookModel, "workspaceId" | "id" | "url"> & { workspace: string }>(sql`
    SELECT h."workspaceId", h.id, w.slug AS workspace, h.url FROM "Webhook" h JOIN "Workspace" w ON w.id = h."workspaceId" ORDER BY w.slug, h.url`);
  for (const { workspaceId, id } of webhooks) {
    await tx.run(sql`
      UPDATE "Webhook" SET "sealedSecret" = ${seal(newSigningSecret(), "webhook", id)}, "previousSecret" = NULL, "previousUntil" = NULL
      WHERE "workspaceId" = ${workspaceId} AND id = ${id}`);
  }
  const [clients] = await tx.all<{ count: number }>(
    sql`SELECT count(*) AS count FROM "AccessToken" WHERE kind = 'client' AND "revokedAt" IS NULL AND "replacedById" IS NULL`,
  );
  return { emails, webhooks: webhooks.map(({ workspace, url }) => ({ workspace, url })), clients: clients?.count ?? 0 };
}

/** The operator's tasks after a secret was replaced, one line each. */
export function linesOfReplaced({ emails, webhooks, clients }: Replaced): string[] {
  return [
    "Replaced. What was sealed with the old secret can't be opened any more:",
    `  ${emails} waiting emails with a link are marked as failed. Send these invites again; for sign-in links, people ask again.`,
    "  Sign-in links and the setup link that were sent or printed before are dead. Signed-in people stay signed in.",
    `  The tokens of ${clients} OAuth clients have ended. The clients fetch new ones by themselves.`,
    ...webhooks.map(
      ({ workspace, url }) =>
        `  Webhook of ${workspace} to ${url}: create a new secret under Developers, and set it at the receiver.`,
    ),
  ];
}
