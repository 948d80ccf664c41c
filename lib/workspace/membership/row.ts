import { isUniqueViolation } from "@/lib/database/trouble";
import { type MembershipModel, sql, type Tx } from "@/lib/db";
import type { Target } from "@/lib/workspace/audit/record";
import { type Refusal, refusal } from "@/lib/workspace/refusal";
import { searchTextOf } from "@/lib/workspace/text";

/** A person in a workspace, from invite to end. */
export type Membership = Pick<
  MembershipModel,
  | "id"
  | "workspaceId"
  | "state"
  | "role"
  | "saidRole"
  | "roleOverridden"
  | "userId"
  | "address"
  | "userName"
  | "userNameKey"
  | "externalId"
  | "givenName"
  | "familyName"
  | "version"
  | "connectionId"
  | "overrideUntil"
  | "activeSince"
  | "createdAt"
  | "updatedAt"
> & {
  /** Every other attribute an identity provider sent: verbatim, and folded for filters. */
  attributes: Record<string, unknown>;
  folded: Record<string, unknown>;
};

/** The row, locked for the rest of the transaction; null when it doesn't exist, has ended, or belongs to another workspace. */
export function findMembership(tx: Tx, workspaceId: string, id: string): Promise<Membership | null> {
  return tx.one<Membership>(
    sql`SELECT * FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND id = ${id} AND state <> 'ended' FOR UPDATE`,
  );
}

export function findMembershipByName(tx: Tx, workspaceId: string, userNameKey: string): Promise<Membership | null> {
  return tx.one<Membership>(
    sql`SELECT * FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND "userNameKey" = ${userNameKey} AND state <> 'ended' FOR UPDATE`,
  );
}

/** Other active admins with a login address: those that the last-admin rule counts. */
export async function countOtherAdmins(
  tx: Pick<Tx, "one">,
  { workspaceId, id }: Pick<Membership, "workspaceId" | "id">,
): Promise<number> {
  const row = await tx.one<{ count: number }>(sql`
    SELECT count(*) AS count FROM "Membership"
    WHERE "workspaceId" = ${workspaceId} AND id <> ${id} AND state = 'active' AND role = 'admin' AND address IS NOT NULL`);
  return row?.count ?? 0;
}

type Made = "createdAt" | "updatedAt" | "version" | "roleOverridden" | "overrideUntil" | "activeSince";
export type NewMembership = Omit<Membership, Made>;

/** A new row with its version and times. */
function made(row: NewMembership, now: Date): Membership {
  const activeSince = row.state === "active" ? now : null;
  return {
    ...row,
    version: 1,
    createdAt: now,
    updatedAt: now,
    roleOverridden: false,
    overrideUntil: null,
    activeSince,
  };
}

type Named = Pick<Membership, "givenName" | "familyName" | "userName" | "attributes">;

/** The text that a search for a person matches. The given name is at both ends, so that both orders of the names match. */
export function personSearchText({ givenName, familyName, userName, attributes }: Named): string {
  const { displayName, name } = attributes as { displayName?: unknown; name?: { formatted?: unknown } };
  const displayNames = [displayName, name?.formatted].filter((text) => typeof text === "string");
  return searchTextOf([...displayNames, `${givenName} ${familyName} ${givenName}`, userName]);
}

function insertion(row: NewMembership) {
  return sql`
    INSERT INTO "Membership" ("workspaceId", id, state, role, "saidRole", "userId", address, "addressKey", "userName", "userNameKey", "externalId",
      "givenName", "familyName", "searchText", attributes, folded, "connectionId", "joinedAt", "activeSince", "suspendedAt")
    VALUES (${row.workspaceId}, ${row.id}, ${row.state}, ${row.role}, ${row.saidRole}, ${row.userId}, ${row.address}, lower(${row.address}), ${row.userName},
      ${row.userNameKey}, ${row.externalId}, ${row.givenName}, ${row.familyName}, ${personSearchText(row)}, ${JSON.stringify(row.attributes)},
      ${JSON.stringify(row.folded)}, ${row.connectionId}, CASE WHEN ${row.state} = 'active' THEN now() END,
      CASE WHEN ${row.state} = 'active' THEN now() END, CASE WHEN ${row.state} = 'suspended' THEN now() END)`;
}

/** Writes a new row without waiting for it, under the workspace's lock. `now` is the transaction's time. */
export function sendMembership(tx: Tx, row: NewMembership, now: Date): Membership {
  tx.send(insertion(row));
  return made(row, now);
}

/** Writes a new row. Throws a refusal when the userName is taken. */
export async function insertMembership(tx: Tx, row: NewMembership): Promise<Membership> {
  const [now] = await saved(
    row.userName,
    Promise.all([tx.one<{ now: Date }>(sql`SELECT now()::timestamptz(3) AS now`), tx.run(insertion(row))]),
  );
  if (!now) throw new Error("the time was not told");
  return made(row, now.now);
}

/** Writes a changed row: increments the version that was read and checked, and updates its time (E3). */
export async function updateMembership(tx: Tx, row: Membership): Promise<Membership> {
  const written = await saved(
    row.userName,
    tx.one<Pick<Membership, "version" | "updatedAt" | "activeSince">>(sql`
      UPDATE "Membership" SET state = ${row.state}, role = ${row.role}, "saidRole" = ${row.saidRole}, "roleOverridden" = ${row.roleOverridden},
        "overrideUntil" = ${row.overrideUntil}, "userId" = ${row.userId}, address = ${row.address},
        "addressKey" = lower(${row.address}), "userName" = ${row.userName}, "userNameKey" = ${row.userNameKey}, "externalId" = ${row.externalId},
        "givenName" = ${row.givenName}, "familyName" = ${row.familyName}, "searchText" = ${personSearchText(row)}, attributes = ${JSON.stringify(row.attributes)},
        folded = ${JSON.stringify(row.folded)}, "connectionId" = ${row.connectionId}, version = version + 1, "updatedAt" = now(),
        "joinedAt" = CASE WHEN ${row.state} = 'active' THEN coalesce("joinedAt", now()) ELSE "joinedAt" END,
        "activeSince" = CASE WHEN ${row.state} = 'active' THEN coalesce("activeSince", now()) END,
        "suspendedAt" = CASE WHEN ${row.state} = 'suspended' THEN coalesce("suspendedAt", now()) END,
        "endedAt" = CASE WHEN ${row.state} = 'ended' THEN now() END
      WHERE "workspaceId" = ${row.workspaceId} AND id = ${row.id} AND version = ${row.version}
      RETURNING version, "updatedAt", "activeSince"`),
  );
  if (!written) throw new Error("a changed membership was not written");
  return { ...row, ...written };
}

async function saved<Written>(userName: string, write: Promise<Written>): Promise<Written> {
  try {
    return await write;
  } catch (error) {
    if (isUniqueViolation(error, "Membership_userName_key")) throw userNameTaken(userName);
    throw error;
  }
}

/** `owner` is the connection that manages the holder of the name, when it isn't the caller's own. */
export function userNameTaken(userName: string, id?: string, owner?: string): Refusal {
  const known = { userName: JSON.stringify(userName), id: id ?? "", hasId: id === undefined ? "no" : "yes" };
  return owner === undefined
    ? refusal("user_name_taken.free", known)
    : refusal("user_name_taken.managed", { ...known, owner: JSON.stringify(owner) });
}

/** Marks a row as managed without changing its content: neither version nor time changes. */
export async function setConnection(tx: Tx, membership: Membership, connectionId: string): Promise<void> {
  await tx.run(
    sql`UPDATE "Membership" SET "connectionId" = ${connectionId} WHERE "workspaceId" = ${membership.workspaceId} AND id = ${membership.id}`,
  );
}

export function membershipTarget(membership: Pick<Membership, "id" | "address" | "userName">): Target {
  return { kind: "membership", id: membership.id, name: membership.address ?? membership.userName };
}
