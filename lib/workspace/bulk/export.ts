import { stringify } from "csv-stringify/sync";
import { allOf, fragment, list, type MembershipModel, type MembershipState, sql } from "@/lib/db";
import type { Actor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { inWorkspace } from "@/lib/workspace/transaction";
import { type Chosen, chosenBy } from "./select";

export type ExportFormat = "csv" | "jsonl";

type Row = Pick<MembershipModel, "id" | "userName" | "role" | "externalId" | "lastActiveAt" | "joinedAt"> & {
  state: Exclude<MembershipState, "ended">;
  email: MembershipModel["address"];
  firstName: MembershipModel["givenName"];
  lastName: MembershipModel["familyName"];
  displayName: string | null;
  source: string | null;
  teams: string[];
};

/** Rows that are read at once. */
const step = 1_000;

const key = fragment`left(m."searchText", 100) COLLATE "C"`;

function readStep(workspaceId: string, chosen: Chosen, cursor: string | null): Promise<Row[]> {
  const all = allOf([fragment`m."workspaceId" = ${workspaceId} AND m.state <> 'ended'`, ...chosenBy(chosen)]);
  const page =
    cursor === null
      ? all
      : fragment`${all} AND (${key}, m.id) > (SELECT ${key}, m.id FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} AND m.id = ${cursor}::uuid)`;
  return list<Row>(
    workspaceId,
    sql`
    SELECT m.id, m."userName", m.address AS email, m."givenName" AS "firstName", m."familyName" AS "lastName",
      muster_display_name(m.attributes, m."givenName", m."familyName") AS "displayName", m.role, m.state, c.name AS source, m."externalId", m."lastActiveAt", m."joinedAt",
      ARRAY(SELECT t.name FROM "TeamMember" tm JOIN "Team" t ON t."workspaceId" = tm."workspaceId" AND t.id = tm."teamId"
        WHERE tm."workspaceId" = m."workspaceId" AND tm."membershipId" = m.id ORDER BY t."nameKey") AS teams
    FROM "Membership" m LEFT JOIN "Connection" c ON c."workspaceId" = m."workspaceId" AND c.id = m."connectionId"
    WHERE ${page} ORDER BY ${key}, m.id LIMIT ${step}`,
  );
}

function toLine({ lastActiveAt, joinedAt, teams, ...row }: Row) {
  return {
    ...row,
    teams,
    lastActiveAt: lastActiveAt?.toISOString() ?? null,
    joinedAt: joinedAt?.toISOString() ?? null,
  };
}

/** A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP: CSV injection). */
const csv = (rows: readonly (readonly unknown[])[]) => stringify([...rows], { escape_formulas: true });

const columns = [
  "id",
  "userName",
  "email",
  "firstName",
  "lastName",
  "displayName",
  "role",
  "state",
  "source",
  "teams",
  "lastActiveAt",
  "joinedAt",
  "externalId",
] as const;

const cellOf = (value: string | readonly string[] | null) =>
  typeof value === "object" ? (value?.join("; ") ?? "") : value;

/** The members as a file, piece by piece, so that any number of them fits into memory. The export is in the audit log before it begins. */
export async function exportMembers(
  actor: Actor,
  chosen: Chosen,
  format: ExportFormat,
): Promise<AsyncGenerator<string>> {
  await inWorkspace(actor.workspaceId, async (tx, workspace) => {
    const target = { kind: "workspace" as const, id: workspace.id, name: workspace.name };
    record(tx, actor, "members.exported", target, {
      after: { format, chosen: "ids" in chosen ? chosen.ids.length : chosen },
    });
  });
  return pieces(actor.workspaceId, chosen, format);
}

async function* pieces(workspaceId: string, chosen: Chosen, format: ExportFormat): AsyncGenerator<string> {
  let cursor: string | null = null;
  if (format === "csv") yield `\uFEFF${csv([columns])}`; // the mark tells spreadsheets that it is UTF-8
  for (;;) {
    const rows: Row[] = await readStep(workspaceId, chosen, cursor);
    const lines = rows.map(toLine);
    if (rows.length > 0) {
      yield format === "csv"
        ? csv(lines.map((line) => columns.map((name) => cellOf(line[name]))))
        : `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
    }
    if (rows.length < step) return;
    cursor = rows.at(-1)?.id ?? null;
  }
}
