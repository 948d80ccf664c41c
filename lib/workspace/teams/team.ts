import { isUniqueViolation } from "@/lib/database/trouble";
import { type Role, sql, type TeamModel, type TeamRoleModel, type Tx } from "@/lib/db";
import { isBlankName } from "@/lib/name";
import type { Actor } from "@/lib/workspace/actor";
import type { Target } from "@/lib/workspace/audit/record";
import { type Refusal, refusal } from "@/lib/workspace/refusal";
import { fold, searchTextOf } from "@/lib/workspace/text";

export type Team = Pick<
  TeamModel,
  | "id"
  | "workspaceId"
  | "name"
  | "nameKey"
  | "externalId"
  | "version"
  | "connectionId"
  | "overrideUntil"
  | "createdAt"
  | "updatedAt"
> & { attributes: Record<string, unknown>; folded: Record<string, unknown> };

/**
 * How to render a changed team. It is read inside the transaction of the change: if it can't be rendered, the change is rolled back (I12).
 * The read doesn't depend on the change, so both are sent together.
 */
export type TeamView<Seen, View> = {
  read: (tx: Tx, team: Pick<Team, "workspaceId" | "id">) => Promise<Seen>;
  show: (team: Team, seen: Seen) => View;
};

export type TeamOutcome<View> = { effect: string; notes: string[]; view: View };

function nameKey(name: string): string {
  const key = fold(name.trim());
  if (isBlankName(name)) throw refusal("team_name_blank.pushed");
  return key;
}

export function teamTarget(team: Pick<Team, "id" | "name">): Target {
  return { kind: "team", id: team.id, name: team.name };
}

/** The refusal for a taken team name, with advice that fits the actor. */
export async function nameTaken(tx: Tx, { workspaceId, kind }: Actor, name: string): Promise<Refusal> {
  const team = JSON.stringify(name);
  if (kind !== "token") return refusal("team_name_taken.inApp", { team });
  const known = await tx.one<Pick<TeamModel, "id" | "connectionId">>(
    sql`SELECT id, "connectionId" FROM "Team" WHERE "workspaceId" = ${workspaceId} AND "nameKey" = ${fold(name.trim())}`,
  );
  return known?.connectionId === null
    ? refusal("team_name_taken.madeInApp", { team, id: known.id })
    : refusal("team_name_taken.pushed", { team });
}

/** A team's attributes from an identity provider, without its members. `attributes` are those of the workspace's own extensions. */
export type TeamProfile = {
  name: string;
  externalId: string | null;
  attributes: Record<string, unknown>;
  folded: Record<string, unknown>;
};

export async function saveTeam(tx: Tx, team: Team, isChanged: boolean): Promise<Team> {
  const step = isChanged ? 1 : 0;
  try {
    const row = await tx.one<Team>(sql`
      UPDATE "Team" SET name = ${team.name}, "nameKey" = ${nameKey(team.name)}, "nameFolded" = ${fold(team.name)}, "searchText" = ${searchTextOf([team.name])}, "externalId" = ${team.externalId}, attributes = ${JSON.stringify(team.attributes)},
        folded = ${JSON.stringify(team.folded)}, "connectionId" = ${team.connectionId}, version = version + ${step}, "updatedAt" = CASE WHEN ${step} = 1 THEN now() ELSE "updatedAt" END
      WHERE "workspaceId" = ${team.workspaceId} AND id = ${team.id} RETURNING *`);
    return row ?? team;
  } catch (error) {
    if (!isUniqueViolation(error, "Team_workspaceId_nameKey_key")) throw error;
    throw refusal("team_name_taken.unchanged", { team: JSON.stringify(team.name) });
  }
}

/** The role that a team gives, or null. */
export async function findTeamRole(tx: Tx, workspaceId: string, teamId: string): Promise<Role | null> {
  const row = await tx.one<Pick<TeamRoleModel, "role">>(
    sql`SELECT role FROM "TeamRole" WHERE "workspaceId" = ${workspaceId} AND "teamId" = ${teamId}`,
  );
  return row?.role ?? null;
}

type NewTeam = Pick<Team, "workspaceId" | "id"> & TeamProfile & Pick<Team, "connectionId">;

/** Inserts a team; null where its name or its id is taken. */
export function insertTeam(tx: Tx, team: NewTeam): Promise<Team | null> {
  const { workspaceId, id, name, externalId, attributes, folded, connectionId } = team;
  return tx.one<Team>(sql`
    INSERT INTO "Team" ("workspaceId", id, name, "nameKey", "nameFolded", "searchText", "externalId", attributes, folded, "connectionId")
    VALUES (${workspaceId}, ${id}, ${name}, ${nameKey(name)}, ${fold(name)}, ${searchTextOf([name])}, ${externalId}, ${JSON.stringify(attributes)}, ${JSON.stringify(folded)}, ${connectionId})
    ON CONFLICT DO NOTHING RETURNING *`);
}

/** A team's row, locked, and the time of the transaction; null where there is no such team. */
export function lockTeam(tx: Tx, workspaceId: string, id: string): Promise<(Team & { now: Date }) | null> {
  return tx.one<Team & { now: Date }>(
    sql`SELECT *, now()::timestamptz(3) AS now FROM "Team" WHERE "workspaceId" = ${workspaceId} AND id = ${id} FOR UPDATE`,
  );
}
