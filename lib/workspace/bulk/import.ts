import { addressKey, parseAddress } from "@/lib/address";
import { all, type MembershipModel, type Role, sql, type TeamModel } from "@/lib/db";
import { translator } from "@/lib/messages/translator";
import type { Actor } from "@/lib/workspace/actor";
import { inviteMember } from "@/lib/workspace/members/invite";
import { addTeamMember } from "@/lib/workspace/teams/edit";
import { fold } from "@/lib/workspace/text";
import { eachAlone } from "./each-alone";
import { type ListedPerson, readPeople } from "./people-list";
import { findFreeSeats } from "./select";

/** Somebody of a list who can be invited; teams by their ids. */
export type Invitee = {
  line: number;
  address: string;
  firstName: string;
  lastName: string;
  role: Role;
  teams: string[];
};

type Judged = { person: ListedPerson; invitee: Invitee | null; why: string | null };

type Known = {
  people: Map<string, MembershipModel["state"]>;
  teams: Map<string, Pick<TeamModel, "id" | "connectionId">>;
};

/** The people and teams of the workspace that a list names. */
async function findKnown(workspaceId: string, listed: readonly ListedPerson[]): Promise<Known> {
  const keys = listed.map(({ key }) => fold(key));
  const teamKeys = [...new Set(listed.flatMap(({ teams }) => teams.map(fold)))];
  const [people, teams] = await Promise.all([
    all<Pick<MembershipModel, "addressKey" | "userNameKey" | "state">>(sql`
      SELECT "addressKey", "userNameKey", state FROM "Membership" WHERE "workspaceId" = ${workspaceId} AND state <> 'ended'
        AND ("addressKey" = ANY(${keys}::text[]) OR "userNameKey" = ANY(${keys}::text[]))`),
    all<Pick<TeamModel, "id" | "nameKey" | "connectionId">>(
      sql`SELECT id, "nameKey", "connectionId" FROM "Team" WHERE "workspaceId" = ${workspaceId} AND "nameKey" = ANY(${teamKeys}::text[])`,
    ),
  ]);
  const states = people.flatMap(({ addressKey: address, userNameKey, state }) => [
    [address ?? userNameKey, state] as const,
    [userNameKey, state] as const,
  ]);
  return { people: new Map(states), teams: new Map(teams.map((team) => [team.nameKey, team])) };
}

/** Why somebody can't be invited, as a sentence; or whom to invite. `seen` are the addresses of the lines before. */
function judge(person: ListedPerson, known: Known, seen: Map<string, number>): Judged {
  const t = translator("members");
  const no = (why: string): Judged => ({ person, invitee: null, why });
  const parsed = parseAddress(person.key);
  if (!parsed) return no(t("import.skip.noAddress"));
  const key = addressKey(parsed.address);
  const line = seen.get(key);
  if (line !== undefined) return no(t("import.skip.repeated", { line }));
  seen.set(key, person.line);
  const state = known.people.get(key);
  if (state !== undefined) return no(t("import.skip.here", { state: t(`state.${state}`) }));
  if (!["", "member", "admin"].includes(person.role)) return no(t("import.skip.role", { role: person.role }));
  const teams = person.teams.map((name) => ({ name, team: known.teams.get(fold(name)) }));
  const missing = teams.find(({ team }) => team === undefined);
  if (missing) return no(t("import.skip.noTeam", { team: missing.name }));
  const locked = teams.find(({ team }) => team?.connectionId);
  if (locked) return no(t("import.skip.lockedTeam", { team: locked.name }));
  const { firstName, lastName } = person;
  const role = person.role === "admin" ? "admin" : "member";
  const ids = teams.flatMap(({ team }) => (team ? [team.id] : []));
  return {
    person,
    invitee: { line: person.line, address: parsed.address, firstName, lastName, role, teams: ids },
    why: null,
  };
}

/** The most lines without an invite that are named. */
const maxNamed = 100;

/** Whom a pasted list would invite, everybody else with the reason, and the seats that are free. Nothing is sent. */
export async function previewImport(actor: Actor, text: string) {
  const listed = readPeople(text);
  const known = await findKnown(actor.workspaceId, listed);
  const seen = new Map<string, number>();
  const judged = listed.map((person) => judge(person, known, seen));
  const left = judged.filter(({ why }) => why !== null);
  return {
    invitees: judged.flatMap(({ invitee }) => (invitee ? [invitee] : [])),
    skipped: left.slice(0, maxNamed).map(({ person, why }) => ({ line: person.line, key: person.key, why: why ?? "" })),
    skippedTotal: left.length,
    freeSeats: await findFreeSeats(actor.workspaceId),
  };
}

/**
 * Invites these people, each in a transaction of their own, and adds them to their teams. Returns who was refused and why, and whom it
 * didn't reach because the database was busy or away. Throws if it reached nobody.
 */
export async function runImport(actor: Actor, invitees: readonly Invitee[]) {
  const { reached, refused } = await eachAlone(invitees, async ({ address, firstName, lastName, role, teams }) => {
    const id = await inviteMember(actor, { address, firstName, lastName, role });
    for (const team of teams) await addTeamMember(actor, team, id);
  });
  return {
    done: reached - refused.length,
    refused: refused.map(({ item: { line, address }, detail }) => ({ line, key: address, detail })),
    rest: invitees.slice(reached),
  };
}
