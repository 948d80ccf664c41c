import { typedKey } from "@/lib/address";
import { list, type MembershipModel, sql } from "@/lib/db";
import { type PageQuery, pageOf } from "@/lib/workspace/page";
import { notFound } from "@/lib/workspace/refusal";
import { patternsOf } from "@/lib/workspace/text";

type PersonRow = Pick<
  MembershipModel,
  "id" | "role" | "userName" | "externalId" | "connectionId" | "createdAt" | "updatedAt" | "joinedAt" | "lastActiveAt"
> & {
  state: "invited" | "active" | "suspended";
  email: string | null;
  firstName: string;
  lastName: string;
  displayName: string | null;
  connectionName: string | null;
  teamIds: string[];
};

function personView(row: PersonRow) {
  const { connectionId, connectionName, displayName, ...person } = row;
  return {
    ...person,
    name: displayName ?? row.email ?? row.userName,
    managedBy: connectionId === null ? null : { id: connectionId, name: connectionName ?? "" },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    joinedAt: row.joinedAt?.toISOString() ?? null,
    lastActiveAt: row.lastActiveAt?.toISOString() ?? null,
  };
}

export type PeopleQuery = PageQuery & {
  id?: string | undefined;
  state?: string | undefined;
  search?: string | undefined;
  email?: string | undefined;
  teamId?: string | undefined;
};

/** A workspace's people, except ended ones. `search` covers names and email addresses, `email` only the login address. */
export async function listPeople(workspaceId: string, query: PeopleQuery) {
  const { id = null, state = null, teamId = null, cursor = null, limit } = query;
  const search = patternsOf(query.search);
  const email = query.email === undefined ? null : typedKey(query.email);
  const found = await list<PersonRow>(
    workspaceId,
    sql`
    SELECT m.id, m.state, m.role, m.address AS email, m."userName", m."externalId", m."givenName" AS "firstName", m."familyName" AS "lastName",
      muster_display_name(m.attributes, m."givenName", m."familyName") AS "displayName", m."connectionId", c.name AS "connectionName", m."createdAt", m."updatedAt", m."joinedAt", m."lastActiveAt",
      ARRAY(SELECT tm."teamId" FROM "TeamMember" tm WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id ORDER BY 1) AS "teamIds"
    FROM "Membership" m LEFT JOIN "Connection" c ON c."workspaceId" = m."workspaceId" AND c.id = m."connectionId"
    WHERE m."workspaceId" = ${workspaceId} AND m.state <> 'ended' AND (${cursor}::uuid IS NULL OR m.id > ${cursor}::uuid)
      AND (${id}::uuid IS NULL OR m.id = ${id}::uuid) AND (${state}::text IS NULL OR m.state = ${state})
      AND (${email}::text IS NULL OR m."addressKey" = ${email})
      AND (${search}::text[] IS NULL OR concat_ws(E'\\n', m."searchText", m."addressKey") LIKE ALL (${search}::text[]))
      AND (${teamId}::uuid IS NULL OR EXISTS (SELECT 1 FROM "TeamMember" tm WHERE tm."workspaceId" = m."workspaceId" AND tm."teamId" = ${teamId}::uuid AND tm."membershipId" = m.id))
    ORDER BY m.id LIMIT ${limit + 1}`,
  );
  const { rows, nextCursor } = pageOf(found, limit);
  return { people: rows.map(personView), nextCursor };
}

/** One person, by their permanent id. */
export async function findPerson(workspaceId: string, id: string) {
  const [person] = (await listPeople(workspaceId, { id, limit: 1 })).people;
  if (!person) throw notFound("member");
  return person;
}
