import { describe, expect, test } from "vitest";
import { one, run, sql } from "@/lib/db";
import {
  addPerson,
  addUnmanaged,
  adminOf,
  eventsOf,
  groupBody,
  guestOf,
  inviteSecret,
  mailedSecret,
  mailsTo,
  openWorkspace,
  patchBody,
  reactivate,
  rowOf,
  seatsOf,
  setTo,
  suspend,
  userBody,
  userIdOf,
} from "@/lib/provisioning/testing/decisions";
import { confirmAddressChange } from "@/lib/workspace/accounts/address-change";
import { acceptInvite } from "@/lib/workspace/invites/accept";
import { resendInvite } from "@/lib/workspace/invites/invites";
import { inviteMember } from "@/lib/workspace/members/invite";

// What D-47, D-48 and D-49 say of invites and D-50 of people created in the app, and no other test covers.

const names = { firstName: "", lastName: "" };

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

  test("T15 follow the account where its owner lets it move, and are nobody else's there", async () => {
    const [home, other] = [await openWorkspace("inapp"), await openWorkspace("inapp")];
    const [old, next] = [`lin@${home.domain}`, `mia@${home.domain}`];
    const managed = await addPerson(home, old, { name: { givenName: "Lin", familyName: "Old" } });
    const id = await addUnmanaged(other, old);
    const change = [
      { op: "replace", path: "userName", value: next },
      { op: "replace", path: "name.familyName", value: "New" },
    ];
    await home.scim("PATCH", `/Users/${managed}`, patchBody(...change));
    await confirmAddressChange(await mailedSecret(home, old, "address_confirm"));
    const shown = await other.scim("GET", `/Users/${id}`);
    expect(shown.body).toMatchObject({
      userName: next,
      name: { givenName: "In", familyName: "App" },
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
    await confirmAddressChange(await mailedSecret(home, next, "address_confirm"));
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
    await confirmAddressChange(await mailedSecret(home, old, "address_confirm"));
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
