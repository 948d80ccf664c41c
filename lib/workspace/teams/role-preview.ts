import { list, type MembershipModel, one, type Role, sql, type WorkspaceModel } from "@/lib/db";
import { followedRole } from "@/lib/workspace/members/roles";
import { whyKeepAdmin } from "@/lib/workspace/membership/rules";
import { notFound } from "@/lib/workspace/refusal";
import { findTeam } from "./list";

// What a role of a team would change, by the rules that setTeamRole follows, without writing.

type Person = Pick<MembershipModel, "id" | "address" | "role" | "state" | "saidRole"> & {
  name: string;
  /** The roles that the person's other teams give. */
  others: Role[];
};

function findPeople(workspaceId: string, teamId: string): Promise<Person[]> {
  return list<Person>(
    workspaceId,
    sql`
    SELECT m.id, m.address, m.role, m.state, m."saidRole", coalesce(muster_display_name(m.attributes, m."givenName", m."familyName"), m.address, m."userName") AS name,
      ARRAY(SELECT r.role::text FROM "TeamMember" o JOIN "TeamRole" r ON r."workspaceId" = o."workspaceId" AND r."teamId" = o."teamId"
        WHERE o."workspaceId" = m."workspaceId" AND o."membershipId" = m.id AND o."teamId" <> tm."teamId") AS others
    FROM "TeamMember" tm JOIN "Membership" m ON m."workspaceId" = tm."workspaceId" AND m.id = tm."membershipId"
    WHERE tm."workspaceId" = ${workspaceId} AND tm."teamId" = ${teamId} AND m.state <> 'ended' ORDER BY m.id`,
  );
}

type Ground = Pick<WorkspaceModel, "scimMayGrantAdmin"> & {
  /** Active admins, without those who have no email address. */
  admins: number;
};

async function findGround(workspaceId: string): Promise<Ground> {
  const row = await one<Ground>(sql`
    SELECT w."scimMayGrantAdmin", (SELECT count(*) FROM "Membership" a WHERE a."workspaceId" = w.id AND a.state = 'active' AND a.role = 'admin' AND a.address IS NOT NULL) AS admins
    FROM "Workspace" w WHERE w.id = ${workspaceId}`);
  if (!row) throw notFound("workspace");
  return row;
}

/** A change of what a team gives. */
type Mapping = { before: Role | null; role: Role | null };

type Outcome = "gains" | "loses" | "keeps" | "notAllowed" | null;

/** What happens to each person, in the order in which setTeamRole decides: every admin who is lost counts for the next. */
function outcomesOf(people: readonly Person[], mapping: Mapping, ground: Ground): Outcome[] {
  let { admins } = ground;
  return people.map((person) => {
    const outcome = outcomeOf(person, mapping, { ...ground, admins });
    const isCounted = person.state === "active" && person.address !== null;
    if (isCounted && outcome === "gains") admins++;
    if (isCounted && outcome === "loses") admins--;
    return outcome;
  });
}

function outcomeOf(person: Person, { before, role }: Mapping, { scimMayGrantAdmin, admins }: Ground): Outcome {
  const sources = { ...person, mapped: role === null ? person.others : [...person.others, role] };
  const roleIf = (isAllowed: boolean) =>
    followedRole({ workspace: { scimMayGrantAdmin: isAllowed }, notes: [] }, sources, before !== null);
  const next = roleIf(scimMayGrantAdmin);
  if (next !== person.role) {
    if (next === "admin") return "gains";
    return whyKeepAdmin(person, admins - 1) === null ? "loses" : "keeps";
  }
  return role === "admin" && next !== roleIf(true) ? "notAllowed" : null;
}

/** The most people who are named of those who gain or lose the admin role. */
const maxNamed = 100;

/** Who gains and who loses the admin role once the team gives this role, or none. */
export async function previewTeamRole(workspaceId: string, teamId: string, role: Role | null) {
  const team = await findTeam(workspaceId, teamId);
  const [people, ground] = await Promise.all([
    team.role === role ? [] : findPeople(workspaceId, teamId),
    findGround(workspaceId),
  ]);
  const outcomes = outcomesOf(people, { before: team.role, role }, ground);
  const those = (outcome: Outcome) => {
    const found = people.filter((_, index) => outcomes[index] === outcome);
    const named = found.slice(0, maxNamed).map(({ id, name, address }) => ({ id, name, email: address }));
    return { total: found.length, people: named };
  };
  return {
    gains: those("gains"),
    loses: those("loses"),
    keeps: those("keeps"),
    notAllowed: those("notAllowed"),
    isEffective: role !== "admin" || ground.scimMayGrantAdmin,
  };
}
