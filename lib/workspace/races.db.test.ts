import { describe, expect, test } from "vitest";
import { listBroken } from "@/e2e/idp/support/invariants";
import { pool } from "@/lib/database/pool";
import { all, one, run, sql } from "@/lib/db";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { addDomain, trustDomain } from "@/lib/workspace/domains/domains";
import { removeDomain } from "@/lib/workspace/domains/remove";
import { acceptInvite } from "@/lib/workspace/invites/accept";
import { cancelInvite, resendInvite } from "@/lib/workspace/invites/invites";
import { suspendMember } from "@/lib/workspace/members/edit";
import { restorePeople } from "@/lib/workspace/restore/restore";
import type { Actor } from "./actor";
import { overrideMember } from "./membership/managed";
import { unseal } from "./seal";

// Two at once: each pair ends as if one had come after the other, and every invariant holds.

const rounds = 6;
const suspend = patchBody({ op: "Replace", path: "active", value: "False" });
const names = { firstName: "A", lastName: "B" };
const adminOf = ({ operator }: TestWorkspace): Actor => ({ ...operator, kind: "member", name: "Ada" });

async function inviteSecret({ id }: TestWorkspace, to: string): Promise<string> {
  const row = await one<{ sealed: string }>(
    sql`SELECT sealed FROM "Mail" WHERE "workspaceId" = ${id} AND "to" = ${to} AND kind = 'invite' ORDER BY id DESC LIMIT 1`,
  );
  return unseal(row?.sealed ?? "");
}

const stateOf = async ({ id }: TestWorkspace, person: unknown) => {
  const row = await one<{ state: string }>(
    sql`SELECT state FROM "Membership" WHERE "workspaceId" = ${id} AND id = ${String(person)}`,
  );
  return row?.state;
};

/** Runs both at once, a few times, each in a workspace of its own, and then looks at every invariant. */
function race<World extends TestWorkspace>(
  promise: string,
  open: () => Promise<World>,
  both: (world: World) => Promise<unknown>[],
  check: (world: World, outcomes: PromiseSettledResult<unknown>[]) => Promise<void>,
): void {
  test(promise, async () => {
    for (let round = 0; round < rounds; round++) {
      const world = await open();
      await check(world, await Promise.allSettled(both(world)));
      expect(await listBroken(world.id)).toEqual([]);
    }
  });
}

/** Statements of this database that wait for a lock. */
const countWaiting = async () =>
  (
    await one<{ count: number }>(
      sql`SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
  )?.count ?? 0;

const fulfilled = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.filter(({ status }) => status === "fulfilled").length;

/** A guest who is invited, with the secret of the link. */
async function openInvited() {
  const workspace = await openWorkspace("race");
  const address = `guest@late-${workspace.domain}`;
  const { body } = await workspace.scim("POST", "/Users", userBody(address));
  return { ...workspace, address, person: String(body.id), secret: await inviteSecret(workspace, address) };
}

describe("an invite", () => {
  race(
    "accepted twice at once is accepted once",
    openInvited,
    ({ secret }) => [acceptInvite(secret, names), acceptInvite(secret, names)],
    async (world, outcomes) => {
      expect(fulfilled(outcomes)).toBe(1);
      expect(await stateOf(world, world.person)).toBe("active");
    },
  );

  race(
    "accepted while the identity provider cancels it: a member who is suspended, or a link that is dead",
    openInvited,
    ({ secret, scim, person }) => [acceptInvite(secret, names), scim("PATCH", `/Users/${person}`, suspend)],
    async (world) => expect(await stateOf(world, world.person)).toBe("suspended"),
  );

  race(
    "accepted while it is sent again: a member, or a new link and nothing lost",
    openInvited,
    ({ secret, operator, person }) => [acceptInvite(secret, names), resendInvite(operator, person)],
    async (world, [accepted]) => {
      expect(await stateOf(world, world.person)).toBe(accepted?.status === "fulfilled" ? "active" : "invited");
    },
  );

  race(
    "accepted while its domain becomes verified: one member, one seat",
    openInvited,
    (world) => [acceptInvite(world.secret, names), verifyLate(world)],
    async (world) => expect(await stateOf(world, world.person)).toBe("active"),
  );
});

/** The domain that guests' addresses are on becomes the workspace's own. */
async function verifyLate({ operator, domain }: TestWorkspace): Promise<void> {
  await addDomain(operator, `late-${domain}`);
  await trustDomain(operator, `late-${domain}`);
}

describe("people", () => {
  race(
    "two who get one userName at once: one has it, the other is 409 and as before",
    async () => {
      const workspace = await openWorkspace("race");
      const [a, b] = await Promise.all(
        ["a", "b"].map((name) => workspace.scim("POST", "/Users", userBody(`${name}@${workspace.domain}`))),
      );
      return { ...workspace, ids: [String(a?.body.id), String(b?.body.id)] };
    },
    ({ ids, scim, domain }) =>
      ids.map((id) =>
        scim("PATCH", `/Users/${id}`, patchBody({ op: "Replace", path: "userName", value: `new@${domain}` })),
      ),
    async (_, outcomes) => {
      const statuses = outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : null));
      expect(statuses.map((answer) => (answer as { status: number }).status).sort()).toEqual([200, 409]);
    },
  );

  race(
    "one address made a member of two workspaces at once has one account",
    async () => {
      const [home, other] = [await openWorkspace("race"), await openWorkspace("race")];
      await addDomain(other.operator, `shared-${home.domain}`);
      await trustDomain(other.operator, `shared-${home.domain}`);
      return { ...home, other, address: `lin@shared-${home.domain}` };
    },
    ({ scim, other, address }) => [
      scim("POST", "/Users", userBody(address)),
      other.scim("POST", "/Users", userBody(address)),
    ],
    async ({ address, other }) => {
      expect(await all(sql`SELECT 1 FROM "User" WHERE "emailKey" = ${address}`)).toHaveLength(1);
      expect(await listBroken(other.id)).toEqual([]);
    },
  );

  race(
    "created while the last verified domain goes: a member, an invite, or 403, and never half of one",
    async () => {
      const workspace = await openWorkspace("race");
      const row = await one<{ id: string }>(sql`SELECT id FROM "Domain" WHERE "workspaceId" = ${workspace.id}`);
      return { ...workspace, domainId: row?.id ?? "" };
    },
    ({ scim, operator, domain, domainId }) => [
      scim("POST", "/Users", userBody(`lin@${domain}`)),
      removeDomain(operator, domainId, domain),
    ],
    async ({ id, domain }, [made]) => {
      const status = made?.status === "fulfilled" ? (made.value as { status: number }).status : 0;
      expect([201, 403]).toContain(status);
      const rows = await all<{ state: string }>(
        sql`SELECT state FROM "Membership" WHERE "workspaceId" = ${id} AND "userName" = ${`lin@${domain}`}`,
      );
      expect(rows).toEqual(status === 201 ? [{ state: "active" }] : []);
    },
  );

  race(
    "overridden in the app while their identity provider writes: the later word counts, and both are told of",
    async () => {
      const workspace = await openWorkspace("race");
      const { body } = await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
      await overrideMember(adminOf(workspace), String(body.id));
      return { ...workspace, person: String(body.id) };
    },
    (world) => [
      suspendMember(adminOf(world), world.person),
      world.scim("PUT", `/Users/${world.person}`, userBody(`lin@${world.domain}`, { active: true })),
    ],
    async (world) => expect(["active", "suspended"]).toContain(await stateOf(world, world.person)),
  );

  race(
    "restored by two at once come back once, with one seat and one mail",
    async () => {
      const workspace = await openWorkspace("race");
      const { body } = await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
      await workspace.scim("DELETE", `/Users/${body.id}`);
      return { ...workspace, person: String(body.id) };
    },
    ({ operator, person }) => [restorePeople(operator, [person]), restorePeople(operator, [person])],
    async (world, outcomes) => {
      const restored = outcomes.map((outcome) =>
        outcome.status === "fulfilled" ? (outcome.value as { restored: number }).restored : 0,
      );
      expect(restored.sort()).toEqual([0, 1]);
      const mails = await all(sql`SELECT 1 FROM "Mail" WHERE "workspaceId" = ${world.id} AND kind = 'reactivated'`);
      expect(mails).toHaveLength(1);
    },
  );

  race(
    "restored while their identity provider makes them anew: one of them has the name",
    async () => {
      const workspace = await openWorkspace("race");
      const { body } = await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
      await workspace.scim("DELETE", `/Users/${body.id}`);
      return { ...workspace, person: String(body.id) };
    },
    ({ operator, person, scim, domain }) => [
      restorePeople(operator, [person]),
      scim("POST", "/Users", userBody(`lin@${domain}`)),
    ],
    async ({ id, domain }) => {
      const rows = await all(
        sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${id} AND "userName" = ${`lin@${domain}`} AND state <> 'ended'`,
      );
      expect(rows).toHaveLength(1);
    },
  );
});

describe("a write that has come to its turn", () => {
  const ends = [
    ["its token was revoked", sql`UPDATE "AccessToken" SET "revokedAt" = now()`, 401],
    ["its token has expired", sql`UPDATE "AccessToken" SET "expiresAt" = clock_timestamp()`, 401],
    ["its token may only read by now", sql`UPDATE "AccessToken" SET scopes = '{user_management:read}'`, 403],
    ["SCIM was switched off", sql`UPDATE "Workspace" SET "scimEnabled" = false`, 403],
  ] as const;

  test.each(ends)("I11 changes nothing when meanwhile %s", async (_, { text }, status) => {
    const { id, domain, scim } = await openWorkspace("turn");
    const { body } = await scim("POST", "/Users", userBody(`lin@${domain}`)); // from here on the token is remembered
    const blocker = await pool().connect();
    await blocker.query("BEGIN");
    await blocker.query(`SELECT 1 FROM "Workspace" WHERE id = $1 FOR UPDATE`, [id]);
    const writes = Promise.all([
      scim("POST", "/Users", userBody(`max@${domain}`)),
      scim("PATCH", `/Users/${body.id}`, suspend),
      scim("DELETE", `/Users/${body.id}`),
    ]);
    await expect.poll(countWaiting).toBeGreaterThan(0);
    await blocker.query(`${text} WHERE ${text.includes("Workspace") ? "id" : `"workspaceId"`} = $1`, [id]);
    await blocker.query("COMMIT");
    blocker.release();
    expect((await writes).map((answer) => answer.status)).toEqual([status, status, status]);
    expect(await stateOf({ id } as TestWorkspace, body.id)).toBe("active");
    expect(
      await all(sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${id} AND "userName" = ${`max@${domain}`}`),
    ).toEqual([]);
    expect(await listBroken(id)).toEqual([]);
  });
});

describe("an admin's invite", () => {
  race(
    "cancelled while it is accepted: ended or a member, never both",
    async () => {
      const world = await openInvited();
      await run(
        sql`UPDATE "Membership" SET "connectionId" = NULL WHERE "workspaceId" = ${world.id} AND id = ${world.person}`,
      );
      return world;
    },
    ({ operator, person, secret }) => [cancelInvite(operator, person), acceptInvite(secret, names)],
    async (world, outcomes) => {
      expect(fulfilled(outcomes)).toBe(1);
      expect(await stateOf(world, world.person)).toBe(outcomes[0]?.status === "fulfilled" ? "ended" : "active");
    },
  );
});
