import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { all, one, run, sql } from "@/lib/db";
import { nodeAdapterUrl } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { askWithoutQuotes, authentik, putGroup } from "./authentik";
import { cyberArk } from "./cyberark";
import { entraDefault, entraFlag } from "./entra/provider";
import { google } from "./google";
import { jumpCloud } from "./jumpcloud";
import { keycloakPatch, keycloakPut } from "./keycloak";
import { oktaCatalogue, oktaCustom, runCrudSuite, runSpecSuite } from "./okta";
import { oneLogin } from "./onelogin";
import { pingFederate } from "./pingfederate";
import { sailPoint } from "./sailpoint";
import { newFamilyName, type Person, type Provider, type StepName, steps, type Talk } from "./support/conversation";
import { findSeats, findStanding, listBroken, type Standing } from "./support/invariants";
import { Wire } from "./support/wire";

// Ten identity providers hold their conversations over HTTP. Each step is held to its answers by the
// client, and to what it must have done to the workspace here. Afterwards every invariant holds. What came of it is the table
// in docs/identity-providers.md: MUSTER_WRITE=1 writes it.

const providers = [
  entraDefault,
  entraFlag,
  oktaCatalogue,
  oktaCustom,
  oneLogin,
  jumpCloud,
  pingFederate,
  google,
  authentik,
  keycloakPut,
  keycloakPatch,
  cyberArk,
  sailPoint,
];

type World = TestWorkspace & { talk: Talk };

async function openWorld(provider: Provider): Promise<World> {
  const workspace = await openWorkspace("idp");
  const { domain, token } = workspace;
  const wire = new Wire(await nodeAdapterUrl, { authorization: `Bearer ${token.secret}`, ...provider.headers });
  const person = { id: "", userName: `lin.osei@${domain}`, givenName: "Lin", familyName: "Osei" };
  const group = { id: "", displayName: "Ledger Team" };
  const talk = {
    wire,
    domain,
    person,
    group,
    members: { before: [], after: [] },
    imported: { users: [], groups: [] },
    memory: new Map(),
  };
  return { ...workspace, talk };
}

/** A session of the person's account, so that a suspension has one to end. */
async function signIn({ id }: World, person: Person): Promise<void> {
  await run(sql`
    INSERT INTO "Session" (id, "tokenHash", "userId", expires)
    SELECT gen_random_uuid(), ${`${id} ${person.id}`}, "userId", now() + interval '1 day' FROM "Membership" WHERE "workspaceId" = ${id} AND id = ${person.id}`);
}

async function standingOf({ id }: World, person: Person): Promise<Standing> {
  const standing = await findStanding(id, person.id || person.userName);
  if (!standing) throw new Error(`${person.userName} is not in the workspace`);
  return standing;
}

function teamOf({ id }: World, displayName: string) {
  return one<{ id: string; managed: boolean; members: string[] }>(sql`
    SELECT t.id, t."connectionId" IS NOT NULL AS managed, ARRAY(SELECT tm."membershipId"::text FROM "TeamMember" tm WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id) AS members
    FROM "Team" t WHERE t."workspaceId" = ${id} AND t.name = ${displayName}`);
}

const seatsOf = async ({ id }: World) => (await findSeats(id)).used;

/** What each step must have done to the workspace; `before` is how many seats were used before it. */
const outcomes: Record<StepName, (world: World, before: number) => Promise<void>> = {
  connect: async (world, before) => {
    expect(await seatsOf(world), "testing a connection leaves nobody behind").toBe(before);
    const rows = await all(
      sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${world.id} AND state <> 'ended' AND "connectionId" IS NOT NULL`,
    );
    expect(rows).toEqual([]);
  },
  match: async (world, before) => {
    expect(await seatsOf(world)).toBe(before);
    expect(await findStanding(world.id, world.talk.person.userName)).toBeNull();
  },
  create: async (world, before) => {
    const { person } = world.talk;
    expect(await standingOf(world, person)).toMatchObject({
      id: person.id,
      state: "active",
      role: "member",
      managed: true,
      hasAccount: true,
      address: person.userName,
      mails: ["added", "welcome"],
      audit: ["membership.created"],
    });
    expect(await seatsOf(world)).toBe(before + 1);
  },
  update: async (world, before) => {
    const { audit, mails } = await standingOf(world, world.talk.person);
    expect(audit.at(-1)).toBe("membership.updated");
    expect(mails, "a change of a profile is not mailed").toEqual(["added", "welcome"]);
    const row = await one(
      sql`SELECT "familyName" FROM "Membership" WHERE "workspaceId" = ${world.id} AND id = ${world.talk.person.id}`,
    );
    expect(row).toEqual({ familyName: newFamilyName });
    const account = await one(sql`SELECT "lastName" FROM "User" WHERE "emailKey" = ${world.talk.person.userName}`);
    expect(account).toEqual({ lastName: newFamilyName });
    expect(await seatsOf(world)).toBe(before);
  },
  deactivate: async (world, before) => {
    const standing = await standingOf(world, world.talk.person);
    expect(standing).toMatchObject({ id: world.talk.person.id, state: "suspended", role: "member", sessions: 0 });
    expect(standing.mails.at(-1)).toBe("suspended");
    expect(standing.audit.filter((action) => action === "membership.suspended")).toHaveLength(1);
    expect(standing.teams, "memberships of suspended people are kept").toEqual(teamsNow(world));
    expect(await seatsOf(world)).toBe(before - 1);
  },
  reactivate: async (world, before) => {
    const standing = await standingOf(world, world.talk.person);
    expect(standing).toMatchObject({ id: world.talk.person.id, state: "active", role: "member" });
    expect(standing.mails.at(-1)).toBe("reactivated");
    expect(standing.audit.filter((action) => action === "membership.reactivated")).toHaveLength(1);
    expect(standing.teams).toEqual(teamsNow(world));
    expect(await seatsOf(world)).toBe(before + 1);
  },
  delete: async (world, before) => {
    const standing = await standingOf(world, world.talk.person);
    expect(standing).toMatchObject({ state: "ended", sessions: 0, teams: [] });
    expect(standing.audit.at(-1)).toBe("membership.ended");
    expect(await seatsOf(world)).toBe(before - 1);
  },
  "group create": async (world) => {
    const { group } = world.talk;
    expect(await teamOf(world, group.displayName)).toEqual({ id: group.id, managed: true, members: [] });
  },
  "group rename": async (world) => {
    const { group } = world.talk;
    expect(group.displayName).toContain("renamed");
    expect(await teamOf(world, group.displayName)).toMatchObject({ id: group.id, managed: true });
  },
  "group add": (world) => expectMembers(world),
  "group remove": (world) => expectMembers(world),
  "group clear": (world) => expectMembers(world),
  "group delete": async (world) => {
    expect(await teamOf(world, world.talk.group.displayName)).toBeNull();
  },
  import: async (world) => {
    const { users, groups } = world.talk.imported;
    const rows = await all<{ id: string }>(
      sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${world.id} AND state <> 'ended' ORDER BY id`,
    );
    if (users.length > 0) expect([...users].sort(), "everybody once").toEqual(rows.map(({ id }) => id));
    if (groups.length > 0) expect(groups).toEqual([world.talk.group.id]);
    expect(users.length + groups.length).toBeGreaterThan(0);
  },
};

const teamsNow = ({ talk }: World) => (talk.members.after.includes(talk.person.id) ? [talk.group.displayName] : []);

async function expectMembers(world: World): Promise<void> {
  const { group, members } = world.talk;
  const team = await teamOf(world, group.displayName);
  expect([...(team?.members ?? [])].sort()).toEqual([...members.after].sort());
}

/** Who is in the group after a step; another person is in it so that clearing is more than removing the last. */
function membersAfter(step: StepName, { talk }: World, other: Person): string[] {
  if (step === "group add") return [talk.person.id, other.id];
  if (step === "group remove") return [other.id];
  if (step === "group clear") return [];
  return talk.members.after;
}

const words = { sent: "✓", low: "✓ [L]" };
const results = new Map<string, Map<StepName, string>>();

async function runStep(provider: Provider, name: StepName, world: World, other: Person): Promise<string> {
  const step = provider.steps[name];
  if (typeof step !== "function") return `– (${step.notSent})`;
  const { talk } = world;
  const before = await seatsOf(world);
  if (name === "deactivate" || name === "delete") await signIn(world, talk.person);
  talk.members = { before: talk.members.after, after: membersAfter(name, world, other) };
  await step(talk);
  await outcomes[name](world, before);
  return provider.low?.includes(name) ? words.low : words.sent;
}

/** The other person is made as the first one is, and then left alone. */
async function makeOther(provider: Provider, { talk }: World): Promise<Person> {
  const { create } = provider.steps;
  if (typeof create !== "function") throw new Error("a provider that creates nobody");
  const other = { id: "", userName: `mina.sato@${talk.domain}`, givenName: "Mina", familyName: "Sato" };
  const { person } = talk;
  talk.person = other;
  await create(talk);
  talk.person = person;
  return other;
}

describe.each(providers.map((provider) => [provider.name, provider] as const))("%s", (_, provider) => {
  test("holds its conversation, and the workspace is what it said", { timeout: 60_000 }, async () => {
    const world = await openWorld(provider);
    results.set(provider.name, await converse(provider, world));
    expect(await listBroken(world.id)).toEqual([]);
  });
});

/** Every step in its order. What came of each. */
async function converse(provider: Provider, world: World): Promise<Map<StepName, string>> {
  const cells = new Map<StepName, string>();
  let other: Person = { id: "", userName: "", givenName: "", familyName: "" };
  for (const name of steps) {
    if (name === "update") other = await makeOther(provider, world);
    cells.set(name, await runStep(provider, name, world, other).catch((error) => Promise.reject(named(name, error))));
  }
  world.talk.wire.close();
  return cells;
}

function named(step: StepName, error: unknown): unknown {
  if (error instanceof Error) error.message = `${step}: ${error.message}`;
  return error;
}

describe("Okta's public suites", () => {
  test("SPEC, twelve requests (A1.1)", async () => {
    const world = await openWorld(oktaCatalogue);
    await runSpecSuite(world.talk.wire, world.domain);
    expect(await listBroken(world.id)).toEqual([]);
  });

  test("CRUD, a life of one user (A1.2)", async () => {
    const world = await openWorld(oktaCatalogue);
    await runCrudSuite(world.talk);
    expect(await standingOf(world, world.talk.person)).toMatchObject({ state: "suspended" });
    expect(await listBroken(world.id)).toEqual([]);
  });
});

describe("Okta under the strict profile", () => {
  test.each([oktaCatalogue, oktaCustom])(
    "E10 $name holds its conversation there, too",
    { timeout: 60_000 },
    async (provider) => {
      const world = await openWorld(provider);
      await updateSettings(world.operator, { strictProfile: true });
      await converse(provider, world);
      expect(await listBroken(world.id)).toEqual([]);
    },
  );
});

describe("authentik's other ways", () => {
  test("F21 a filter without quotes finds who is meant", async () => {
    const world = await openWorld(authentik);
    await runStep(authentik, "create", world, world.talk.person);
    await askWithoutQuotes(world.talk);
  });

  test("K1 a group by PUT, where PATCH is not promised", async () => {
    const world = await openWorld(authentik);
    const other = await makeOther(authentik, world);
    await runStep(authentik, "group create", world, other);
    world.talk.members = { before: [], after: [other.id] };
    await putGroup(world.talk);
    await expectMembers(world);
    expect(await listBroken(world.id)).toEqual([]);
  });
});

const page = new URL("../../docs/identity-providers.md", import.meta.url);
const [begin, end] = ["<!-- table: written by e2e/idp/conversations.db.test.ts -->", "<!-- end of table -->"];

/** The table of the run: a row for each provider, a column for each step, and below it why a cell is empty. */
function tableOf(): string {
  const head = `| Provider | ${steps.join(" | ")} | described in |`;
  const rule = `|---|${steps.map(() => "---|").join("")}---|`;
  const notes: string[] = [];
  const rows = providers.map(({ name, source }) => {
    const cells = steps.map((step) => cellOf(results.get(name)?.get(step), notes));
    return `| ${name} | ${cells.join(" | ")} | ${source} |`;
  });
  const told = notes.map((note, index) => `${index + 1}. ${note}`);
  return [head, rule, ...rows, "", "Not sent:", "", ...told].join("\n");
}

function cellOf(result: string | undefined, notes: string[]): string {
  if (result === undefined) return "✗";
  const why = /^– \((.*)\)$/.exec(result)?.[1];
  if (why === undefined) return result;
  if (!notes.includes(why)) notes.push(why);
  return `– <sup>${notes.indexOf(why) + 1}</sup>`;
}

describe("docs/identity-providers.md", () => {
  test("its table is what this run has exercised", () => {
    const text = existsSync(page) ? readFileSync(page, "utf8") : `${begin}\n${end}\n`;
    const next = text.replace(new RegExp(`${begin}[\\s\\S]*${end}`), () => `${begin}\n\n${tableOf()}\n\n${end}`);
    if (process.env.MUSTER_WRITE) writeFileSync(page, next);
    expect(next.includes("✗"), "every cell is green or not sent").toBe(false);
    expect(readFileSync(page, "utf8")).toBe(next);
  });
});

afterAll(() => results.clear());
