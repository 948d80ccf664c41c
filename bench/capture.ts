import type pg from "pg";
import { answerWeb } from "@/lib/provisioning/http/web-adapter";
import { type Recorded, recordStatements } from "./recorder";
import { lookupPath, newUser, patchOf } from "./scim";
import { type BenchWorkspace, findSeededIds, seedCrowd, seededName, seedTeam, settle } from "./seed";

/** How a request's statements run: the answer of EXPLAIN for each. */
export type Plan = { title: string; statements: { text: string; plan: string }[] };

type Request = { method: string; path: string; body?: unknown };

/** A kind of request; `at` makes another one of it for each number. */
type Kind = { name: string; title: string; at: (index: number) => Request };

function filterPath(endpoint: string, filter: string, more = ""): string {
  return `${endpoint}?filter=${encodeURIComponent(filter)}${more}`;
}

type Seeded = { workspace: BenchWorkspace; members: string[]; outsiders: string[]; team: { id: string; size: number } };

/** The requests that identity providers send most, each with other values for each `index`. */
function kindsOf({ workspace, members, outsiders, team }: Seeded): Kind[] {
  const read = (name: string, title: string, path: (index: number) => string): Kind => ({
    name,
    title: `GET ${title}`,
    at: (index) => ({ method: "GET", path: path(index) }),
  });
  const change = (name: string, title: string, at: (index: number) => Request): Kind => ({ name, title, at });
  const userName = (index: number) => seededName(workspace.domain, 40 + index);
  const patchMembers = (operation: (id: string) => Record<string, unknown>) => (index: number) => ({
    method: "PATCH",
    path: `/Groups/${team.id}`,
    body: patchOf(operation(outsiders[index] ?? "")),
  });
  return [
    read("user-by-user-name", '/Users?filter=userName eq "…"', (index) => lookupPath(userName(index))),
    read("user-by-id", "/Users/…", (index) => `/Users/${members[index]}`),
    read("user-by-external-id", '/Users?filter=externalId eq "…"', (index) =>
      filterPath("/Users", `externalId eq "employee-${40 + index}"`),
    ),
    read("user-by-email", '/Users?filter=emails.value eq "…"', (index) =>
      filterPath("/Users", `emails.value eq "${userName(index)}"`),
    ),
    read("user-by-work-email", '/Users?filter=emails[type eq "work"].value eq "…"', (index) =>
      filterPath("/Users", `emails[type eq "work"].value eq "${userName(index)}"`),
    ),
    read("users-first-page", "/Users?count=100", (index) => `/Users?count=${100 + index}`),
    read("users-by-cursor", "/Users?cursor&count=100", () => "/Users?cursor&count=100"),
    read("users-counted", "/Users?count=0", () => "/Users?count=0"),
    read("group-by-display-name", '/Groups?filter=displayName eq "…"&excludedAttributes=members', () =>
      filterPath("/Groups", `displayName eq "Team of ${team.size}"`, "&excludedAttributes=members"),
    ),
    read(
      "group-without-members",
      "/Groups/…?excludedAttributes=members",
      () => `/Groups/${team.id}?excludedAttributes=members`,
    ),
    read("group-with-members", "/Groups/…", () => `/Groups/${team.id}`),
    read("group-holds-member", '/Groups?filter=id eq "…" and members eq "…"', (index) =>
      filterPath("/Groups", `id eq "${team.id}" and members eq "${members[index]}"`, "&attributes=id"),
    ),
    change("member-add", "PATCH /Groups/…, add one member", patchMembers(addMember)),
    change("member-remove", "PATCH /Groups/…, remove one member", patchMembers(removeMember)),
    change("user-create", "POST /Users", (index) => ({
      method: "POST",
      path: "/Users",
      body: newUser(`Planned${index}@${workspace.domain}`),
    })),
    change("user-update", "PATCH /Users/…, title", (index) => ({
      method: "PATCH",
      path: `/Users/${members[index]}`,
      body: patchOf({ op: "replace", path: "title", value: "Planner" }),
    })),
    change("user-suspend", "PATCH /Users/…, active false", (index) => ({
      method: "PATCH",
      path: `/Users/${members[index]}`,
      body: patchOf({ op: "replace", path: "active", value: false }),
    })),
  ];
}

function addMember(id: string): Record<string, unknown> {
  return { op: "add", path: "members", value: [{ value: id }] };
}

function removeMember(id: string): Record<string, unknown> {
  return { op: "remove", path: `members[value eq "${id}"]` };
}

/** Asks the service of this process, as the route handler does. */
async function ask(token: string, { method, path, body }: Request): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/scim+json" };
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await answerWeb(new Request(`http://muster.test/scim/v2${path}`, init));
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** A list is also followed to its second page, when it says where that is. */
async function perform(token: string, request: Request): Promise<void> {
  const { nextCursor } = await ask(token, request);
  if (typeof nextCursor !== "string") return;
  await ask(token, { ...request, path: request.path.replace("cursor", `cursor=${encodeURIComponent(nextCursor)}`) });
}

/** Ids differ from run to run, and say nothing. */
function normalise(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
    .replace(/(<id>,)+<id>/g, "<id>, …")
    .replace(/("publicId" = )'\w+'/g, "$1'<public id>'")
    .replace(/'\\x[0-9a-f]{16,}'/g, "'<bytes>'");
}

async function explain(db: pg.Client, { text, values }: Recorded): Promise<string> {
  const lines = async (query: string, parameters?: unknown[]) => {
    const { rows } = await db.query<{ "QUERY PLAN": string }>(query, parameters);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  };
  const custom = normalise(await lines(`EXPLAIN ${text}`, values));
  // After a few runs PostgreSQL may keep one plan of a named statement for all values.
  const generic = await lines(`EXPLAIN (GENERIC_PLAN) ${text}`);
  return indexesIn(custom).join() === indexesIn(generic).join() ? custom : `${custom}\n\nFor any value:\n${generic}`;
}

/** The indexes that a plan uses, sorted, each once. */
export function indexesIn(plan: string): string[] {
  const names = [...plan.matchAll(/(?:using|Bitmap Index Scan on) "?([A-Za-z_]+)"?/g)].map(([, name = ""]) => name);
  return [...new Set(names)].sort();
}

/** The tables that a plan reads from end to end and that grow with the workspace. */
export function scannedIn(plan: string): string[] {
  const names = [...plan.matchAll(/Seq Scan on "?([A-Za-z_]+)"?/g)].map(([, name = ""]) => name);
  return names.filter((name) => ["Membership", "Team", "TeamMember", "AccessToken"].includes(name));
}

/** The plans of everything that the service runs for each kind of request, by name. */
export async function capturePlans(
  db: pg.Client,
  workspace: BenchWorkspace,
  teamSize: number,
): Promise<Map<string, Plan>> {
  await seedCrowd(db, workspace);
  const team = { id: await seedTeam(db, workspace, teamSize), size: teamSize };
  const members = await findSeededIds(db, workspace, 10, 2);
  const outsiders = await findSeededIds(db, workspace, teamSize + 10, 2);
  await settle(db);
  const plans = new Map<string, Plan>();
  for (const { name, title, at } of kindsOf({ workspace, members, outsiders, team })) {
    // Twice: the second time something may be remembered, and then other statements run.
    const recorded = await recordStatements(async () => {
      for (const index of [0, 1]) await perform(workspace.token, at(index));
    });
    const statements = [];
    for (const one of recorded) statements.push({ text: one.text, plan: await explain(db, one) });
    plans.set(name, { title, statements: statements.filter(({ plan }) => plan.includes("Scan")) });
  }
  return plans;
}
