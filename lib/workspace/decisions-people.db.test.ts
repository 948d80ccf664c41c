import { describe, expect, test } from "vitest";
import { createSignInLink, findSession, openSession } from "@/lib/auth";
import { all, one, run, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  eventsOf,
  groupBody,
  guestOf,
  inviteSecret,
  mailsTo,
  musterUrn,
  notesOf,
  openWorkspace,
  patchBody,
  reactivate,
  rowOf,
  seatsOf,
  setTo,
  suspend,
  type TestWorkspace,
  userBody,
  userIdOf,
} from "@/lib/provisioning/decisions-support";
import { routeDoor } from "@/lib/provisioning/doors";
import { createAccessToken, listConnections } from "./access-tokens";
import { disconnect } from "./connections";
import { addDomain, trustDomain } from "./domains";
import { findHold } from "./hold";
import { inviteMember } from "./invite-member";
import { acceptInvite, findInvite, resendInvite } from "./invites";
import { updateRole } from "./memberships";
import { approveHold, listLost, restorePeople } from "./restore";
import { addTeamMember, createTeamInApp } from "./team-changes";
import { setSeatLimit, updateSettings } from "./workspaces";

// DESIGN §5 "People", sentence by sentence, where no other test holds the sentence.

type Body = Record<string, unknown>;

const names = { firstName: "", lastName: "" };
const visitor = { address: "127.0.0.1", agent: "Test" };
const admin = { roles: [{ value: "admin" }] };
const sessionOf = (cookie: string) => findSession(/=([^;]+)/.exec(cookie)?.[1] ?? "");

/** Everything of a person but what a write always moves. */
const storedOf = ({ id }: TestWorkspace, person: string) =>
  one(
    sql`SELECT state, role, "userId", address, "userName", "externalId", attributes, version, "connectionId" FROM "Membership" WHERE "workspaceId" = ${id} AND id = ${person}`,
  );

const allMails = ({ id }: TestWorkspace) =>
  all(sql`SELECT kind, "to" FROM "Mail" WHERE "workspaceId" = ${id} ORDER BY id`);

/** Disconnects the identity provider, so that nobody is managed, and connects another. */
async function connectAnew(workspace: TestWorkspace) {
  const [connection] = await listConnections(workspace.id);
  await disconnect(adminOf(workspace), connection?.id ?? "");
  const input = { name: "Next", scopes: ["user_management:read-write"], expiresAt: null, connection: null };
  return routeDoor((await createAccessToken(workspace.operator, input)).secret);
}

async function inviteOnVerified(workspace: TestWorkspace, role: "admin" | "member" = "member") {
  const late = `late-${workspace.domain}`;
  const address = `lin@${late}`;
  const id = await addUnmanaged(workspace, address, "invited", role);
  await addDomain(workspace.operator, late);
  await trustDomain(workspace.operator, late);
  return { id, address };
}

describe("POST for a known person", () => {
  test("managed: 409 uniqueness, row untouched, whatever the state and in any spelling", async () => {
    const workspace = await openWorkspace("known");
    const guest = guestOf(workspace);
    const people = [
      await addPerson(workspace, `a@${workspace.domain}`),
      await addPerson(workspace, guest),
      await addPerson(workspace, "Waits"),
    ];
    const off = await addPerson(workspace, `off@${workspace.domain}`);
    await workspace.scim("PATCH", `/Users/${off}`, suspend);
    const spellings = [`A@${workspace.domain}`, guest.toUpperCase(), "ｗａｉｔｓ", `off@${workspace.domain}`];
    for (const [at, id] of [...people, off].entries()) {
      const before = await storedOf(workspace, id);
      for (const more of [{ active: true }, { active: false }, { title: "T" }]) {
        const answer = await workspace.scim("POST", "/Users", userBody(spellings[at] ?? "", more));
        expect(answer).toMatchObject({
          status: 409,
          body: { scimType: "uniqueness", detail: expect.stringContaining(id) },
        });
      }
      expect(await storedOf(workspace, id)).toEqual(before);
    }
  });

  test.each([true, undefined])(
    "unmanaged and active, active %s: adopted, 201, same id, values stored, nobody is mailed",
    async (active) => {
      const workspace = await openWorkspace("known");
      const address = `lin@${workspace.domain}`;
      const id = await addUnmanaged(workspace, address);
      const [before, seats] = [await rowOf(workspace, id), await seatsOf(workspace)];
      const answer = await workspace.scim("POST", "/Users", userBody(address, { title: "T", externalId: "e", active }));
      expect(answer).toMatchObject({ status: 201, body: { id, title: "T", externalId: "e", active: true } });
      expect(answer.headers.get("location")).toContain(id);
      expect(answer.body, "values are those that were sent").not.toHaveProperty("name");
      const { userId } = before;
      expect(await rowOf(workspace, id)).toMatchObject({
        state: "active",
        userId,
        address,
        connectionId: expect.any(String),
      });
      expect(await seatsOf(workspace)).toBe(seats);
      expect(await mailsTo(workspace, address)).toEqual([]);
    },
  );

  test("unmanaged and active, active:false: suspended and adopted, the seat is free, told once", async () => {
    const workspace = await openWorkspace("known");
    const address = `lin@${workspace.domain}`;
    const id = await addUnmanaged(workspace, address);
    const cookie = await openSession(await userIdOf(address), visitor);
    const seats = await seatsOf(workspace);
    const answer = await workspace.scim("POST", "/Users", userBody(address, { active: false }));
    expect(answer).toMatchObject({ status: 201, body: { id, active: false } });
    expect(await rowOf(workspace, id)).toMatchObject({ state: "suspended", connectionId: expect.any(String) });
    expect(await seatsOf(workspace)).toBe(seats - 1);
    expect(await sessionOf(cookie)).toBeNull();
    expect(await mailsTo(workspace, address)).toEqual(["suspended"]);
    expect(await eventsOf(workspace, id)).toContain("membership.suspended");
  });

  test("the last admin, active:false: 400, and nothing is adopted", async () => {
    const workspace = await openWorkspace("known");
    const address = `admin@${workspace.domain}`;
    const { body } = await workspace.scim("GET", "/Users");
    const id = String((body.Resources as Body[])[0]?.id);
    const before = await storedOf(workspace, id);
    const answer = await workspace.scim("POST", "/Users", userBody(address, { active: false, title: "T" }));
    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining("last admin") } });
    expect(answer.body).not.toHaveProperty("scimType");
    expect(await storedOf(workspace, id)).toEqual(before);
  });

  test.each([true, undefined])(
    "unmanaged and suspended, active %s: reactivated, with a seat; without one 403 and nothing is adopted",
    async (active) => {
      const workspace = await openWorkspace("known");
      const address = `lin@${workspace.domain}`;
      const id = await addUnmanaged(workspace, address, "suspended");
      await setSeatLimit(workspace.operator, await seatsOf(workspace));
      const [before, mails] = [await storedOf(workspace, id), await allMails(workspace)];
      const refused = await workspace.scim("POST", "/Users", userBody(address, { title: "T", active }));
      expect(refused).toMatchObject({
        status: 403,
        body: { detail: expect.stringContaining("Automatic seat assignment") },
      });
      expect(await storedOf(workspace, id)).toEqual(before);
      expect(await allMails(workspace)).toEqual(mails);
      await setSeatLimit(workspace.operator, null);
      const seats = await seatsOf(workspace);
      const adopted = await workspace.scim("POST", "/Users", userBody(address, { title: "T", active }));
      expect(adopted).toMatchObject({ status: 201, body: { id, title: "T", active: true } });
      expect(await rowOf(workspace, id)).toMatchObject({ state: "active", connectionId: expect.any(String) });
      expect(await seatsOf(workspace)).toBe(seats + 1);
      expect(await mailsTo(workspace, address)).toEqual(["reactivated", "suspended"]);
    },
  );

  test("unmanaged and suspended, active:false: adopted as they are", async () => {
    const workspace = await openWorkspace("known");
    const address = `lin@${workspace.domain}`;
    const id = await addUnmanaged(workspace, address, "suspended");
    const answer = await workspace.scim("POST", "/Users", userBody(address, { active: false, title: "T" }));
    expect(answer).toMatchObject({ status: 201, body: { id, active: false, title: "T" } });
    expect(await rowOf(workspace, id)).toMatchObject({ state: "suspended", connectionId: expect.any(String) });
    expect(await mailsTo(workspace, address)).toEqual(["suspended"]);
  });

  test("an admin-made invite on a verified domain: a member, the link dead, no second seat, role kept", async () => {
    const workspace = await openWorkspace("known");
    const { id, address } = await inviteOnVerified(workspace, "admin");
    const [secret, seats] = [await inviteSecret(workspace, address), await seatsOf(workspace)];
    const answer = await workspace.scim("POST", "/Users", userBody(address));
    expect(answer).toMatchObject({ status: 201, body: { id, active: true } });
    expect(await rowOf(workspace, id)).toMatchObject({
      state: "active",
      role: "admin",
      userId: await userIdOf(address),
      address,
    });
    await expect(acceptInvite(secret, names)).rejects.toMatchObject({ reason: "invite_dead" });
    expect(await seatsOf(workspace)).toBe(seats);
    expect((await mailsTo(workspace, address)).filter((kind) => kind === "invite")).toHaveLength(1);
    expect(await mailsTo(workspace, address)).toContain("added");
  });

  test("an admin-made invite elsewhere: stays an invite, adopted, not mailed again, its link lives", async () => {
    const workspace = await openWorkspace("known");
    const address = guestOf(workspace);
    const id = await addUnmanaged(workspace, address, "invited");
    const [secret, seats] = [await inviteSecret(workspace, address), await seatsOf(workspace)];
    expect(await workspace.scim("POST", "/Users", userBody(address, { title: "T" }))).toMatchObject({
      status: 201,
      body: { id, active: true },
    });
    expect(await rowOf(workspace, id)).toMatchObject({ state: "invited", address, connectionId: expect.any(String) });
    expect(await mailsTo(workspace, address)).toEqual(["invite"]);
    await acceptInvite(secret, names);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "active" });
    expect(await seatsOf(workspace)).toBe(seats);
  });

  test.each(["verified", "other"])(
    "an admin-made invite on a domain that is %s, active:false: cancelled and adopted, not mailed",
    async (where) => {
      const workspace = await openWorkspace("known");
      const { id, address } =
        where === "verified"
          ? await inviteOnVerified(workspace)
          : await (async (guest) => ({ id: await addUnmanaged(workspace, guest, "invited"), address: guest }))(
              guestOf(workspace),
            );
      const [secret, seats] = [await inviteSecret(workspace, address), await seatsOf(workspace)];
      expect(await workspace.scim("POST", "/Users", userBody(address, { active: false }))).toMatchObject({
        status: 201,
        body: { id, active: false },
      });
      expect(await rowOf(workspace, id)).toMatchObject({
        state: "suspended",
        userId: null,
        connectionId: expect.any(String),
      });
      expect(await findInvite(secret)).toBeNull();
      expect(await seatsOf(workspace)).toBe(seats - 1);
      expect(await mailsTo(workspace, address)).toEqual(["invite"]);
      expect(await eventsOf(workspace, id)).toContain("invite.cancelled");
    },
  );

  test("a waiting person whom nobody manages any more: an address that it names is decided about", async () => {
    const workspace = await openWorkspace("known");
    const guest = guestOf(workspace);
    const ids = [await addPerson(workspace, "one"), await addPerson(workspace, "two")];
    const next = await connectAnew(workspace);
    const addresses = [guest, `lin@${workspace.domain}`];
    for (const [at, id] of ids.entries()) {
      const emails = [{ value: addresses[at], type: "work" }];
      const answer = await next("POST", "/Users", userBody(at === 0 ? "one" : "two", { emails }));
      expect(answer).toMatchObject({ status: 201, body: { id } });
      expect(await rowOf(workspace, id)).toMatchObject({
        address: addresses[at],
        state: at === 0 ? "invited" : "active",
      });
    }
    expect(await mailsTo(workspace, guest)).toEqual(["invite"]);
  });

  test("an active one with another address in its e-mails: the account keeps its own, and the log says why", async () => {
    const workspace = await openWorkspace("known");
    const address = guestOf(workspace);
    const id = await addUnmanaged(workspace, address);
    const emails = [{ value: `lin@${workspace.domain}`, type: "work", primary: true }];
    const answer = await workspace.scim("POST", "/Users", userBody(address, { emails }));
    expect(answer).toMatchObject({ status: 201, body: { id, emails } });
    expect(await rowOf(workspace, id)).toMatchObject({ address, state: "active" });
    expect(await notesOf(answer)).toContain("was not managed");
  });

  test("a cancelled invite that nobody manages any more: the create decision again, with a new link", async () => {
    const workspace = await openWorkspace("known");
    const address = guestOf(workspace);
    const id = await addPerson(workspace, address);
    await workspace.scim("PATCH", `/Users/${id}`, suspend);
    const next = await connectAnew(workspace);
    expect(await next("POST", "/Users", userBody(address))).toMatchObject({ status: 201, body: { id, active: true } });
    expect(await rowOf(workspace, id)).toMatchObject({ state: "invited", userId: null });
    expect(await mailsTo(workspace, address)).toEqual(["invite", "invite"]);
    expect(await findInvite(await inviteSecret(workspace, address))).not.toBeNull();
  });
});

describe("the first PUT or PATCH of an unmanaged person", () => {
  const ways: [string, (workspace: TestWorkspace, id: string, userName: string) => Promise<{ status: number }>][] = [
    ["PUT", (w, id, userName) => w.scim("PUT", `/Users/${id}`, userBody(userName, { title: "T" }))],
    [
      "PATCH",
      (w, id, userName) =>
        w.scim("PATCH", `/Users/${id}`, patchBody({ op: "replace", value: { userName, title: "T" } })),
    ],
  ];

  test.each(ways)(
    "by %s adopts: id, role and teams stay, and the account's address never changes",
    async (_, write) => {
      const workspace = await openWorkspace("adopt");
      await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
      const address = `lin@${workspace.domain}`;
      const id = await addUnmanaged(workspace, address, "active", "admin");
      const team = await createTeamInApp(adminOf(workspace), "Crew");
      await addTeamMember(adminOf(workspace), team, id);
      const before = await rowOf(workspace, id);
      expect((await write(workspace, id, `lin.new@${workspace.domain}`)).status).toBe(200);
      expect(await rowOf(workspace, id)).toMatchObject({
        ...before,
        userName: `lin.new@${workspace.domain}`,
        version: before.version + 1,
        connectionId: expect.any(String),
      });
      expect((await workspace.scim("GET", `/Users/${id}`)).body.groups).toMatchObject([{ value: team }]);
      expect(await mailsTo(workspace, address)).not.toContain("address_changed");
      expect(await userIdOf(address)).toBe(before.userId);
      await workspace.scim("PATCH", `/Users/${id}`, setTo("userName", `lin.third@${workspace.domain}`));
      expect(await rowOf(workspace, id), "the next one follows").toMatchObject({
        address: `lin.third@${workspace.domain}`,
      });
    },
  );

  test.each(ways)(
    "by %s of an admin-made invite on a verified domain makes a member; elsewhere it stays an invite",
    async (_, write) => {
      const workspace = await openWorkspace("adopt");
      const { id, address } = await inviteOnVerified(workspace);
      const secret = await inviteSecret(workspace, address);
      await write(workspace, id, address);
      expect(await rowOf(workspace, id)).toMatchObject({ state: "active", address });
      expect(await findInvite(secret)).toBeNull();
      const guest = guestOf(workspace);
      const other = await addUnmanaged(workspace, guest, "invited");
      await write(workspace, other, guest);
      expect(await rowOf(workspace, other)).toMatchObject({ state: "invited", connectionId: expect.any(String) });
      expect(await mailsTo(workspace, guest)).toEqual(["invite"]);
    },
  );

  test.each(ways)("by %s leaves a suspended person suspended, until active:true is said", async (_, write) => {
    const workspace = await openWorkspace("adopt");
    const address = `lin@${workspace.domain}`;
    const id = await addUnmanaged(workspace, address, "suspended");
    await write(workspace, id, address);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "suspended", connectionId: expect.any(String) });
    await workspace.scim("PATCH", `/Users/${id}`, reactivate);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "active" });
  });

  test("that is refused for want of a seat adopts nobody; the last admin is not suspended by one", async () => {
    const workspace = await openWorkspace("adopt");
    const id = await addUnmanaged(workspace, `lin@${workspace.domain}`, "suspended");
    await setSeatLimit(workspace.operator, 1);
    const before = await storedOf(workspace, id);
    expect(
      (await workspace.scim("PUT", `/Users/${id}`, userBody(`lin@${workspace.domain}`, { active: true, title: "T" })))
        .status,
    ).toBe(403);
    expect(await storedOf(workspace, id)).toEqual(before);
    const { body } = await workspace.scim("GET", `/Users?filter=userName+sw+"admin"`);
    const last = String((body.Resources as Body[])[0]?.id);
    const kept = await storedOf(workspace, last);
    expect((await workspace.scim("PATCH", `/Users/${last}`, suspend)).status).toBe(400);
    expect(await storedOf(workspace, last)).toEqual(kept);
  });
});

describe("a new person with active:false", () => {
  test.each(["verified", "other"])(
    "on a domain that is %s: reads false, no seat, no mail, no account; active:true decides",
    async (where) => {
      const workspace = await openWorkspace("off");
      const address = where === "verified" ? `lin@${workspace.domain}` : guestOf(workspace);
      await setSeatLimit(workspace.operator, await seatsOf(workspace));
      const answer = await workspace.scim("POST", "/Users", userBody(address, { active: false }));
      expect(answer).toMatchObject({ status: 201, body: { active: false } });
      const id = String(answer.body.id);
      expect(await rowOf(workspace, id)).toMatchObject({ state: "suspended", userId: null, address });
      expect(await mailsTo(workspace, address)).toEqual([]);
      expect(await one(sql`SELECT 1 FROM "User" WHERE "emailKey" = ${address}`)).toBeNull();
      expect(await workspace.scim("PATCH", `/Users/${id}`, reactivate), "seat check").toMatchObject({ status: 403 });
      expect(await rowOf(workspace, id)).toMatchObject({ state: "suspended" });
      await setSeatLimit(workspace.operator, null);
      const seats = await seatsOf(workspace);
      await workspace.scim("PATCH", `/Users/${id}`, reactivate);
      expect(await rowOf(workspace, id)).toMatchObject({ state: where === "verified" ? "active" : "invited" });
      expect(await mailsTo(workspace, address)).toEqual(where === "verified" ? ["added", "welcome"] : ["invite"]);
      expect(await seatsOf(workspace)).toBe(seats + 1);
    },
  );
});

describe("active:true without an account", () => {
  test("T14 on a verified domain links the account that is there, after a reset where nobody confirmed it", async () => {
    const workspace = await openWorkspace("again");
    const address = `victim@${workspace.domain}`;
    const id = await addPerson(workspace, address, { active: false });
    await run(
      sql`INSERT INTO "User" (id, email, "emailKey", "firstName", "lastName") VALUES (gen_random_uuid(), ${address}, ${address}, 'Evil', 'One')`,
    );
    const userId = await userIdOf(address);
    const cookie = await openSession(userId, visitor);
    await createSignInLink(address);
    await workspace.scim("PATCH", `/Users/${id}`, reactivate);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "active", userId });
    expect(await sessionOf(cookie)).toBeNull();
    expect(await all(sql`SELECT 1 FROM "VerificationToken" WHERE identifier = ${address}`)).toEqual([]);
  });

  test("on another domain: invited with a new link and mail, never active, also where a confirmed account is there", async () => {
    const [workspace, other] = [await openWorkspace("again"), await openWorkspace("again")];
    const address = `lin@${other.domain}`;
    await addUnmanaged(other, address);
    const id = await addPerson(workspace, address);
    const old = await inviteSecret(workspace, address);
    for (const body of [suspend, suspend, reactivate, reactivate]) await workspace.scim("PATCH", `/Users/${id}`, body);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "invited", userId: null });
    expect(await mailsTo(workspace, address)).toEqual(["invite", "invite"]);
    expect(await findInvite(old)).toBeNull();
    expect(await eventsOf(workspace, id)).toEqual([
      "membership.invited",
      "invite.cancelled",
      "membership.updated",
      "membership.reactivated",
      "membership.updated",
    ]);
  });
});

describe("what suspension ends", () => {
  test("on a domain that is not verified: sessions go with the last active membership, by suspension and by DELETE", async () => {
    const [workspace, other] = [await openWorkspace("ends"), await openWorkspace("ends")];
    for (const end of ["PATCH", "DELETE"] as const) {
      const address = guestOf(workspace);
      const ids: string[] = [];
      for (const each of [workspace, other]) {
        ids.push(await addPerson(each, address));
        await acceptInvite(await inviteSecret(each, address), names);
      }
      const cookie = await openSession(await userIdOf(address), visitor);
      const act = (each: TestWorkspace, id: string | undefined) =>
        each.scim(end, `/Users/${id}`, end === "PATCH" ? suspend : undefined);
      await act(workspace, ids[0]);
      expect(await sessionOf(cookie), "the other workspace goes on").not.toBeNull();
      await act(other, ids[1]);
      expect(await sessionOf(cookie)).toBeNull();
    }
  });
});

describe("DELETE", () => {
  test("ends for good: access, sessions, seat and teams go, the row stays; a later POST makes a new one with a new id", async () => {
    const workspace = await openWorkspace("end");
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, { externalId: "e", title: "T" });
    const crew = String((await workspace.scim("POST", "/Groups", groupBody("Crew", [id]))).body.id);
    const cookie = await openSession(await userIdOf(address), visitor);
    const seats = await seatsOf(workspace);
    expect((await workspace.scim("DELETE", `/Users/${id}`)).status).toBe(204);
    expect(await sessionOf(cookie)).toBeNull();
    expect(await seatsOf(workspace)).toBe(seats - 1);
    expect((await workspace.scim("GET", `/Groups/${crew}`)).body.members).toEqual([]);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "ended", userName: address, externalId: "e" });
    expect((await eventsOf(workspace, id)).at(-1)).toBe("membership.ended");
    for (const [method, body] of [["GET"], ["DELETE"], ["PATCH", reactivate], ["PUT", userBody(address)]] as const) {
      expect((await workspace.scim(method, `/Users/${id}`, body)).status, method).toBe(404);
    }
    const next = await addPerson(workspace, address);
    expect(next).not.toBe(id);
    expect((await workspace.scim("GET", `/Users/${next}`)).body).not.toHaveProperty("groups");
    expect(await rowOf(workspace, id)).toMatchObject({ state: "ended" });
    expect(await seatsOf(workspace)).toBe(seats);
  });

  test("of an invite kills its link and frees its seat, without a mail", async () => {
    const workspace = await openWorkspace("end");
    const address = guestOf(workspace);
    const seats = await seatsOf(workspace);
    const id = await addPerson(workspace, address);
    const secret = await inviteSecret(workspace, address);
    await workspace.scim("DELETE", `/Users/${id}`);
    await expect(acceptInvite(secret, names)).rejects.toMatchObject({ reason: "invite_dead" });
    expect(await seatsOf(workspace)).toBe(seats);
    expect(await mailsTo(workspace, address)).toEqual(["invite"]);
  });
});

describe("roles", () => {
  test("absent in PUT they stay, and so does the role; null, [] and an absent attribute in a POST say nothing", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, admin);
    const { body } = await workspace.scim("PUT", `/Users/${id}`, userBody(address, { title: "T" }));
    expect(body.roles).toEqual(admin.roles);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
    for (const [at, more] of [{ roles: null }, { roles: [] }, {}, { appRole: null }].entries()) {
      const known = await addUnmanaged(workspace, `k${at}@${workspace.domain}`, "active", "admin");
      await workspace.scim("POST", "/Users", userBody(`k${at}@${workspace.domain}`, more));
      expect(await rowOf(workspace, known), JSON.stringify(more)).toMatchObject({
        role: "admin",
        connectionId: expect.any(String),
      });
    }
  });

  test.each([
    ["remove of appRole", patchBody({ op: "remove", path: `${musterUrn}:appRole` })],
    ["remove of a bare appRole", patchBody({ op: "remove", path: "appRole" })],
    ["null", patchBody({ op: "replace", path: `${musterUrn}:appRole`, value: null })],
  ])("an appRole that was held and is withdrawn by %s leaves a member", async (_, body) => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const id = await addPerson(workspace, `lin@${workspace.domain}`, { [musterUrn]: { appRole: "admin" } });
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
    const answer = await workspace.scim("PATCH", `/Users/${id}`, body);
    expect(answer.body).not.toHaveProperty([musterUrn]);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "member" });
  });

  test("withdrawing roles that nobody held says nothing: an in-app admin stays one", async () => {
    const workspace = await openWorkspace("roles");
    const id = await addUnmanaged(workspace, `lin@${workspace.domain}`, "active", "admin");
    const writes = [
      patchBody({ op: "remove", path: "roles" }),
      patchBody({ op: "replace", path: "roles", value: [] }),
      patchBody({ op: "replace", value: { roles: null } }),
    ];
    for (const body of writes) expect((await workspace.scim("PATCH", `/Users/${id}`, body)).status).toBe(200);
    await workspace.scim("PUT", `/Users/${id}`, userBody(`lin@${workspace.domain}`, { roles: [], appRole: null }));
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
  });

  test("an empty extension in a PUT leaves appRole out, and so says nothing; removing the extension withdraws it", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, { [musterUrn]: { appRole: "admin" } });
    const put = await workspace.scim("PUT", `/Users/${id}`, userBody(address, { [musterUrn]: {} }));
    expect(put).toMatchObject({ status: 200, body: { [musterUrn]: { appRole: "admin" } } });
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
    await workspace.scim("PATCH", `/Users/${id}`, patchBody({ op: "remove", path: musterUrn }));
    expect(await rowOf(workspace, id)).toMatchObject({ role: "member" });
  });

  test("roles that another identity provider said before are said anew by the next one, in the same words, and by nothing else", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const roles = [{ value: "member" }];
    const first = await addPerson(workspace, address, { roles });
    const second = await addPerson(workspace, `mia@${workspace.domain}`, { roles });
    const scim = await connectAnew(workspace);
    for (const id of [first, second]) await updateRole(adminOf(workspace), id, "admin");
    await scim("PATCH", `/Users/${second}`, setTo("title", "Engineer"));
    expect(await rowOf(workspace, second), "nothing was said of a role").toMatchObject({ role: "admin" });
    await scim("PUT", `/Users/${first}`, userBody(address, { roles }));
    expect(await rowOf(workspace, first)).toMatchObject({ role: "member" });
  });

  test("roles that are held since another identity provider said them are withdrawn by the next one like its own", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, admin);
    const next = await connectAnew(workspace);
    const { body } = await next("PUT", `/Users/${id}`, userBody(address, { title: "T" }));
    expect(body.roles, "left out, they stay").toEqual(admin.roles);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
    await next("PATCH", `/Users/${id}`, patchBody({ op: "remove", path: "roles" }));
    expect(await rowOf(workspace, id)).toMatchObject({ role: "member" });
  });

  test("an add to roles of JSON in a string states the whole set; an add of plain roles adds", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const id = await addPerson(workspace, `lin@${workspace.domain}`, admin);
    const packed = (value: string) => JSON.stringify({ id: "1", value, displayName: value });
    const addRoles = (value: unknown) =>
      workspace.scim("PATCH", `/Users/${id}`, patchBody({ op: "Add", path: "roles", value }));
    await addRoles([{ value: "viewer" }]);
    expect(await rowOf(workspace, id), "admin wins").toMatchObject({ role: "admin" });
    const { body } = await addRoles([{ value: packed("viewer") }]);
    expect(body.roles).toMatchObject([{ value: "viewer" }]);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "member" });
    await addRoles([{ value: packed("viewer") }, { value: packed("Admin") }]);
    expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
  });

  test("appRole is returned only where it was written; a bare one is the extension's", async () => {
    const workspace = await openWorkspace("roles");
    const plain = await workspace.scim(
      "POST",
      "/Users",
      userBody(`a@${workspace.domain}`, { roles: [{ value: "member" }] }),
    );
    expect(JSON.stringify((await workspace.scim("GET", `/Users/${plain.body.id}`)).body)).not.toContain("appRole");
    const { body } = await workspace.scim("GET", "/Users");
    expect(JSON.stringify(body), "an in-app admin has none").not.toContain("appRole");
    const bare = await workspace.scim("POST", "/Users", userBody(`b@${workspace.domain}`, { appRole: "member" }));
    expect(bare.body).toMatchObject({
      [musterUrn]: { appRole: "member" },
      schemas: expect.arrayContaining([musterUrn]),
    });
    expect(bare.body).not.toHaveProperty("appRole");
  });

  test("a suspended admin who comes back with another role gets it, while another admin is there", async () => {
    const workspace = await openWorkspace("roles");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, admin);
    await workspace.scim("PATCH", `/Users/${id}`, suspend);
    const back = await workspace.scim(
      "PUT",
      `/Users/${id}`,
      userBody(address, { active: true, roles: [{ value: "member" }] }),
    );
    expect(back.status).toBe(200);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "active", role: "member" });
  });
});

describe("the last admin", () => {
  test("only active admins with a login address count: not an invited, a suspended or one without an address", async () => {
    const workspace = await openWorkspace("last");
    const { body } = await workspace.scim("GET", "/Users");
    const last = String((body.Resources as Body[])[0]?.id);
    await addUnmanaged(workspace, guestOf(workspace), "invited", "admin");
    await addUnmanaged(workspace, `off@${workspace.domain}`, "suspended", "admin");
    const mute = await addUnmanaged(workspace, `mute@${workspace.domain}`, "active", "admin");
    await run(
      sql`UPDATE "Membership" SET address = NULL, "addressKey" = NULL WHERE "workspaceId" = ${workspace.id} AND id = ${mute}`,
    );
    const answers = [
      await workspace.scim("PATCH", `/Users/${last}`, suspend),
      await workspace.scim("DELETE", `/Users/${last}`),
      await workspace.scim("PATCH", `/Users/${last}`, setTo("roles", [{ value: "member" }])),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    for (const { body } of answers) expect(body).not.toHaveProperty("scimType");
    expect(await rowOf(workspace, last)).toMatchObject({ state: "active", role: "admin", connectionId: null });
    expect((await workspace.scim("PATCH", `/Users/${mute}`, suspend)).status, "who does not count may go").toBe(200);
  });
});

describe("suspended people", () => {
  test("edits of them are stored, told and versioned; they stay suspended, take no seat, are not mailed; it counts when they are back", async () => {
    const workspace = await openWorkspace("edits");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address);
    await workspace.scim("PATCH", `/Users/${id}`, suspend);
    const [before, seats, mails] = [
      await rowOf(workspace, id),
      await seatsOf(workspace),
      await mailsTo(workspace, address),
    ];
    const edited = await workspace.scim(
      "PATCH",
      `/Users/${id}`,
      patchBody({ op: "replace", value: { title: "T", "name.familyName": "Lovelace" } }),
    );
    expect(edited).toMatchObject({
      status: 200,
      body: { title: "T", active: false, meta: { version: `W/"${before.version + 1}"` } },
    });
    await workspace.scim("PUT", `/Users/${id}`, userBody(address, { title: "U" }));
    expect(await rowOf(workspace, id)).toMatchObject({ state: "suspended", version: before.version + 2 });
    expect(await seatsOf(workspace)).toBe(seats);
    expect(await mailsTo(workspace, address)).toEqual(mails);
    await workspace.scim("PATCH", `/Users/${id}`, patchBody({ op: "replace", path: "roles", value: admin.roles }));
    await workspace.scim("PATCH", `/Users/${id}`, reactivate);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "active", role: "admin" });
    expect((await workspace.scim("GET", `/Users/${id}`)).body.title).toBe("U");
  });

  test("may be put into groups, and are in them when they are back", async () => {
    const workspace = await openWorkspace("edits");
    const id = await addPerson(workspace, `lin@${workspace.domain}`);
    await workspace.scim("PATCH", `/Users/${id}`, suspend);
    const crew = await workspace.scim("POST", "/Groups", groupBody("Crew", [id]));
    expect(crew).toMatchObject({ status: 201, body: { members: [{ value: id }] } });
    await workspace.scim("PATCH", `/Users/${id}`, reactivate);
    expect((await workspace.scim("GET", `/Users/${id}`)).body.groups).toMatchObject([{ value: crew.body.id }]);
  });
});

describe("invites over SCIM", () => {
  test("one mail when made, one when set true again; other writes never mail, and what says true already changes nothing", async () => {
    const workspace = await openWorkspace("invite");
    const address = guestOf(workspace);
    const id = await addPerson(workspace, address);
    const path = `/Users/${id}`;
    const count = async () => (await mailsTo(workspace, address)).length;
    const silent = [
      () => workspace.scim("PATCH", path, reactivate),
      () => workspace.scim("PATCH", path, setTo("title", "T")),
      () => workspace.scim("PUT", path, userBody(address, { active: true, title: "U" })),
      () => workspace.scim("PUT", path, userBody(address)),
      () =>
        workspace.scim(
          "PATCH",
          path,
          patchBody({ op: "add", path: "emails", value: [{ value: `x@${workspace.domain}`, type: "home" }] }),
        ),
      () => workspace.scim("POST", "/Groups", groupBody("Crew", [id])),
    ];
    for (const [at, write] of silent.entries()) {
      expect((await write()).status).toBeLessThan(300);
      expect(await count(), String(at)).toBe(1);
    }
    await workspace.scim("PATCH", path, suspend);
    expect(await count()).toBe(1);
    await workspace.scim("PUT", path, userBody(address, { active: true }));
    expect(await count()).toBe(2);
  });

  test("an expired link: still active, still a seat, active:true mails nobody; Resend is the admin's", async () => {
    const workspace = await openWorkspace("invite");
    const address = guestOf(workspace);
    const id = await addPerson(workspace, address);
    const [secret, seats] = [await inviteSecret(workspace, address), await seatsOf(workspace)];
    await run(sql`UPDATE "Invite" SET "expiresAt" = now() - interval '1 day' WHERE "workspaceId" = ${workspace.id}`);
    await expect(acceptInvite(secret, names)).rejects.toMatchObject({ reason: "invite_dead" });
    expect((await workspace.scim("GET", `/Users/${id}`)).body.active).toBe(true);
    expect(await workspace.scim("PATCH", `/Users/${id}`, reactivate)).toMatchObject({
      status: 200,
      body: { active: true },
    });
    expect(await seatsOf(workspace)).toBe(seats);
    expect(await mailsTo(workspace, address)).toEqual(["invite"]);
    await resendInvite(adminOf(workspace), id);
    await acceptInvite(await inviteSecret(workspace, address), names);
    expect(await rowOf(workspace, id)).toMatchObject({ id, state: "active" });
    expect(await seatsOf(workspace)).toBe(seats);
  });

  test("the mail leaves after 60 s", async () => {
    const workspace = await openWorkspace("invite");
    const address = guestOf(workspace);
    await addPerson(workspace, address);
    const mail = await one<{ seconds: number }>(
      sql`SELECT extract(epoch FROM "notBefore" - "createdAt")::float8 AS seconds FROM "Mail" WHERE "to" = ${address}`,
    );
    expect(mail?.seconds).toBeCloseTo(60, 0);
  });

  test("accepted: the account with that address, id, teams and seat are kept, the version moves, one event", async () => {
    const workspace = await openWorkspace("invite");
    const address = guestOf(workspace);
    const id = await addPerson(workspace, address, { title: "T" });
    const crew = await workspace.scim("POST", "/Groups", groupBody("Crew", [id]));
    const [before, seats] = [await rowOf(workspace, id), await seatsOf(workspace)];
    await acceptInvite(await inviteSecret(workspace, address), { firstName: "Gu", lastName: "Est" });
    expect(await rowOf(workspace, id)).toEqual({
      ...before,
      state: "active",
      userId: await userIdOf(address),
      version: before.version + 1,
    });
    expect(await seatsOf(workspace)).toBe(seats);
    expect((await workspace.scim("GET", `/Users/${id}`)).body).toMatchObject({
      title: "T",
      active: true,
      groups: [{ value: crew.body.id }],
    });
    expect((await eventsOf(workspace, id)).filter((action) => action === "membership.joined")).toHaveLength(1);
    const account = await one(
      sql`SELECT email, "emailVerified" IS NOT NULL AS confirmed FROM "User" WHERE id = ${await userIdOf(address)}`,
    );
    expect(account).toEqual({ email: address, confirmed: true });
  });
});

describe("in-app people in SCIM", () => {
  test("are listed with userName, one e-mail and name; nothing is invented at read", async () => {
    const workspace = await openWorkspace("inapp");
    const guest = guestOf(workspace);
    const ids = [
      await addUnmanaged(workspace, `lin@${workspace.domain}`),
      await addUnmanaged(workspace, guest, "invited"),
    ];
    for (const [at, id] of ids.entries()) {
      const address = at === 0 ? `lin@${workspace.domain}` : guest;
      const { body } = await workspace.scim("GET", `/Users/${id}`);
      expect(body).toEqual({
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
        id,
        userName: address,
        active: true,
        name: { givenName: "In", familyName: "App" },
        emails: [{ value: address, type: "work", primary: true }],
        meta: expect.any(Object),
      });
      const found = await workspace.scim(
        "GET",
        `/Users?filter=${encodeURIComponent(`emails[type eq "work"].value eq "${address.toUpperCase()}"`)}`,
      );
      expect(found.body.Resources).toMatchObject([{ id }]);
    }
    const made = await workspace.scim("POST", "/Users", userBody(`idp@${workspace.domain}`));
    const { body } = await workspace.scim("GET", `/Users/${made.body.id}`);
    expect(Object.keys(body).sort()).toEqual(["active", "id", "meta", "schemas", "userName"]);
  });

  test("first and last name that are given when an invite is accepted are the account's, and SCIM shows them", async () => {
    const workspace = await openWorkspace("inapp");
    const address = guestOf(workspace);
    const id = await inviteMember(adminOf(workspace), { address, firstName: "", lastName: "", role: "member" });
    expect((await workspace.scim("GET", `/Users/${id}`)).body).not.toHaveProperty("name");
    await acceptInvite(await inviteSecret(workspace, address), { firstName: "Grace", lastName: "Hopper" });
    const shown = await workspace.scim("GET", `/Users/${id}`);
    expect(shown.body.name).toEqual({ givenName: "Grace", familyName: "Hopper" });
    const found = await workspace.scim("GET", `/Users?filter=${encodeURIComponent('name.familyName eq "hopper"')}`);
    expect(found.body.Resources).toMatchObject([{ id }]);
  });

  test("without a name given, the one that the admin invited with stays", async () => {
    const workspace = await openWorkspace("inapp");
    const address = guestOf(workspace);
    const id = await addUnmanaged(workspace, address, "invited");
    await acceptInvite(await inviteSecret(workspace, address), names);
    const shown = await workspace.scim("GET", `/Users/${id}`);
    expect(shown.body.name).toEqual({ givenName: "In", familyName: "App" });
  });

  test("T15 follow the account that another workspace speaks for, and are nobody else's there", async () => {
    const [home, other] = [await openWorkspace("inapp"), await openWorkspace("inapp")];
    const [old, next] = [`lin@${home.domain}`, `mia@${home.domain}`];
    const managed = await addPerson(home, old, { name: { givenName: "Lin", familyName: "Old" } });
    const id = await addUnmanaged(other, old);
    const change = [
      { op: "replace", path: "userName", value: next },
      { op: "replace", path: "name.familyName", value: "New" },
    ];
    await home.scim("PATCH", `/Users/${managed}`, patchBody(...change));
    const shown = await other.scim("GET", `/Users/${id}`);
    expect(shown.body).toMatchObject({
      userName: next,
      name: { givenName: "Lin", familyName: "New" },
      emails: [{ value: next, type: "work", primary: true }],
    });
    const found = await other.scim(
      "GET",
      `/Users?filter=${encodeURIComponent(`emails.value eq "${next.toUpperCase()}"`)}`,
    );
    expect(found.body.Resources).toMatchObject([{ id }]);
    expect(await rowOf(other, id)).toMatchObject({ address: next, connectionId: null });
    const known = await other.scim("POST", "/Users", userBody(next));
    expect(known).toMatchObject({ status: 201, body: { id } });

    const last = `zoe@${home.domain}`;
    await home.scim("PATCH", `/Users/${managed}`, setTo("userName", last));
    expect(await rowOf(other, id), "adopted: what was sent there stays").toMatchObject({
      address: last,
      userName: next,
    });
  });

  test("keep their userName where somebody else there has the new one", async () => {
    const [home, other] = [await openWorkspace("inapp"), await openWorkspace("inapp")];
    const [old, next] = [`lin@${home.domain}`, `mia@${home.domain}`];
    const managed = await addPerson(home, old);
    const id = await addUnmanaged(other, old);
    await addPerson(other, next, { active: false });
    expect((await home.scim("PATCH", `/Users/${managed}`, setTo("userName", next))).status).toBe(200);
    expect(await rowOf(other, id)).toMatchObject({ address: next, userName: old });
  });

  test("who is managed keeps the name that was sent, whatever is given when the invite is accepted", async () => {
    const workspace = await openWorkspace("inapp");
    const address = guestOf(workspace);
    const id = await addPerson(workspace, address, { name: { givenName: "Sent" } });
    await acceptInvite(await inviteSecret(workspace, address), { firstName: "Typed", lastName: "In" });
    expect((await workspace.scim("GET", `/Users/${id}`)).body.name).toEqual({ givenName: "Sent" });
  });
});

describe("mass-change hold and restore", () => {
  async function openSettled(count: number) {
    const workspace = await openWorkspace("mass");
    const people: string[] = [];
    for (let at = 0; at < count; at++)
      people.push(await addPerson(workspace, `p${String(at).padStart(2, "0")}@${workspace.domain}`));
    await run(
      sql`UPDATE "Membership" SET "activeSince" = "activeSince" - interval '2 days' WHERE "workspaceId" = ${workspace.id}`,
    );
    return { workspace, people };
  }

  test("T08 nothing of a held request is written, by PUT, PATCH, DELETE and by POST of a known person", async () => {
    const { workspace, people } = await openSettled(13);
    const known = await addUnmanaged(workspace, `known@${workspace.domain}`);
    await run(
      sql`UPDATE "Membership" SET "activeSince" = now() - interval '2 days' WHERE "workspaceId" = ${workspace.id}`,
    );
    for (const id of people.slice(0, 10))
      expect((await workspace.scim("PATCH", `/Users/${id}`, suspend)).status).toBe(200);
    const rest = [...people.slice(10), known];
    const before = await Promise.all(rest.map((id) => storedOf(workspace, id)));
    const both = [
      { op: "replace", path: "title", value: "T" },
      { op: "replace", path: "active", value: false },
    ];
    const answers = [
      await workspace.scim("PUT", `/Users/${people[10]}`, userBody("renamed", { active: false, title: "T" })),
      await workspace.scim("PATCH", `/Users/${people[11]}`, patchBody(...both)),
      await workspace.scim("DELETE", `/Users/${people[12]}`),
      await workspace.scim("POST", "/Users", userBody(`known@${workspace.domain}`, { active: false })),
    ];
    for (const { status, headers, body } of answers) {
      expect(status).toBe(429);
      expect(headers.get("retry-after")).toBe("900");
      expect(body).not.toHaveProperty("scimType");
    }
    expect(await Promise.all(rest.map((id) => storedOf(workspace, id)))).toEqual(before);
    expect((await findHold(workspace.id))?.people.map(({ id, action }) => [id, action])).toEqual(
      rest.map((id, at) => [id, at === 2 ? "end" : "suspend"]),
    );
  });

  test("T08 somebody whom a later POST wants to have access is not suspended by an approval", async () => {
    const { workspace, people } = await openSettled(11);
    const known = await addUnmanaged(workspace, `known@${workspace.domain}`);
    await run(
      sql`UPDATE "Membership" SET "activeSince" = now() - interval '2 days' WHERE "workspaceId" = ${workspace.id}`,
    );
    for (const id of people.slice(0, 10)) await workspace.scim("PATCH", `/Users/${id}`, suspend);
    const post = (active: boolean) =>
      workspace.scim("POST", "/Users", userBody(`known@${workspace.domain}`, { active }));
    expect((await post(false)).status).toBe(429);
    expect((await post(true)).status).toBe(201);
    const hold = await findHold(workspace.id);
    expect(hold?.people).toEqual([]);
    await approveHold(adminOf(workspace), hold?.id ?? "");
    expect(await rowOf(workspace, known)).toMatchObject({ state: "active" });
  });

  test("T08 a day after an approval changes are held again", async () => {
    const { workspace, people } = await openSettled(24);
    const off = async (id: string | undefined) => (await workspace.scim("PATCH", `/Users/${id}`, suspend)).status;
    for (const id of people.slice(0, 11)) await off(id);
    await approveHold(adminOf(workspace), (await findHold(workspace.id))?.id ?? "");
    expect(await off(people[11])).toBe(200);
    await run(sql`UPDATE "Workspace" SET "holdLiftedUntil" = now() - interval '1 second' WHERE id = ${workspace.id}`);
    const statuses: number[] = [];
    for (const id of people.slice(12)) statuses.push(await off(id));
    expect(statuses).toContain(429);
  });

  test("T08 restore reaches 30 days back, keeps id, role and teams, and leaves the person to whoever adopts them", async () => {
    const { workspace, people } = await openSettled(2);
    const [first = "", second = ""] = people;
    const crew = String((await workspace.scim("POST", "/Groups", groupBody("Crew", [first]))).body.id);
    await workspace.scim("DELETE", `/Users/${first}`);
    await workspace.scim("PATCH", `/Users/${second}`, suspend);
    await run(
      sql`UPDATE "Membership" SET "endedAt" = "endedAt" - interval '29 days', "suspendedAt" = "suspendedAt" - interval '29 days' WHERE "workspaceId" = ${workspace.id}`,
    );
    await run(sql`UPDATE "SeatChange" SET at = at - interval '29 days' WHERE "workspaceId" = ${workspace.id}`);
    expect((await listLost(workspace.id)).map(({ id }) => id).sort()).toEqual([first, second].sort());
    expect(await restorePeople(adminOf(workspace), [first, second])).toEqual({ restored: 2, refused: [] });
    expect((await workspace.scim("GET", `/Users/${first}`)).body).toMatchObject({
      id: first,
      active: true,
      groups: [{ value: crew }],
    });
    const adopted = await workspace.scim("POST", "/Users", userBody(`p00@${workspace.domain}`));
    expect(adopted, "the IdP finds who was ended under the old id").toMatchObject({ status: 201, body: { id: first } });
  });

  test("T08 a restore is refused while the userName is taken, and the old person stays ended", async () => {
    const { workspace, people } = await openSettled(1);
    const [first = ""] = people;
    await workspace.scim("DELETE", `/Users/${first}`);
    const heir = await addPerson(workspace, `P00@${workspace.domain}`);
    const before = await storedOf(workspace, first);
    const { refused } = await restorePeople(adminOf(workspace), [first]);
    expect(refused).toMatchObject([{ id: first }]);
    expect(await storedOf(workspace, first)).toEqual(before);
    await workspace.scim("DELETE", `/Users/${heir}`);
    expect(await restorePeople(adminOf(workspace), [first])).toMatchObject({ restored: 1 });
  });
});

describe("seats", () => {
  test("used are the invited, waiting and active; never above the limit, by POST, reactivation or adoption; each refusal writes nothing", async () => {
    const workspace = await openWorkspace("seats");
    await addPerson(workspace, guestOf(workspace));
    await addPerson(workspace, "waits");
    const off = await addPerson(workspace, `off@${workspace.domain}`, { active: false });
    expect(await seatsOf(workspace)).toBe(3);
    await expect(setSeatLimit(workspace.operator, 2)).rejects.toMatchObject({ reason: "seat_limit_below_use" });
    await setSeatLimit(workspace.operator, 3);
    const mails = await allMails(workspace);
    const refused = [
      await workspace.scim("POST", "/Users", userBody(`new@${workspace.domain}`)),
      await workspace.scim("POST", "/Users", userBody(guestOf(workspace))),
      await workspace.scim("POST", "/Users", userBody("waits too")),
      await workspace.scim("PATCH", `/Users/${off}`, reactivate),
      await workspace.scim("PUT", `/Users/${off}`, userBody(`off@${workspace.domain}`, { active: true })),
    ];
    for (const { status, body } of refused) {
      expect(status).toBe(403);
      expect(body.detail).toContain("Automatic seat assignment");
      expect(body).not.toHaveProperty("scimType");
    }
    expect(await seatsOf(workspace)).toBe(3);
    expect(await allMails(workspace)).toEqual(mails);
    expect(
      (await workspace.scim("POST", "/Users", userBody(`off2@${workspace.domain}`, { active: false }))).status,
    ).toBe(201);
  });
});

test("the request log names what an admin should know: invited, waiting, address in use", async () => {
  const workspace = await openWorkspace("notes");
  const invited = await workspace.scim("POST", "/Users", userBody(guestOf(workspace)));
  expect(await notesOf(invited)).toContain("is not verified");
  const waiting = await workspace.scim("POST", "/Users", userBody("waits"));
  expect(await notesOf(waiting)).toContain("Waiting for an address");
  const used = await workspace.scim(
    "POST",
    "/Users",
    userBody("x", { emails: [{ value: `admin@${workspace.domain}`, type: "work" }] }),
  );
  expect(await notesOf(used)).toContain("another member signs in as");
});
