import { prisma } from "@/lib/database/pool";
import { type ConnectionModel, sql, type Tx } from "@/lib/db";
import { typedName } from "@/lib/name";
import type { Scope } from "@/lib/scopes";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { newId } from "@/lib/workspace/id";
import { allows } from "@/lib/workspace/scopes";

export function listConnections(workspaceId: string) {
  return prisma().connection.findMany({
    where: { workspaceId },
    select: { id: true, name: true, state: true },
    orderBy: { id: "asc" },
  });
}

/** Tokens that may write people belong to a connection: the workspace's existing one, or another when the caller names it. */
export async function findConnection(
  tx: Tx,
  actor: Actor,
  scopes: Scope[],
  typed: string | null,
): Promise<string | null> {
  const name = typed === null ? null : typedName(typed, "connection");
  if (!allows(scopes, "user_management:read-write")) return null;
  const known = await tx.one<{ id: string }>(
    name === null
      ? sql`SELECT id FROM "Connection" WHERE "workspaceId" = ${actor.workspaceId} AND state = 'connected' ORDER BY id LIMIT 1`
      : sql`SELECT id FROM "Connection" WHERE "workspaceId" = ${actor.workspaceId} AND state = 'connected' AND name = ${name} ORDER BY id LIMIT 1`,
  );
  if (known) return known.id;
  const id = newId();
  const title = name ?? (await freeTitle(tx, actor.workspaceId));
  await tx.run(sql`INSERT INTO "Connection" ("workspaceId", id, name) VALUES (${actor.workspaceId}, ${id}, ${title})`);
  record(tx, actor, "connection.created", { kind: "connection", id, name: title });
  return id;
}

/** A default name for an unnamed connection. Names are unique, including those of ended connections. */
async function freeTitle(tx: Tx, workspaceId: string): Promise<string> {
  const rows = await tx.all<Pick<ConnectionModel, "name">>(
    sql`SELECT name FROM "Connection" WHERE "workspaceId" = ${workspaceId}`,
  );
  const taken = new Set(rows.map((row) => row.name));
  for (let number = 1; ; number++) {
    const title = number === 1 ? "Identity provider" : `Identity provider ${number}`;
    if (!taken.has(title)) return title;
  }
}
