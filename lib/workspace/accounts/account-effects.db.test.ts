import { describe, expect, test } from "vitest";
import { findSession, openSession } from "@/lib/auth";
import { all, one, run, sql } from "@/lib/db";
import {
  acceptSignedIn,
  addPerson,
  addUnmanaged,
  adminOf,
  eventsOf,
  guestOf,
  inviteSecret,
  mailedSecret,
  mailsTo,
  notesOf,
  openWorkspace,
  patchBody,
  rowOf,
  setTo,
  signIn,
  suspend,
  userBody,
  userIdOf,
} from "@/lib/provisioning/testing/decisions";
import { addDomain, trustDomain } from "@/lib/workspace/domains/domains";
import { removeDomain } from "@/lib/workspace/domains/remove";
import { acceptInvite } from "@/lib/workspace/invites/accept";
import { findInvite, findJoined } from "@/lib/workspace/invites/invites";
import { findAccess } from "@/lib/workspace/membership/access";
import { restorePeople } from "@/lib/workspace/restore/restore";
import { confirmAddressChange, declineAddressChange, findAddressChange } from "./address-change";

// T15, D-26: one workspace never changes an account that another workspace uses as well. Workspace `mine` has the token and the domain;
// the person is an admin of `theirs`, too.

const names = { firstName: "", lastName: "" };
const tombstone = (address: string) => `${"0123456789abcdef".repeat(2)}${address}`;

/** The person is provisioned in `mine`, on its domain, and an admin in `theirs`; signed in, with a provider linked. */
async function openShared() {
  const [mine, theirs] = [await openWorkspace("mine"), await openWorkspace("theirs")];
  const address = `ana@${mine.domain}`;
  const there = await addUnmanaged(theirs, address, "active", "admin");
  const here = await addPerson(mine, address, { name: { givenName: "Ana", familyName: "Here" } });
  const userId = await userIdOf(address);
  await run(sql`UPDATE "User" SET "firstName" = 'Ana', "lastName" = 'Own' WHERE id = ${userId}`);
  await run(
    sql`INSERT INTO "Account" ("userId", type, provider, "providerAccountId") VALUES (${userId}, 'oauth', 'oidc', ${userId})`,
  );
  const cookie = await openSession(userId, { address: "127.0.0.1", agent: "Test" });
  return { mine, theirs, address, here, there, userId, cookie };
}

type Shared = Awaited<ReturnType<typeof openShared>>;

/** All that the account is: for its owner, and for the workspace that did not ask. */
async function everythingOf({ userId, there, theirs }: Shared) {
  return {
    user: await one(
      sql`SELECT email, "emailKey", "emailVerified", "firstName", "lastName" FROM "User" WHERE id = ${userId}`,
    ),
    links: await all(sql`SELECT provider, "providerAccountId" FROM "Account" WHERE "userId" = ${userId}`),
    there: await one(sql`
      SELECT state, role, "userId", address, "userName", "givenName", "familyName", attributes, version, "connectionId" FROM "Membership" WHERE "workspaceId" = ${theirs.id} AND id = ${there}`),
    access: await findAccess(userId, theirs.slug),
    shown: (await theirs.scim("GET", `/Users/${there}`)).body,
  };
}

const sessionLives = async ({ cookie }: Shared) => (await findSession(/=([^;]+)/.exec(cookie)?.[1])) !== null;

describe("A1 with the token of one workspace, the account of another workspace's admin", () => {
  type Act = (shared: Shared) => Promise<unknown>;
  const moves: [string, Act][] = [
    [
      "PATCH of userName",
      ({ mine, here }) => mine.scim("PATCH", `/Users/${here}`, setTo("userName", `evil@${mine.domain}`)),
    ],
    ["PUT of userName", ({ mine, here }) => mine.scim("PUT", `/Users/${here}`, userBody(`evil@${mine.domain}`))],
    [
      "PATCH of userName and the work e-mail at once",
      ({ mine, here }) =>
        mine.scim(
          "PATCH",
          `/Users/${here}`,
          patchBody(
            { op: "Replace", path: "userName", value: `evil@${mine.domain}` },
            { op: "Add", path: 'emails[type eq "work"].value', value: `evil@${mine.domain}` },
          ),
        ),
    ],
    [
      "PATCH by Bulk",
      ({ mine, here }) =>
        mine.scim("POST", "/Bulk", {
          schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
          Operations: [{ method: "PATCH", path: `/Users/${here}`, data: setTo("userName", `evil@${mine.domain}`) }],
        }),
    ],
    ["a new name", ({ mine, here }) => mine.scim("PATCH", `/Users/${here}`, setTo("name.familyName", "Pwned"))],
    ["a new display name", ({ mine, here }) => mine.scim("PATCH", `/Users/${here}`, setTo("displayName", "Pwned"))],
  ];

  test.each(moves)("A1 %s leaves address, names, sessions and provider links as they are", async (_, act) => {
    const shared = await openShared();
    const before = await everythingOf(shared);
    await act(shared);
    expect(await everythingOf(shared)).toEqual(before);
    expect(await sessionLives(shared)).toBe(true);
  });

  const handovers: [string, Act][] = [
    ["DELETE", ({ mine, here }) => mine.scim("DELETE", `/Users/${here}`)],
    [
      "DELETE and POST",
      async ({ mine, here, address }) => {
        await mine.scim("DELETE", `/Users/${here}`);
        await addPerson(mine, address);
      },
    ],
    [
      "a tombstone, and POST for an heir",
      async ({ mine, here, address }) => {
        const leave = [
          { op: "replace", path: "userName", value: tombstone(address) },
          { op: "replace", path: "active", value: false },
        ];
        await mine.scim("PATCH", `/Users/${here}`, patchBody(...leave));
        await addPerson(mine, address);
      },
    ],
    [
      "DELETE and a restore",
      async ({ mine, here }) => {
        await mine.scim("DELETE", `/Users/${here}`);
        await restorePeople(adminOf(mine), [here]);
      },
    ],
    ["suspension", ({ mine, here }) => mine.scim("PATCH", `/Users/${here}`, suspend)],
  ];

  test.each(handovers)(
    "A1 %s leaves the account, its provider links and the other workspace as they are",
    async (_, act) => {
      const shared = await openShared();
      const before = await everythingOf(shared);
      await act(shared);
      expect(await everythingOf(shared)).toEqual(before);
    },
  );

  test("A1 after DELETE and POST they come back by their own sign-in, over an invite", async () => {
    const shared = await openShared();
    const { mine, theirs, here, address, userId } = shared;
    await mine.scim("DELETE", `/Users/${here}`);
    const back = await mine.scim("POST", "/Users", userBody(address));
    expect(back).toMatchObject({ status: 201, body: { active: true } });
    expect(await notesOf(back)).toContain("another workspace uses it");
    expect(await rowOf(mine, back.body.id)).toMatchObject({ state: "invited", userId: null, address });
    await acceptSignedIn(mine, address);
    expect(await rowOf(mine, back.body.id)).toMatchObject({ state: "active", userId });
    expect(await findAccess(userId, theirs.slug)).toMatchObject({ role: "admin" });
  });

  test("A1 asked for a new address, the owner is mailed in the old mailbox, both workspaces audit it and both their admins are mailed, once", async () => {
    const shared = await openShared();
    const { mine, theirs, here, there, address } = shared;
    const next = `evil@${mine.domain}`;
    const answer = await mine.scim("PATCH", `/Users/${here}`, setTo("userName", next));
    await mine.scim("PATCH", `/Users/${here}`, setTo('emails[type eq "work"].value', next));
    expect(answer.status).toBe(200);
    expect(answer.body.userName).toBe(next);
    expect(await notesOf(answer)).toContain(`until its owner confirms ${next}`);
    expect(await mailsTo(mine, address)).toContain("address_confirm");
    expect(await all(sql`SELECT 1 FROM "Mail" WHERE kind = 'address_confirm' AND "to" = ${address}`)).toHaveLength(1);
    expect(await mailsTo(mine, next)).toEqual([]);
    for (const [workspace, id] of [
      [mine, here],
      [theirs, there],
    ] as const) {
      expect(await eventsOf(workspace, id)).toContain("membership.address_change_asked");
      expect(await mailsTo(workspace, `admin@${workspace.domain}`)).toContain("address_change_asked");
    }
    const [event] = await all<{ actorName: string }>(
      sql`SELECT "actorName" FROM "AuditEvent" WHERE "workspaceId" = ${theirs.id} AND action = 'membership.address_change_asked'`,
    );
    expect(event?.actorName, "whose token it was is the other workspace's own affair").toBe("Another workspace");
  });

  test("A1 confirmed from the old mailbox, the account moves everywhere: sessions end, both addresses are mailed, each workspace hears of it", async () => {
    const shared = await openShared();
    const { mine, theirs, here, there, address, userId } = shared;
    const next = `ana.new@${mine.domain}`;
    await mine.scim("PATCH", `/Users/${here}`, setTo("userName", next));
    const secret = await mailedSecret(mine, address, "address_confirm");
    expect(await findAddressChange(secret)).toMatchObject({ old: address, new: next });
    await confirmAddressChange(secret);
    expect(await userIdOf(next)).toBe(userId);
    expect(await rowOf(mine, here)).toMatchObject({ address: next, userId });
    expect(await rowOf(theirs, there)).toMatchObject({ address: next, userId, role: "admin" });
    expect(await sessionLives(shared)).toBe(false);
    for (const to of [address, next]) expect(await mailsTo(mine, to)).toContain("address_changed");
    for (const [workspace, id] of [
      [mine, here],
      [theirs, there],
    ] as const) {
      expect(await eventsOf(workspace, id)).toContain("membership.address_changed");
      expect(await mailsTo(workspace, `admin@${workspace.domain}`)).toContain("address_moved");
    }
    await expect(confirmAddressChange(secret), "once only").rejects.toMatchObject({ reason: "invite_dead" });
  });

  const voids: [string, (shared: Shared, secret: string) => Promise<unknown>][] = [
    ["the owner keeps the old one", (_, secret) => declineAddressChange(secret)],
    [
      "the workspace says the old one again",
      ({ mine, here, address }) => mine.scim("PATCH", `/Users/${here}`, setTo("userName", address)),
    ],
    [
      "the workspace asks for a third one",
      ({ mine, here }) => mine.scim("PATCH", `/Users/${here}`, setTo("userName", `third@${mine.domain}`)),
    ],
    ["the workspace removes the person", ({ mine, here }) => mine.scim("DELETE", `/Users/${here}`)],
    ["somebody else has got the new one", ({ mine, theirs }) => addUnmanaged(theirs, `ana.new@${mine.domain}`)],
    [
      "the domain is no longer the workspace's",
      async ({ mine }) => {
        const row = await one<{ id: string }>(sql`SELECT id FROM "Domain" WHERE "workspaceId" = ${mine.id}`);
        await addDomain(mine.operator, `late-${mine.domain}`);
        await trustDomain(mine.operator, `late-${mine.domain}`);
        await removeDomain(mine.operator, row?.id ?? "");
      },
    ],
    ["the link is a week old", () => run(sql`UPDATE "AddressChange" SET "expiresAt" = now()`)],
  ];

  test.each(voids)("A1 the link confirms nothing once %s", async (_, act) => {
    const shared = await openShared();
    const { mine, here, address, userId } = shared;
    await mine.scim("PATCH", `/Users/${here}`, setTo("userName", `ana.new@${mine.domain}`));
    const secret = await mailedSecret(mine, address, "address_confirm");
    await act(shared, secret);
    await expect(confirmAddressChange(secret)).rejects.toMatchObject({ kind: "refusal" });
    expect(await userIdOf(address)).toBe(userId);
  });

  test("A1 an account that only this workspace uses follows at once; one that ended elsewhere counts as only this one's", async () => {
    const { mine, theirs, here, there, userId } = await openShared();
    await run(
      sql`UPDATE "Membership" SET state = 'ended', "endedAt" = now() WHERE "workspaceId" = ${theirs.id} AND id = ${there}`,
    );
    const next = `ana.new@${mine.domain}`;
    await mine.scim("PATCH", `/Users/${here}`, setTo("userName", next));
    expect(await userIdOf(next)).toBe(userId);
    expect(await rowOf(mine, here)).toMatchObject({ address: next });
  });

  test("A1 a suspended membership elsewhere still counts: the account stays", async () => {
    const shared = await openShared();
    const { mine, theirs, here, there, address, userId } = shared;
    await run(
      sql`UPDATE "Membership" SET state = 'suspended', role = 'member' WHERE "workspaceId" = ${theirs.id} AND id = ${there}`,
    );
    await mine.scim("PATCH", `/Users/${here}`, setTo("userName", `evil@${mine.domain}`));
    expect(await userIdOf(address)).toBe(userId);
  });

  test("A1 linked by another workspace at the same moment, the account either moves before or waits for its owner", async () => {
    for (let round = 0; round < 8; round++) {
      const [mine, theirs] = [await openWorkspace("race"), await openWorkspace("race")];
      const address = `ana@${mine.domain}`;
      const here = await addPerson(mine, address);
      const next = `evil@${mine.domain}`;
      await Promise.all([
        mine.scim("PATCH", `/Users/${here}`, setTo("userName", next)),
        addUnmanaged(theirs, address, "active", "admin"),
      ]);
      const [there] = await all<{ address: string; email: string }>(sql`
        SELECT m.address, u.email FROM "Membership" m JOIN "User" u ON u.id = m."userId" WHERE m."workspaceId" = ${theirs.id} AND m."userName" = ${address}`);
      expect(there, `round ${round}`).toEqual({ address, email: address });
    }
  });

  test("A1 restored after another workspace moved the account, the person is asked at the address that this one knows", async () => {
    const { mine, theirs, here, there, userId, address } = await openShared();
    await theirs.scim("DELETE", `/Users/${there}`);
    const next = `eve@${mine.domain}`;
    await mine.scim("PATCH", `/Users/${here}`, setTo("userName", next));
    expect(await rowOf(mine, here)).toMatchObject({ address: next, userId });
    await restorePeople(adminOf(theirs), [there]);
    expect(await rowOf(theirs, there)).toMatchObject({ state: "invited", address, userId: null });
  });

  test("A1 invited and back, the account keeps the providers that it signs in with elsewhere", async () => {
    const { mine, here, address, userId } = await openShared();
    await signIn(address);
    const links = () => all(sql`SELECT provider FROM "Account" WHERE "userId" = ${userId}`);
    await mine.scim("DELETE", `/Users/${here}`);
    await addPerson(mine, address);
    const before = await links();
    await acceptSignedIn(mine, address);
    expect(await links()).toEqual(before);
  });
});

describe("A3 an invite for an account that exists", () => {
  async function openInvited() {
    const [home, other] = [await openWorkspace("home"), await openWorkspace("other")];
    const address = `lin@${home.domain}`;
    await addPerson(home, address);
    await addUnmanaged(other, address, "invited");
    return { home, other, address, secret: await inviteSecret(other, address) };
  }

  test("A3 opens nothing by itself: it asks for the account's own sign-in, and stays", async () => {
    const { address, secret, other } = await openInvited();
    expect(await findInvite(secret)).toMatchObject({ hasAccount: true });
    const sessions = () =>
      all(sql`SELECT 1 FROM "Session" s JOIN "User" u ON u.id = s."userId" WHERE u.email = ${address}`);
    await expect(acceptInvite(secret, names)).rejects.toMatchObject({ reason: "sign_in_first" });
    expect(await sessions()).toEqual([]);
    const stranger = await addPerson(other, `eve@${other.domain}`);
    expect(stranger).toBeTruthy();
    await expect(acceptInvite(secret, names, await signIn(`eve@${other.domain}`))).rejects.toMatchObject({
      reason: "sign_in_first",
    });
    expect(await findInvite(secret)).not.toBeNull();
    await acceptSignedIn(other, address);
    expect(await findInvite(secret)).toBeNull();
  });

  test("A3 of a new account is its first sign-in, once", async () => {
    const workspace = await openWorkspace("new");
    const address = guestOf(workspace);
    await addUnmanaged(workspace, address, "invited");
    const secret = await inviteSecret(workspace, address);
    expect(await acceptInvite(secret, names)).toMatchObject({ isNew: true });
    await expect(acceptInvite(secret, names)).rejects.toMatchObject({ reason: "invite_dead" });
  });

  test("A3 opened again by its owner after it was used leads to the workspace; for anybody else it is dead", async () => {
    const { other, address, secret } = await openInvited();
    await acceptSignedIn(other, address);
    expect(await findJoined(secret, await userIdOf(address))).toBe(other.slug);
    const eve = `eve@${other.domain}`;
    await addPerson(other, eve);
    expect(await findJoined(secret, await userIdOf(eve))).toBeNull();
  });

  test("A3 T14 what was prepared for an address before its first sign-in is gone after it", async () => {
    const address = `victim@${(await openWorkspace("prep")).domain}`;
    await run(sql`INSERT INTO "User" (id, email, "emailKey") VALUES (gen_random_uuid(), ${address}, ${address})`);
    const userId = await userIdOf(address);
    const prepared = await openSession(userId, { address: null, agent: null });
    await run(
      sql`INSERT INTO "Account" ("userId", type, provider, "providerAccountId") VALUES (${userId}, 'oauth', 'oidc', ${userId})`,
    );
    await signIn(address);
    expect(await findSession(/=([^;]+)/.exec(prepared)?.[1])).toBeNull();
    expect(await all(sql`SELECT 1 FROM "Account" WHERE "userId" = ${userId}`)).toEqual([]);
  });
});
