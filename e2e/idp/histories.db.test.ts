import { describe, expect, test } from "vitest";
import { one, sql } from "@/lib/db";
import { nodeAdapter, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { reactivateMember, suspendMember, updateRole } from "@/lib/workspace/members/edit";
import { overrideMember } from "@/lib/workspace/membership/managed";
import { isRefusal } from "@/lib/workspace/refusal";
import { setTeamRole } from "@/lib/workspace/teams/edit";
import { setSeatLimit, updateSettings } from "@/lib/workspace/workspaces/settings";
import { fuzzFactor, randomOf, seedOfRun } from "@/scripts/testing/seeds";
import { listBroken } from "./support/invariants";

// Random histories: 200 of 50 operations each, by 8 clients at once. Afterwards every invariant holds;
// meanwhile each client checks that what was acknowledged is there (I5, I6), and that what was refused is not (I12).
// `npm run fuzz` runs more of them, from other seeds.

const histories = 200 * fuzzFactor;
const clients = 8;
const operations = 50;
const inFlight = 4;

type Body = Record<string, unknown>;

const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
const patch = (...Operations: Body[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations,
});

/** This client's token was revoked; who goes on with it all the same is slowed down. */
const gone = (status: number) => status === 401 || status === 429;

/** What a client knows of somebody whom nobody else writes. */
type Own = { id: string; active: boolean; title: string; teams: Set<string> };

type World = TestWorkspace & { teams: string[]; contested: string[]; random: (below: number) => number; seed: number };

function pick<Item>({ random }: Pick<World, "random">, items: readonly Item[]): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** A client with one person of its own in shared teams, and people whom everybody writes. */
class Client {
  readonly #world: World;
  readonly #scim: ScimClient;
  readonly #name: string;
  #own: Own | null = null;
  #count = 0;

  constructor(world: World, scim: ScimClient, index: number) {
    this.#world = world;
    this.#scim = scim;
    this.#name = `c${index}@${world.domain}`;
  }

  /** One operation, drawn at random. */
  async act(): Promise<void> {
    const { random } = this.#world;
    if (random(3) === 0) await this.#contest();
    else if (this.#own === null) await this.#create();
    else
      await pick(this.#world, [this.#toggle, this.#retitle, this.#join, this.#leave, this.#end]).call(this, this.#own);
  }

  async #create(): Promise<void> {
    const title = `T${++this.#count}`;
    const { status, body } = await this.#scim("POST", "/Users", { schemas: [userUrn], userName: this.#name, title });
    if (status === 201) this.#own = { id: String(body.id), active: true, title, teams: new Set() };
    else expect(status, "no seat, or the token is gone").toSatisfy((code: number) => code === 403 || gone(code));
    await this.#check();
  }

  async #toggle(own: Own): Promise<void> {
    const operation = { op: "Replace", path: "active", value: own.active ? "False" : "True" };
    const { status } = await this.#scim("PATCH", `/Users/${own.id}`, patch(operation));
    if (status === 200) own.active = !own.active;
    await this.#check();
  }

  async #retitle(own: Own): Promise<void> {
    const title = `T${++this.#count}`;
    const change = { schemas: [userUrn], userName: this.#name, title, active: own.active };
    const { status } = await this.#scim("PUT", `/Users/${own.id}`, change);
    if (status === 200) own.title = title;
    await this.#check();
  }

  async #join(own: Own): Promise<void> {
    const team = pick(this.#world, this.#world.teams);
    const { status } = await this.#scim(
      "PATCH",
      `/Groups/${team}`,
      patch({ op: "Add", path: "members", value: [{ value: own.id }] }),
    );
    if (status === 200) own.teams.add(team);
    await this.#check();
  }

  async #leave(own: Own): Promise<void> {
    const team = pick(this.#world, this.#world.teams);
    const { status } = await this.#scim(
      "PATCH",
      `/Groups/${team}`,
      patch({ op: "remove", path: `members[value eq "${own.id}"]` }),
    );
    if (status === 200) own.teams.delete(team);
    await this.#check();
  }

  async #end(own: Own): Promise<void> {
    const { status } = await this.#scim("DELETE", `/Users/${own.id}`);
    if (status === 204) this.#own = null;
    await this.#check();
  }

  /** I5, I6, I12: the next read shows what was acknowledged, and nothing of what was refused. */
  async #check(): Promise<void> {
    const own = this.#own;
    if (!own) return;
    const { status, body } = await this.#scim("GET", `/Users/${own.id}`);
    if (gone(status)) return;
    const groups = ((body.groups ?? []) as { value: string }[]).map(({ value }) => value).sort();
    const seen = { status, active: body.active, title: body.title, groups };
    expect(seen, `seed ${this.#world.seed}`).toEqual({
      status: 200,
      active: own.active,
      title: own.title,
      groups: [...own.teams].sort(),
    });
  }

  /** A write to somebody whom every client writes: any answer but a fault of ours. */
  async #contest(): Promise<void> {
    const { contested, random, domain } = this.#world;
    const userName = pick(this.#world, contested);
    const { body } = await this.#scim("GET", `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`);
    const [found] = (body.Resources ?? []) as { id: string }[];
    const path = `/Users/${found?.id}`;
    const roles = [{ value: random(2) === 0 ? "admin" : "member" }];
    const writes: (() => Promise<{ status: number }>)[] = [
      () => this.#scim("POST", "/Users", { schemas: [userUrn], userName, roles }),
      () => this.#scim("PATCH", path, patch({ op: "replace", value: { active: random(2) === 0 } })),
      () => this.#scim("PATCH", path, patch({ op: "replace", path: "roles", value: random(2) === 0 ? [] : roles })),
      () => this.#scim("PUT", path, { schemas: [userUrn], userName, active: random(2) === 0, roles }),
      () => this.#scim("PATCH", path, patch({ op: "Replace", path: "userName", value: `x${random(6)}@${domain}` })),
      () => this.#scim("DELETE", path),
      () =>
        this.#scim("POST", "/Bulk", {
          schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
          Operations: [
            { method: "POST", path: "/Users", bulkId: "a", data: { schemas: [userUrn], userName } },
            { method: "DELETE", path },
          ],
        }),
    ];
    const { status } = await pick(this.#world, found ? writes : writes.slice(0, 1))();
    expect(status, `seed ${this.#world.seed}`).toBeLessThan(500);
  }
}

/** What the admins do meanwhile; a refusal is an answer, too. */
async function administrate(world: World, spare: { id: string }): Promise<void> {
  const { operator, random, id } = world;
  const admin = { ...operator, kind: "member" as const, name: "Ada" };
  const somebody = async () => {
    const row = await one<{ id: string }>(
      sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${id} AND state <> 'ended' AND "userName" NOT LIKE 'c%' ORDER BY id OFFSET ${random(6)} LIMIT 1`,
    );
    return row?.id ?? "00000000-0000-0000-0000-000000000000";
  };
  const acts: (() => Promise<unknown>)[] = [
    async () => suspendMember(operator, await somebody()),
    async () => reactivateMember(operator, await somebody()),
    async () => updateRole(operator, await somebody(), random(2) === 0 ? "admin" : "member"),
    async () => overrideMember(admin, await somebody()),
    () => setSeatLimit(operator, 8 + random(10)),
    () => updateSettings(operator, { automaticSeatAssignment: random(2) === 0, scimMayGrantAdmin: random(2) === 0 }),
    () => setTeamRole(operator, pick(world, world.teams), pick(world, ["admin", "member", null] as const)),
    () => revokeAccessToken(operator, spare.id),
  ];
  try {
    await pick(world, acts)();
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

async function runHistory(seed: number): Promise<string[]> {
  const workspace = await openWorkspace("h");
  const scim = nodeAdapter(workspace.token.secret);
  const input = { name: "Second", scopes: ["user_management:read-write"], expiresAt: null, connection: null };
  const spare = await createAccessToken(workspace.operator, input);
  const second = nodeAdapter(spare.secret);
  const teams = await Promise.all(
    ["A", "B"].map(async (displayName) =>
      String((await scim("POST", "/Groups", { schemas: [groupUrn], displayName })).body.id),
    ),
  );
  const contested = [`admin@${workspace.domain}`, ...[0, 1, 2].map((at) => `x${at}@${workspace.domain}`)];
  const world: World = { ...workspace, teams, contested, random: randomOf(seed), seed };
  await setSeatLimit(workspace.operator, 8 + world.random(8));
  const own = Array.from({ length: clients }, (_, at) => new Client(world, at % 4 === 3 ? second : scim, at));
  let left = operations;
  const run = async (client: Client, at: number) => {
    while (left-- > 0) await (at === 0 && world.random(2) === 0 ? administrate(world, spare.token) : client.act());
  };
  await Promise.all(own.map(run));
  return listBroken(workspace.id);
}

describe("random histories", () => {
  test(`I1–I12 hold after ${histories} histories of ${operations} operations by ${clients} clients`, {
    timeout: 600_000 * fuzzFactor,
  }, async () => {
    const start = seedOfRun();
    let next = 0;
    const worker = async () => {
      for (let at = next++; at < histories; at = next++) {
        const seed = start + at;
        expect(await runHistory(seed), `MUSTER_SEED=${seed}`).toEqual([]);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  });
});
