import { describe, expect, test } from "vitest";
import { findSession, openSession } from "@/lib/auth";
import { all, one, run, sql } from "@/lib/db";
import {
  acceptSignedIn,
  addPerson,
  addUnmanaged,
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
  suspend,
  type TestWorkspace,
  userBody,
  userIdOf,
} from "@/lib/provisioning/testing/decisions";
import { createSignInLink } from "@/lib/workspace/accounts/sign-in-links";
import { addDomain, trustDomain } from "@/lib/workspace/domains/domains";
import { removeDomain } from "@/lib/workspace/domains/remove";
import { acceptInvite } from "@/lib/workspace/invites/accept";
import { findInvite } from "@/lib/workspace/invites/invites";
import { listMembers } from "@/lib/workspace/members/list";
import { updateSettings } from "@/lib/workspace/workspaces/settings";

// What D-17 to D-25, D-27, D-28 and D-30 say of domains and addresses and no other test covers; D-33 of whom a POST knows.

const visitor = { address: "127.0.0.1", agent: "Test" };
const names = { firstName: "", lastName: "" };
const sessionOf = (cookie: string) => findSession(/=([^;]+)/.exec(cookie)?.[1] ?? "");

const setDomain = ({ id, domain }: TestWorkspace, state: string) =>
  run(sql`UPDATE "Domain" SET state = ${state} WHERE "workspaceId" = ${id} AND name = ${domain}`);

async function verify(workspace: TestWorkspace, name: string): Promise<void> {
  await addDomain(workspace.operator, name);
  await trustDomain(workspace.operator, name);
}

const email = (value: string, type: string, primary = false) => ({ value, type, ...(primary && { primary }) });

describe("domain states", () => {
  test("warning counts as verified; a domain below or above a verified one does not", async () => {
    const workspace = await openWorkspace("dom");
    await setDomain(workspace, "warning");
    const person = await addPerson(workspace, `lin@${workspace.domain}`);
    expect(await rowOf(workspace, person)).toMatchObject({ state: "active" });
    for (const domain of [`sub.${workspace.domain}`, `x${workspace.domain}`, "test.test"]) {
      const guest = await addPerson(workspace, `lin@${domain}`);
      expect(await rowOf(workspace, guest), domain).toMatchObject({ state: "invited" });
    }
  });

  test("no claim ever verified: POST of a user is 403 with what to do, for new and known people; everything else works", async () => {
    const workspace = await openWorkspace("dom");
    const [lin, known] = [`lin@${workspace.domain}`, `known@${workspace.domain}`];
    const person = await addPerson(workspace, lin);
    const unmanaged = await addUnmanaged(workspace, known);
    await run(sql`DELETE FROM "Domain" WHERE "workspaceId" = ${workspace.id}`);
    await addDomain(workspace.operator, `pending-${workspace.domain}`);
    const seats = await seatsOf(workspace);
    for (const body of [userBody(`new@${workspace.domain}`), userBody("off", { active: false }), userBody(known)]) {
      const answer = await workspace.scim("POST", "/Users", body);
      expect(answer).toMatchObject({ status: 403, body: { detail: expect.stringContaining("Domain verification") } });
    }
    expect((await rowOf(workspace, unmanaged)).connectionId).toBeNull();
    expect(await seatsOf(workspace)).toBe(seats);
    const crew = await workspace.scim("POST", "/Groups", groupBody("Crew", [person]));
    const works = [
      crew,
      await workspace.scim("PATCH", `/Groups/${crew.body.id}`, setTo("displayName", "Others")),
      await workspace.scim("GET", "/Users?count=1"),
      await workspace.scim("GET", `/Users?filter=userName+eq+%22${encodeURIComponent(lin)}%22`),
      await workspace.scim("PUT", `/Users/${person}`, userBody(lin, { title: "T" })),
      await workspace.scim("PATCH", `/Users/${unmanaged}`, setTo("title", "T")),
      await workspace.scim("PATCH", `/Users/${person}`, suspend),
      await workspace.scim("DELETE", `/Users/${person}`),
    ];
    expect(works.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200, 200, 200, 204]);
  });

  test("lapsed: people stay active and managed, are invited instead of added, and no login address follows", async () => {
    const workspace = await openWorkspace("dom");
    const address = `lin@${workspace.domain}`;
    const person = await addPerson(workspace, address);
    const before = await rowOf(workspace, person);
    await setDomain(workspace, "lapsed");
    const guest = await addPerson(workspace, `new@${workspace.domain}`);
    expect(await rowOf(workspace, guest)).toMatchObject({ state: "invited" });
    expect(await mailsTo(workspace, `new@${workspace.domain}`)).toEqual(["invite"]);
    const renamed = await workspace.scim("PATCH", `/Users/${person}`, setTo("userName", `lin2@${workspace.domain}`));
    expect(await notesOf(renamed)).toContain(`${workspace.domain} is not verified here`);
    const { connectionId } = before;
    expect(await rowOf(workspace, person)).toMatchObject({ state: "active", address, connectionId });
  });

  test("verified: a connection's invite becomes a member, same id, link dead, told once; an admin's, a cancelled and a waiting one do not", async () => {
    const workspace = await openWorkspace("dom");
    const late = `late-${workspace.domain}`;
    const of = (name: string) => `${name}@${late}`;
    const invited = await addPerson(workspace, of("idp"));
    const cancelled = await addPerson(workspace, of("cancelled"));
    await workspace.scim("PATCH", `/Users/${cancelled}`, suspend);
    const waiting = await addPerson(workspace, "nobody");
    const admins = await addUnmanaged(workspace, of("admin"), "invited");
    const secrets = [await inviteSecret(workspace, of("idp")), await inviteSecret(workspace, of("admin"))];
    const [before, seats] = [await rowOf(workspace, invited), await seatsOf(workspace)];
    await verify(workspace, late);
    const after = await rowOf(workspace, invited);
    expect(after).toEqual({
      ...before,
      state: "active",
      userId: await userIdOf(of("idp")),
      version: before.version + 1,
    });
    expect(await mailsTo(workspace, of("idp"))).toEqual(["added", "invite", "welcome"]);
    expect(await eventsOf(workspace, invited)).toEqual(["membership.invited", "membership.joined"]);
    expect(await findInvite(secrets[0] ?? "")).toBeNull();
    expect(await findInvite(secrets[1] ?? "")).not.toBeNull();
    for (const [id, state] of [
      [cancelled, "suspended"],
      [waiting, "invited"],
      [admins, "invited"],
    ] as const) {
      expect(await rowOf(workspace, id)).toMatchObject({ state, userId: null });
    }
    expect(await seatsOf(workspace)).toBe(seats);
  });

  test("removal stops direct adding and login changes, and suspends nobody", async () => {
    const workspace = await openWorkspace("dom");
    const late = `late-${workspace.domain}`;
    await verify(workspace, late);
    const person = await addPerson(workspace, `lin@${late}`);
    const row = await one<{ id: string }>(
      sql`SELECT id FROM "Domain" WHERE "workspaceId" = ${workspace.id} AND name = ${late}`,
    );
    await removeDomain(workspace.operator, row?.id ?? "");
    const renamed = await workspace.scim("PATCH", `/Users/${person}`, setTo("userName", `lin@${workspace.domain}`));
    expect(await notesOf(renamed)).toContain(`${late} is not verified here`);
    expect(await rowOf(workspace, person)).toMatchObject({
      state: "active",
      address: `lin@${late}`,
      connectionId: expect.any(String),
    });
    expect(await rowOf(workspace, await addPerson(workspace, `new@${late}`))).toMatchObject({ state: "invited" });
  });
});

describe("login address", () => {
  test("userName, then primary, then work e-mail; one on a verified domain first; none: waiting, with a seat, active, not mailed", async () => {
    const workspace = await openWorkspace("addr");
    const of = (name: string) => `${name}@${workspace.domain}`;
    const out = (name: string) => `${name}@${workspace.slug}-out.test`;
    const cases: [string, object[], string | null][] = [
      [of("a1"), [email(of("x1"), "work", true)], of("a1")],
      [out("a2"), [email(of("p2"), "home", true), email(of("w2"), "work")], of("p2")],
      [out("a3"), [email(out("p3"), "home", true), email(of("w3"), "Work")], of("w3")],
      ["a4", [email(of("w4"), "work"), email(of("p4"), "home", true)], of("p4")],
      ["a5", [email(of("h5"), "home"), email(of("w5"), "WORK")], of("w5")],
      [out("a6"), [email(out("p6"), "work", true)], out("a6")],
      ["a7", [email(out("w7"), "work"), email(out("p7"), "home", true)], out("p7")],
      ["a8", [email(of("h8"), "home"), email(of("o8"), "other")], null],
    ];
    for (const [userName, emails, address] of cases) {
      const seats = await seatsOf(workspace);
      const { body } = await workspace.scim("POST", "/Users", userBody(userName, { emails }));
      const isMember = address?.endsWith(`@${workspace.domain}`) ?? false;
      expect(await rowOf(workspace, body.id), userName).toMatchObject({
        address,
        state: isMember ? "active" : "invited",
      });
      expect(body.active, userName).toBe(true);
      expect(await seatsOf(workspace), userName).toBe(seats + 1);
      for (const { value } of emails as { value: string }[]) {
        const isLogin = value === address;
        expect((await mailsTo(workspace, value)).length > 0, value).toBe(isLogin);
      }
    }
    const { members } = await listMembers(workspace.id, { search: "a8" });
    expect(members).toMatchObject([{ waiting: "Waiting for an email address" }]);
  });

  test("is decided again only by a write to one of these attributes", async () => {
    const workspace = await openWorkspace("addr");
    const late = `late-${workspace.domain}`;
    const [first, second] = [guestOf(workspace), `lin@${late}`];
    const id = await addPerson(workspace, first, { emails: [email(second, "work", true)] });
    const before = await rowOf(workspace, id);
    expect(before).toMatchObject({ state: "invited", address: first });
    await verify(workspace, late);
    await workspace.scim("PATCH", `/Users/${id}`, setTo("title", "T"));
    await workspace.scim("PATCH", `/Users/${id}`, setTo("active", "True"));
    await workspace.scim(
      "PATCH",
      `/Users/${id}`,
      patchBody({ op: "add", path: "emails", value: [email(`home@${late}`, "home")] }),
    );
    expect(await rowOf(workspace, id)).toMatchObject({ state: "invited", address: first });
    expect(await mailsTo(workspace, first)).toEqual(["invite"]);
    await workspace.scim("PATCH", `/Users/${id}`, setTo('emails[type eq "work"].value', `lin.new@${late}`));
    expect(await rowOf(workspace, id)).toMatchObject({ id, state: "active", address: `lin.new@${late}` });
  });

  test.each([
    ["a full-width letter", (domain: string) => `ｌin@${domain}`],
    ["a Kelvin sign", (domain: string) => `\u212Aim@${domain}`],
    ["a letter that folds to s", (domain: string) => `\u017Fam@${domain}`],
    ["an umlaut", (domain: string) => `zoë@${domain}`],
    ["quotes", (domain: string) => `"lin"@${domain}`],
    ["a comma", (domain: string) => `lin,x@${domain}`],
    ["two at signs", (domain: string) => `lin@x@${domain}`],
    ["a blank within it", (domain: string) => `lin @${domain}`],
    ["a display name", (domain: string) => `Lin <lin@${domain}>`],
    ["a line break", (domain: string) => `lin@${domain}\r\nbcc:x@y.test`],
    ["two dots", (domain: string) => `lin..x@${domain}`],
    ["a local part of 65 characters", (domain: string) => `${"l".repeat(65)}@${domain}`],
  ])(
    "only the strict grammar counts, before folding: %s is stored, makes no account and is never mailed",
    async (_, make) => {
      const workspace = await openWorkspace("addr");
      const userName = make(workspace.domain);
      const account = () => one(sql`SELECT count(*) AS count FROM "User"`);
      const before = await account();
      const id = await addPerson(workspace, userName);
      expect(await rowOf(workspace, id)).toMatchObject({ state: "invited", address: null, userId: null, userName });
      expect(await account()).toEqual(before);
      const mails = await all(
        sql`SELECT 1 FROM "Mail" WHERE "workspaceId" = ${workspace.id} AND kind IN ('invite', 'added')`,
      );
      expect(mails).toEqual([]);
    },
  );

  test.each([" ", "\t", "\u00a0"])(
    "B2 E8 blanks around an address, here %j, are no part of it: as userName and as e-mail",
    async (blank) => {
      const workspace = await openWorkspace("addr");
      const at = (name: string) => `${name}@${workspace.domain}`;
      for (const [userName, name] of [
        [`a@${workspace.domain}${blank}`, "a"],
        [`${blank}b@${workspace.domain}`, "b"],
      ] as const) {
        const id = await addPerson(workspace, userName);
        expect(await rowOf(workspace, id)).toMatchObject({ state: "active", address: at(name), userName });
      }
      const emails = [{ value: `${blank}${at("c")}${blank}`, type: "work" }];
      const id = await addPerson(workspace, "c", { emails });
      expect(await rowOf(workspace, id)).toMatchObject({ state: "active", address: at("c") });
      await workspace.scim("PATCH", `/Users/${id}`, setTo("userName", `${at("c")}${blank}`));
      expect(await rowOf(workspace, id)).toMatchObject({ state: "active", address: at("c") });
    },
  );

  test("an international domain is the verified one in either spelling", async () => {
    const workspace = await openWorkspace("addr");
    await verify(workspace, `bücher-${workspace.domain}`);
    const host = (
      await one<{ name: string }>(
        sql`SELECT name FROM "Domain" WHERE "workspaceId" = ${workspace.id} AND name LIKE 'xn--%'`,
      )
    )?.name;
    for (const userName of [`a@bücher-${workspace.domain}`, `b@BÜCHER-${workspace.domain}`, `c@${host}`]) {
      const id = await addPerson(workspace, userName);
      const address = `${userName[0]}@${host}`;
      expect(await rowOf(workspace, id)).toMatchObject({ state: "active", address, userName });
    }
  });
});

describe("a change of userName or email", () => {
  const openMember = async (more: Record<string, unknown> = {}) => {
    const workspace = await openWorkspace("change");
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, more);
    return { workspace, address, id, path: `/Users/${id}`, next: `lin.new@${workspace.domain}` };
  };

  test("by an e-mail where the userName is no address: primary or work moves the login, another one does not", async () => {
    const workspace = await openWorkspace("change");
    const of = (name: string) => `${name}@${workspace.domain}`;
    const id = await addPerson(workspace, "lin", { emails: [email(of("a"), "work", true)] });
    await workspace.scim(
      "PATCH",
      `/Users/${id}`,
      patchBody({ op: "add", path: "emails", value: [email(of("h"), "home")] }),
    );
    expect(await rowOf(workspace, id)).toMatchObject({ address: of("a") });
    await workspace.scim("PATCH", `/Users/${id}`, setTo('emails[type eq "work"].value', of("b")));
    expect(await rowOf(workspace, id)).toMatchObject({ address: of("b") });
    expect(await mailsTo(workspace, of("a"))).toContain("address_changed");
  });

  test("e-mails may repeat: another person with the same one is no conflict, and keeps the login", async () => {
    const { workspace, address, id } = await openMember();
    const other = await addPerson(workspace, `other@${workspace.domain}`, { emails: [email(address, "work", true)] });
    expect(await rowOf(workspace, other)).toMatchObject({ state: "active", address: `other@${workspace.domain}` });
    const answer = await workspace.scim("PATCH", `/Users/${other}`, setTo("userName", "other"));
    expect(answer.status).toBe(200);
    expect(await notesOf(answer)).toContain("another account has");
    expect(await rowOf(workspace, other)).toMatchObject({ address: `other@${workspace.domain}`, userName: "other" });
    expect(await rowOf(workspace, id)).toMatchObject({ address });
  });

  test("ends sessions and what is pending for the address, also where the rename comes with other attributes", async () => {
    const { workspace, address, path, id, next } = await openMember();
    const userId = await userIdOf(address);
    const cookie = await openSession(userId, visitor);
    await createSignInLink(address);
    await workspace.scim("PUT", path, userBody(next, { title: "T", externalId: "e", active: true }));
    expect(await rowOf(workspace, id)).toMatchObject({ address: next, userId });
    expect(await sessionOf(cookie)).toBeNull();
    expect(await all(sql`SELECT 1 FROM "VerificationToken" WHERE identifier = ${address}`)).toEqual([]);
  });

  test.each([
    ["active:true", "suspended"],
    ["active:false", "active"],
  ])("follows in a request that also says %s", async (_, from) => {
    const { workspace, path, id, next } = await openMember();
    if (from === "suspended") await workspace.scim("PATCH", path, suspend);
    await workspace.scim("PUT", path, userBody(next, { active: from === "suspended" }));
    expect(await rowOf(workspace, id)).toMatchObject({
      address: next,
      userName: next,
      state: from === "suspended" ? "active" : "suspended",
    });
    const events = await eventsOf(workspace, id);
    expect(events.filter((action) => action === "membership.address_changed")).toHaveLength(1);
  });

  test("that does not follow in a request that also says active:true is named in the log", async () => {
    const { workspace, address, path, id } = await openMember();
    await workspace.scim("PATCH", path, suspend);
    const answer = await workspace.scim("PUT", path, userBody("lin@nowhere.test", { active: true }));
    expect(await rowOf(workspace, id)).toMatchObject({ address, state: "active" });
    expect(await notesOf(answer)).toContain("nowhere.test is not verified here");
  });

  test("an invite's letter case alone is no change: the link lives, nobody is mailed again", async () => {
    const workspace = await openWorkspace("change");
    const address = guestOf(workspace);
    const id = await addPerson(workspace, address);
    const secret = await inviteSecret(workspace, address);
    await workspace.scim("PATCH", `/Users/${id}`, setTo("userName", address.toUpperCase()));
    expect(await rowOf(workspace, id)).toMatchObject({ address, userName: address.toUpperCase() });
    expect(await findInvite(secret)).not.toBeNull();
    expect([...(await mailsTo(workspace, address)), ...(await mailsTo(workspace, address.toUpperCase()))]).toEqual([
      "invite",
    ]);
  });

  test("an invite's that comes to a verified domain makes a member: same id and seat, the old link dead", async () => {
    const workspace = await openWorkspace("change");
    const [old, next] = [guestOf(workspace), `lin@${workspace.domain}`];
    const id = await addPerson(workspace, old);
    const [secret, seats] = [await inviteSecret(workspace, old), await seatsOf(workspace)];
    await workspace.scim("PATCH", `/Users/${id}`, setTo("userName", next));
    expect(await rowOf(workspace, id)).toMatchObject({ state: "active", address: next });
    expect(await findInvite(secret)).toBeNull();
    expect(await mailsTo(workspace, next)).toEqual(["added", "welcome"]);
    expect(await seatsOf(workspace)).toBe(seats);
    expect(await eventsOf(workspace, id)).toEqual(["membership.invited", "membership.joined", "membership.updated"]);
  });
});

describe("T06 an admin invite whose address changes", () => {
  type Change = (workspace: TestWorkspace, id: string, old: string, next: string) => Promise<unknown>;
  const ways: [string, Change][] = [
    ["PATCH", (w, id, _, next) => w.scim("PATCH", `/Users/${id}`, setTo("userName", next))],
    ["PUT", (w, id, _, next) => w.scim("PUT", `/Users/${id}`, userBody(next))],
    [
      "POST with another e-mail",
      (w, _id, old, next) => w.scim("POST", "/Users", userBody(old, { emails: [email(next, "work", true)] })),
    ],
    [
      "cancelling it and renaming with active:true",
      async (w, id, _, next) => {
        await w.scim("PATCH", `/Users/${id}`, suspend);
        const both = [
          { op: "replace", path: "userName", value: next },
          { op: "replace", path: "active", value: true },
        ];
        await w.scim("PATCH", `/Users/${id}`, patchBody(...both));
      },
    ],
    [
      "renaming with active:false, then active:true",
      async (w, id, _, next) => {
        const both = [
          { op: "replace", path: "userName", value: next },
          { op: "replace", path: "active", value: false },
        ];
        await w.scim("PATCH", `/Users/${id}`, patchBody(...both));
        await w.scim("PATCH", `/Users/${id}`, reactivate);
      },
    ],
  ];
  const targets: [string, (workspace: TestWorkspace) => string][] = [
    ["to a verified domain", ({ domain }) => `evil@${domain}`],
    ["to another domain", (workspace) => guestOf(workspace)],
  ];
  const cases = ways.flatMap(([way, act]) => targets.map(([where, make]) => [way, where, act, make] as const));

  test.each(cases)("by %s, %s, becomes a member's", async (way, where, act, make) => {
    const workspace = await openWorkspace("escalate");
    const old = guestOf(workspace);
    const id = await addUnmanaged(workspace, old, "invited", "admin");
    await act(workspace, id, old, make(workspace));
    const row = await rowOf(workspace, id);
    if (way.startsWith("POST") && where === "to another domain") {
      expect(row, "the userName comes first").toMatchObject({ address: old, role: "admin", state: "invited" });
    } else {
      expect(row).toMatchObject({
        address: row.userName === old ? `evil@${workspace.domain}` : row.userName,
        role: "member",
      });
      expect(await eventsOf(workspace, id)).toContain("membership.role_changed");
    }
  });

  test.each(cases.filter(([way, where]) => !(way.startsWith("POST") && where === "to another domain")))(
    "by %s, %s, stays an admin's where SCIM may grant admin",
    async (_way, _where, act, make) => {
      const workspace = await openWorkspace("escalate");
      await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
      const old = guestOf(workspace);
      const id = await addUnmanaged(workspace, old, "invited", "admin");
      await act(workspace, id, old, make(workspace));
      expect(await rowOf(workspace, id)).toMatchObject({ role: "admin" });
    },
  );

  test("one that keeps its address keeps its role: adopted, cancelled and made again", async () => {
    const workspace = await openWorkspace("escalate");
    const old = guestOf(workspace);
    const id = await addUnmanaged(workspace, old, "invited", "admin");
    await workspace.scim("POST", "/Users", userBody(old));
    for (const body of [suspend, reactivate]) await workspace.scim("PATCH", `/Users/${id}`, body);
    expect(await rowOf(workspace, id)).toMatchObject({ state: "invited", role: "admin", address: old });
  });
});

describe("a userName of 32 hex digits before an address", () => {
  const hex = "0123456789abcdef0123456789abcdef";

  test("touches no login of a suspended person, by whichever request, with whatever e-mails, nor an admin's; nor does the way back to another name", async () => {
    const workspace = await openWorkspace("tomb");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address, {
      roles: [{ value: "admin" }],
      emails: [email(address, "work", true)],
    });
    const userId = await userIdOf(address);
    await workspace.scim("PATCH", `/Users/${id}`, suspend);
    const away = [
      { op: "replace", path: "userName", value: hex.toUpperCase() + address },
      { op: "replace", path: 'emails[type eq "work"].value', value: `away@${workspace.domain}` },
    ];
    await workspace.scim("PATCH", `/Users/${id}`, patchBody(...away));
    await workspace.scim("PATCH", `/Users/${id}`, setTo('emails[type eq "work"].value', `off@${workspace.domain}`));
    expect(await rowOf(workspace, id)).toMatchObject({ address, userId, role: "admin", state: "suspended" });
    const back = [
      { op: "replace", path: "userName", value: `back@${workspace.domain}` },
      { op: "replace", path: "active", value: true },
    ];
    await workspace.scim("PATCH", `/Users/${id}`, patchBody(...back));
    expect(await rowOf(workspace, id)).toMatchObject({ address, userId, role: "admin", state: "active" });
    expect(await mailsTo(workspace, address)).not.toContain("address_changed");
  });

  test("touches no login either where the request that suspends comes later: the way back leaves the address that signs in", async () => {
    const workspace = await openWorkspace("tomb");
    const address = `lin@${workspace.domain}`;
    const id = await addPerson(workspace, address);
    const userId = await userIdOf(address);
    await workspace.scim("PATCH", `/Users/${id}`, setTo("userName", hex + address));
    expect(await rowOf(workspace, id)).toMatchObject({ address, userId, state: "active", userName: hex + address });
    await workspace.scim("PATCH", `/Users/${id}`, suspend);
    await workspace.scim("PATCH", `/Users/${id}`, setTo("userName", address));
    await workspace.scim("PATCH", `/Users/${id}`, reactivate);
    expect(await rowOf(workspace, id)).toMatchObject({ address, userId, state: "active", userName: address });
  });

  test("31 digits, or 32 of another kind, are a name like any other", async () => {
    const workspace = await openWorkspace("tomb");
    for (const prefix of [hex.slice(1), `${hex.slice(1)}g`]) {
      const address = `mia${prefix.length}@${workspace.domain}`;
      const id = await addPerson(workspace, address);
      await workspace.scim("PATCH", `/Users/${id}`, suspend);
      await workspace.scim("PATCH", `/Users/${id}`, setTo("userName", prefix + address));
      expect(await rowOf(workspace, id)).toMatchObject({ address: prefix + address });
    }
  });
});

describe("an address that changes hands", () => {
  test.each(["active", "suspended"] as const)(
    "of somebody %s without a tombstone: the new person is stored without an account, listed as address in use",
    async (state) => {
      const workspace = await openWorkspace("use");
      const address = `lin@${workspace.domain}`;
      const holder = await addPerson(workspace, "lin", { emails: [email(address, "work", true)] });
      if (state === "suspended") await workspace.scim("PATCH", `/Users/${holder}`, suspend);
      const before = await rowOf(workspace, holder);
      const heir = await addPerson(workspace, address);
      expect(await rowOf(workspace, heir)).toMatchObject({ state: "invited", userId: null, address: null });
      expect(await rowOf(workspace, holder)).toEqual(before);
      const { members } = await listMembers(workspace.id, { state: "invited" });
      expect(members).toMatchObject([{ id: heir, waiting: "Email address in use by another member" }]);
      expect(await mailsTo(workspace, address)).not.toContain("invite");
    },
  );

  test("is listed so also where an e-mail names it, and not where only a private e-mail does", async () => {
    const workspace = await openWorkspace("use");
    const address = `admin@${workspace.domain}`;
    const cases = [
      ["work", [email(address, "work")], "Email address in use by another member"],
      ["primary", [email(address, "home", true)], "Email address in use by another member"],
      ["home", [email(address, "home")], "Waiting for an email address"],
      ["none", [], "Waiting for an email address"],
    ] as const;
    for (const [userName, emails, waiting] of cases) {
      const id = await addPerson(workspace, userName, { emails });
      const { members } = await listMembers(workspace.id, { search: userName });
      expect(members).toMatchObject([{ id, waiting, email: null }]);
    }
  });

  test("the same on a domain that is not verified", async () => {
    const workspace = await openWorkspace("use");
    const address = guestOf(workspace);
    const holder = await addPerson(workspace, "lin", { emails: [email(address, "work", true)] });
    await acceptInvite(await inviteSecret(workspace, address), names);
    const before = await rowOf(workspace, holder);
    const heir = await addPerson(workspace, address);
    expect(await rowOf(workspace, heir)).toMatchObject({ state: "invited", userId: null, address: null });
    expect(await rowOf(workspace, holder)).toEqual(before);
    expect(await mailsTo(workspace, address)).toEqual(["invite"]);
  });

  test("two invites of one address: who accepts first has the account, the other link is dead", async () => {
    const workspace = await openWorkspace("use");
    const address = guestOf(workspace);
    const first = await addPerson(workspace, address);
    const secret = await inviteSecret(workspace, address);
    const second = await addPerson(workspace, "lin", { emails: [email(address, "work", true)] });
    const other = await inviteSecret(workspace, address);
    expect(other).not.toBe(secret);
    await acceptInvite(secret, names);
    await expect(acceptInvite(other, names)).rejects.toMatchObject({ reason: "invite_dead" });
    expect(await rowOf(workspace, first)).toMatchObject({ state: "active", userId: await userIdOf(address) });
    expect(await rowOf(workspace, second)).toMatchObject({ state: "invited", userId: null });
  });

  test("an admin's invite on a domain that was verified since, whose address another member has got: its link is dead", async () => {
    const workspace = await openWorkspace("use");
    const late = `late-${workspace.domain}`;
    const address = `lin@${late}`;
    const invited = await addUnmanaged(workspace, address, "invited");
    await verify(workspace, late);
    const member = await addPerson(workspace, "lin", { emails: [email(address, "work", true)] });
    expect(await rowOf(workspace, member)).toMatchObject({ state: "active", address });
    await expect(acceptInvite(await inviteSecret(workspace, address), names)).rejects.toMatchObject({
      reason: "invite_dead",
    });
    expect(await rowOf(workspace, invited)).toMatchObject({ state: "invited", userId: null });
  });

  test("of somebody under a tombstone on another domain: who accepts the invite has the account, reset; the old one keeps history only", async () => {
    const workspace = await openWorkspace("use");
    const address = guestOf(workspace);
    const old = await addPerson(workspace, address);
    await acceptInvite(await inviteSecret(workspace, address), names);
    const userId = await userIdOf(address);
    const leave = [
      { op: "replace", path: "userName", value: `${"0123456789abcdef".repeat(2)}${address}` },
      { op: "replace", path: "active", value: false },
    ];
    await workspace.scim("PATCH", `/Users/${old}`, patchBody(...leave));
    const cookie = await openSession(userId, visitor);
    const heir = await addPerson(workspace, address);
    expect(await rowOf(workspace, heir)).toMatchObject({ state: "invited", address });
    await acceptSignedIn(workspace, address);
    expect(await rowOf(workspace, heir)).toMatchObject({ state: "active", userId });
    expect(await rowOf(workspace, old)).toMatchObject({ state: "suspended", userId: null });
    expect(await sessionOf(cookie)).toBeNull();
  });

  test("T14 an invite that is accepted after a DELETE meets the old account: it starts afresh", async () => {
    const workspace = await openWorkspace("use");
    const address = guestOf(workspace);
    const old = await addPerson(workspace, address);
    await acceptInvite(await inviteSecret(workspace, address), names);
    const userId = await userIdOf(address);
    await workspace.scim("DELETE", `/Users/${old}`);
    const cookie = await openSession(userId, visitor);
    await run(
      sql`INSERT INTO "Account" ("userId", type, provider, "providerAccountId") VALUES (${userId}, 'oauth', 'oidc', ${userId})`,
    );
    const heir = await addPerson(workspace, address);
    expect(heir).not.toBe(old);
    await acceptSignedIn(workspace, address);
    expect(await rowOf(workspace, heir)).toMatchObject({ state: "active", userId });
    expect(await sessionOf(cookie)).toBeNull();
    expect(await all(sql`SELECT 1 FROM "Account" WHERE "userId" = ${userId}`)).toEqual([]);
  });

  test("neither externalId nor e-mail makes a known person of a new one", async () => {
    const workspace = await openWorkspace("use");
    const address = `lin@${workspace.domain}`;
    const person = await addPerson(workspace, address, { externalId: "e1", emails: [email(address, "work", true)] });
    const other = await addPerson(workspace, `other@${workspace.domain}`, {
      externalId: "e1",
      emails: [email(address, "work", true)],
    });
    expect(other).not.toBe(person);
    expect(await rowOf(workspace, other)).toMatchObject({
      state: "active",
      address: `other@${workspace.domain}`,
      externalId: "e1",
    });
    await addPerson(workspace, `third@${workspace.domain}`, { externalId: "E1" });
    const { body } = await workspace.scim("GET", '/Users?filter=externalId+eq+"e1"');
    expect(body.totalResults, "in its own case, and not unique").toBe(2);
  });
});
