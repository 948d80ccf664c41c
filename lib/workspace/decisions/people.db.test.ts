import { describe, expect, test } from "vitest";
import { findSession, openSession } from "@/lib/auth";
import { all, one, run, sql } from "@/lib/db";
import {
  acceptSignedIn,
  addPerson,
  addUnmanaged,
  adminOf,
  allMails,
  connectAnew,
  eventsOf,
  groupBody,
  guestOf,
  inviteSecret,
  mailsTo,
  notesOf,
  openWorkspace,
  patchBody,
  reactivate,
  rowOf,
  seatsOf,
  setTo,
  storedOf,
  suspend,
  type TestWorkspace,
  userBody,
  userIdOf,
} from "@/lib/provisioning/testing/decisions";
import { versionIs } from "@/lib/provisioning/testing/fixtures";
import { createSignInLink } from "@/lib/workspace/accounts/sign-in-links";
import { addDomain, trustDomain } from "@/lib/workspace/domains/domains";
import { acceptInvite } from "@/lib/workspace/invites/accept";
import { findInvite } from "@/lib/workspace/invites/invites";
import { addTeamMember, createTeamInApp } from "@/lib/workspace/teams/edit";
import { setSeatLimit, updateSettings } from "@/lib/workspace/workspaces/settings";

// What D-32 to D-39 say of people and no other test covers.

type Body = Record<string, unknown>;

const names = { firstName: "", lastName: "" };
const visitor = { address: "127.0.0.1", agent: "Test" };
const admin = { roles: [{ value: "admin" }] };
const sessionOf = (cookie: string) => findSession(/=([^;]+)/.exec(cookie)?.[1] ?? "");

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
        if (each === workspace) await acceptInvite(await inviteSecret(each, address), names);
        else await acceptSignedIn(each, address);
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
      body: { title: "T", active: false, meta: { version: versionIs(before.version + 1) } },
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

test("the request log names what an admin should know: invited, waiting, address in use", async () => {
  const workspace = await openWorkspace("notes");
  const invited = await workspace.scim("POST", "/Users", userBody(guestOf(workspace)));
  expect(await notesOf(invited)).toContain("is not verified");
  const waiting = await workspace.scim("POST", "/Users", userBody("waits"));
  expect(await notesOf(waiting)).toContain("Waiting for an email address");
  const used = await workspace.scim(
    "POST",
    "/Users",
    userBody("x", { emails: [{ value: `admin@${workspace.domain}`, type: "work" }] }),
  );
  expect(await notesOf(used)).toContain("another member signs in as");
});
