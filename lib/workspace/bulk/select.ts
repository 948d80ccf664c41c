import { allOf, type Fragment, fragment, list, type MembershipModel, one, sql } from "@/lib/db";
import { translator } from "@/lib/messages/translator";
import type { Actor } from "@/lib/workspace/actor";
import { conditionsOf, type MemberQuery } from "@/lib/workspace/members/list";
import { refusal } from "@/lib/workspace/refusal";

// One change for many members: who is meant, and who is left out, and why.

export type BulkAction =
  | "suspend"
  | "reactivate"
  | "make_admin"
  | "make_member"
  | "resend_invite"
  | "cancel_invite"
  | "add_to_team"
  | "remove_from_team";

/** Members by their ids, or all that match a filter. */
export type Chosen = { ids: readonly string[] } | { filter: MemberQuery };

/** The most members of one change. */
const maxChosen = 10_000;

type Row = Pick<MembershipModel, "id" | "address" | "role" | "connectionId"> & {
  state: "invited" | "active" | "suspended";
  name: string;
  connectionName: string | null;
  isOverridden: boolean;
  isInTeam: boolean;
};

/** The conditions on a row `m` of "Membership" that choose it. */
export function chosenBy(chosen: Chosen): Fragment[] {
  return "ids" in chosen ? [fragment`m.id = ANY(${chosen.ids}::uuid[])`] : conditionsOf(chosen.filter);
}

function findChosen(workspaceId: string, chosen: Chosen, team: string | null): Promise<Row[]> {
  const all = allOf([fragment`m."workspaceId" = ${workspaceId} AND m.state <> 'ended'`, ...chosenBy(chosen)]);
  return list<Row>(
    workspaceId,
    sql`
    SELECT m.id, m.address, m.role, m.state, m."connectionId", coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), m.address, m."userName") AS name,
      c.name AS "connectionName", coalesce(m."overrideUntil" > now(), false) AS "isOverridden",
      EXISTS (SELECT 1 FROM "TeamMember" x WHERE x."workspaceId" = m."workspaceId" AND x."teamId" = ${team}::uuid AND x."membershipId" = m.id) AS "isInTeam"
    FROM "Membership" m LEFT JOIN "Connection" c ON c."workspaceId" = m."workspaceId" AND c.id = m."connectionId"
    WHERE ${all} ORDER BY left(m."searchText", 100) COLLATE "C", m.id LIMIT ${maxChosen + 1}`,
  );
}

/** Each action with the state or the role that it needs, and the reason for everybody else. */
const needs: Record<
  BulkAction,
  (row: Row) => "notActive" | "notSuspended" | "notInvited" | "already" | "noAddress" | null
> = {
  suspend: ({ state }) => (state === "active" ? null : "notActive"),
  reactivate: ({ state }) => (state === "suspended" ? null : "notSuspended"),
  make_admin: ({ state, role }) => (state !== "active" ? "notActive" : role === "admin" ? "already" : null),
  make_member: ({ state, role }) => (state !== "active" ? "notActive" : role === "member" ? "already" : null),
  resend_invite: ({ state, address }) => (state !== "invited" ? "notInvited" : address === null ? "noAddress" : null),
  cancel_invite: ({ state }) => (state === "invited" ? null : "notInvited"),
  add_to_team: ({ isInTeam }) => (isInTeam ? "already" : null),
  remove_from_team: ({ isInTeam }) => (isInTeam ? null : "already"),
};

/** Actions that a managed person is locked for; an override opens all but the last. */
const locked = new Set<BulkAction>(["suspend", "reactivate", "make_admin", "make_member", "cancel_invite"]);

/** Why the action leaves this person out, as a sentence; null if it doesn't. */
function whyLeftOut(row: Row, action: BulkAction, actor: Actor): string | null {
  const t = translator("members");
  const need = needs[action](row);
  if (need !== null) return t(`bulk.skip.${need}`);
  const isOpen = row.isOverridden && action !== "cancel_invite";
  if (locked.has(action) && row.connectionId !== null && !isOpen) {
    return t("bulk.skip.managed", { connection: row.connectionName ?? "" });
  }
  const isAgainstSelf = action === "suspend" || action === "make_member";
  return isAgainstSelf && row.id === actor.id ? t("bulk.skip.self") : null;
}

/** The most people who are named among those left out, and among those who are changed. */
const maxNamed = 100;
const maxNamedFirst = 5;

/**
 * What an action would do: the ids that it concerns, everybody else with the reason, and for a reactivation the seats it takes. Nothing is
 * changed.
 */
export async function previewBulk(actor: Actor, action: BulkAction, chosen: Chosen, team: string | null) {
  const rows = await findChosen(actor.workspaceId, chosen, team);
  if (rows.length > maxChosen) throw refusal("limit_reached.chosen", { limit: maxChosen });
  const judged = rows.map((row) => ({ row, why: whyLeftOut(row, action, actor) }));
  const left = judged.filter(({ why }) => why !== null);
  const concerned = judged.filter(({ why }) => why === null).map(({ row }) => row);
  return {
    ids: concerned.map(({ id }) => id),
    named: concerned.slice(0, maxNamedFirst).map(({ name }) => name),
    skipped: left.slice(0, maxNamed).map(({ row, why }) => ({ id: row.id, name: row.name, why: why ?? "" })),
    skippedTotal: left.length,
    freeSeats: action === "reactivate" ? await findFreeSeats(actor.workspaceId) : null,
  };
}

/** Seats that nobody uses; null without a limit. */
export async function findFreeSeats(workspaceId: string): Promise<number | null> {
  const row = await one<{ free: number | null }>(
    sql`SELECT "seatLimit" - "seatsUsed" AS free FROM "Workspace" WHERE id = ${workspaceId}`,
  );
  return row?.free ?? null;
}
