import { describe, expect, test } from "vitest";
import { findSeats, findStanding, listBroken } from "@/e2e/idp/support/invariants";
import { openFaultProxy } from "@/e2e/support/fault-proxy";
import { run, sql } from "@/lib/db";
import { nodeAdapterUrl } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { addTeamMember, createTeamInApp } from "@/lib/workspace/teams/edit";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { Wire } from "./connector/wire";
import { day, interval } from "./escrow";
import { Job } from "./job";
import { defaultKnobs, type Knobs } from "./knobs";
import { covering, product, tellKnobs } from "./scenarios/pairwise";
import { scenarios } from "./scenarios/scenarios";
import {
  type Claim,
  hire,
  type Inside,
  openTenant,
  purge,
  record,
  scimId,
  sync,
  syncWithFailure,
  type Tenant,
} from "./tenant";

process.env.MUSTER_SCIM_RATE = "0"; // how fast the simulator is is not what it is about

// Entra's scenarios (S1–S21) over rows in which every two values of its main knobs meet; all 108 of their combinations by
// npm run entra:product. A scenario holds the answers to its promises, and its claims are looked up in the workspace here.

const isProduct = process.env.MUSTER_ENTRA === "product";

/** The workspace as a scenario may see it. */
async function lookInto({ id, operator }: TestWorkspace): Promise<Inside> {
  let { used } = await findSeats(id);
  return {
    claim: async ({ id: person, lastMail, lastAudit, seats, ...claimed }: Claim) => {
      const standing = await findStanding(id, person);
      expect(standing).toMatchObject({ id: person, ...claimed });
      if (lastMail) expect(standing?.mails.at(-1)).toBe(lastMail);
      if (lastAudit)
        expect(standing?.audit.slice(-2), "a state and a profile are told of one by one").toContain(lastAudit);
      const before = used;
      used = (await findSeats(id)).used;
      if (seats !== undefined) expect(used - before, `seats used after ${claimed.state}`).toBe(seats);
    },
    signIn: async (person) => {
      await run(sql`
        INSERT INTO "Session" (id, "tokenHash", "userId", expires)
        SELECT gen_random_uuid(), gen_random_uuid()::text, "userId", now() + interval '1 day' FROM "Membership"
        WHERE "workspaceId" = ${id} AND id = ${person} AND "userId" IS NOT NULL`);
      expect((await findStanding(id, person))?.sessions, "there is a session to end").toBeGreaterThan(0);
    },
    mayGrantAdmin: (may) => updateSettings(operator, { scimMayGrantAdmin: may }).then(() => undefined),
  };
}

type World = { workspace: TestWorkspace; tenant: Tenant };

async function openWorld(knobs: Partial<Knobs> = {}, [users, groups]: [number, number] = [10, 2]): Promise<World> {
  const workspace = await openWorkspace("entra");
  const { token, domain } = workspace;
  const all = { ...defaultKnobs, ...knobs };
  const common = { url: await nodeAdapterUrl, token: token.secret, domain, knobs: all, users, groups };
  return { workspace, tenant: openTenant({ ...common, inside: await lookInto(workspace) }) };
}

async function close({ workspace, tenant }: World): Promise<void> {
  tenant.wire.close();
  expect(await listBroken(workspace.id)).toEqual([]);
}

describe.each((isProduct ? product : covering).map((knobs) => [tellKnobs(knobs), knobs] as const))("%s", (_, knobs) => {
  test("scenarios S1 to S21 hold, and every invariant", { timeout: 300_000 }, async () => {
    const world = await openWorld(knobs, isProduct ? [10, 2] : [12, 3]);
    for (const [title, play] of Object.entries(scenarios)) {
      await expect(play(world.tenant), title).resolves.toBeUndefined();
    }
    expect(world.tenant.wire.checks).toBeGreaterThan(2_000);
    await close(world);
  });
});

describe.skipIf(isProduct)("once", () => {
  test("S2 200 users and 10 groups, S3 the next cycle writes nothing", { timeout: 120_000 }, async () => {
    const world = await openWorld({ memberChunk: 5 }, [200, 10]);
    expect(await sync(world.tenant)).toBeGreaterThan(210);
    expect(await sync(world.tenant)).toBe(0);
    await close(world);
  });

  test("S11 500 adds to one group, 50 at once, then 500 removals", { timeout: 120_000 }, async () => {
    const world = await openWorld({ memberConcurrency: 50 }, [1, 0]);
    await scenarios["S11 many members at once"]?.({ ...world.tenant, crowd: 500 });
    await close(world);
  });

  test("S16 a revoked token: quarantine, nobody is touched, and the next token goes on", async () => {
    const world = await openWorld();
    const { workspace, tenant } = world;
    await sync(tenant);
    const { used } = await findSeats(workspace.id);
    let now = Date.now();
    let secret = tenant.token;
    const wire = new Wire(tenant.url, async () => secret, false);
    const job = new Job(wire, tenant.knobs, tenant.job.state, () => now);
    await revokeAccessToken(workspace.operator, workspace.token.id);
    await expect(job.cycle(tenant.directory)).rejects.toMatchObject({ code: "Unauthorized" });
    now += interval;
    expect(await job.cycle(tenant.directory)).toBe("quarantined");
    expect(job.state.quarantine).toMatchObject({ reason: "credentials" });
    expect((await findSeats(workspace.id)).used).toBe(used);

    const input = { name: "IdP", scopes: ["user_management:read-write"], expiresAt: null, connection: null };
    ({ secret } = await createAccessToken(workspace.operator, input));
    now += day;
    const writes = wire.writes;
    expect(await job.cycle(tenant.directory)).toBe("done");
    expect([job.failures, job.state.quarantine, wire.writes - writes]).toEqual([[], undefined, 0]);
    wire.close();
    await close(world);
  });

  test("S17 an admin of the application is matched, keeps role and account, and is managed from then on", async () => {
    const world = await openWorld();
    const { workspace, tenant } = world;
    const name = `ADMIN@${workspace.domain}`;
    const before = await findStanding(workspace.id, name);
    const user = hire(tenant, 1, { userPrincipalName: name, mail: name });
    await sync(tenant);
    const after = await findStanding(workspace.id, name);
    expect(before).toMatchObject({ managed: false, role: "admin" });
    expect(after).toMatchObject({ id: before?.id, managed: true, role: "admin", state: "active", mails: [] });
    expect([scimId(tenant, user), after?.address]).toEqual([before?.id, before?.address]);
    await close(world);
  });
});

describe.skipIf(isProduct)("a group that was there before", () => {
  test("is matched by its name, becomes managed, and keeps the members it had", async () => {
    const world = await openWorld();
    const { workspace, tenant } = world;
    const [group] = tenant.directory.groups.values();
    if (!group) throw new Error("no group");
    const admin = await findStanding(workspace.id, `admin@${workspace.domain}`);
    const id = await createTeamInApp(workspace.operator, group.displayName.toUpperCase());
    await addTeamMember(workspace.operator, id, admin?.id ?? "");
    await sync(tenant);
    expect(tenant.job.state.groups[group.id]).toBe(id);
    expect(await tenant.job.membersOf(group)).toHaveLength(group.members.length + 1);
    await tenant.inside.claim({ id: admin?.id ?? "", state: "active", role: "admin", teams: [group.displayName] });

    tenant.job.restart("full");
    const [left = ""] = group.members.splice(0, 1);
    await sync(tenant);
    const members = await tenant.job.membersOf(group);
    expect(members, "who left before the restart was never removed").toContain(tenant.job.state.users[left]);
    expect(await sync(tenant)).toBe(0);
    await close(world);
  });
});

describe.skipIf(isProduct)("the other knobs", () => {
  test("tombstoneUpn false: the deleted user keeps the name, and nobody else can have it", async () => {
    for (const matchAttr of ["userName", "externalId"] as const) {
      const world = await openWorld({ tombstoneUpn: false, matchAttr });
      await scenarios["S2 initial cycle"]?.(world.tenant);
      await scenarios["S7 soft delete with a tombstone name, and restore"]?.(world.tenant);
      await scenarios["S8 the name of a deleted user given to a new one, and restore"]?.(world.tenant);
      await close(world);
    }
  });

  test("on404: what is gone from the target fails, or is matched again and made", async () => {
    for (const on404 of ["fail", "rematch"] as const) {
      const world = await openWorld({ on404 });
      const { tenant, workspace } = world;
      await sync(tenant);
      const [user] = tenant.directory.users.values();
      const [group] = tenant.directory.groups.values();
      if (!user || !group) throw new Error("nobody");
      const id = scimId(tenant, user);
      await workspace.scim("DELETE", `/Users/${id}`);
      if (on404 === "fail") expect(await syncWithFailure(tenant)).toMatchObject({ code: "InvalidAnchor" });
      else {
        await sync(tenant);
        expect(scimId(tenant, user)).not.toBe(id);
        await workspace.scim("DELETE", `/Groups/${tenant.job.state.groups[group.id]}`);
        await sync(tenant);
        expect(await tenant.job.membersOf(group)).toHaveLength(group.members.length);
      }
      await close(world);
    }
  });

  test("honourRetryAfter: a 429 is a failure, or is waited for", async () => {
    for (const honourRetryAfter of [false, true]) {
      const world = await openWorld({ honourRetryAfter });
      const { tenant } = world;
      const proxy = await openFaultProxy(tenant.url);
      let refusals = 3;
      proxy.fail = ({ method }) =>
        method === "POST" && refusals-- > 0 ? { status: 429, headers: { "retry-after": "7" } } : null;
      const waits: number[] = [];
      const wait = async (milliseconds: number) => void waits.push(milliseconds);
      const wire = new Wire(proxy.url, tenant.token, false, { honourRetryAfter, wait });
      const job = new Job(wire, tenant.knobs);
      await job.cycle(tenant.directory);
      expect(job.failures.map(({ code }) => code)).toEqual(
        honourRetryAfter ? [] : ["TooManyRequests", "TooManyRequests", "TooManyRequests"],
      );
      expect(waits).toEqual(honourRetryAfter ? [7_000, 7_000, 7_000] : []);
      wire.close();
      await proxy.close();
      await close(world);
    }
  });

  test("deleteMode: without a mapped active nothing is said of a leaver until the person is purged", async () => {
    const world = await openWorld({ deleteMode: "active unmapped" });
    const { tenant } = world;
    const user = hire(tenant, 1);
    const later = hire(tenant, 2);
    await sync(tenant);
    const id = scimId(tenant, user);
    for (const change of [{ accountEnabled: false }, { accountEnabled: true, softDeleted: true }]) {
      Object.assign(user, change);
      expect(await sync(tenant)).toBe(0);
      await tenant.inside.claim({ id, state: "active" });
    }
    purge(tenant, user);
    expect((await record(tenant, () => sync(tenant))).filter(({ method }) => method === "DELETE")).toHaveLength(1);
    await tenant.inside.claim({ id, state: "ended" });
    const orphan = scimId(tenant, later);
    later.assigned = false;
    await sync(tenant);
    purge(tenant, later);
    expect(await sync(tenant), "who was unassigned before is nobody's").toBe(0);
    await tenant.inside.claim({ id: orphan, state: "active" });
    await close(world);
  });

  test("pod: everything on demand, in the default dialect under the flag", { timeout: 60_000 }, async () => {
    const world = await openWorld({ pod: true, flag: true });
    for (const play of Object.values(scenarios)) await play(world.tenant);
    await close(world);
  });
});
