import { beforeAll, describe, expect, test } from "vitest";
import { all, one, sql } from "@/lib/db";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import {
  add,
  type Body,
  change,
  expectError,
  find,
  insertPeople,
  membersOf,
  nobody,
  type Resource,
  read,
  urn,
} from "./support";

// W1–W19: POST, PUT and DELETE (RFC 7644 §3.3, §3.5.1, §3.6; D-38, D-65).

const { user, group, enterprise } = urn;
const muster = "urn:ietf:params:scim:schemas:extension:muster:2.0:User";

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let people = 0;

  const at = (name: string) => `${name}@${workspace.domain}`;
  const newName = () => at(`person${++people}`);
  const addUser = (more: Body = {}, name = newName()) => add(scim, "/Users", userBody(name, more));

  /** A PUT that must succeed, and what is stored afterwards. */
  async function put(path: string, body: Body): Promise<Resource> {
    const answer = await scim("PUT", path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const stored = await read(scim, path);
    expect(answer.body).toEqual(stored);
    return stored;
  }

  async function countUsers(): Promise<number> {
    return (await scim("GET", "/Users?count=0")).body.totalResults as number;
  }

  beforeAll(async () => {
    workspace = await openWorkspace("ww");
    scim = open(workspace.token.secret);
  });

  test("W1 POST ignores what is read-only and answers 201 with the whole resource and its Location", async () => {
    const meta = {
      resourceType: "Group",
      location: "http://evil.test/x",
      version: 'W/"99"',
      created: "2001-01-01T00:00:00Z",
    };
    const readOnly = { id: nobody, meta, groups: [{ value: nobody, display: "Admins" }] };
    const name = newName();
    const person = await scim("POST", "/Users", userBody(name, { ...readOnly, title: "T", displayName: "D" }));
    const team = await scim("POST", "/Groups", { schemas: [group], ...readOnly, displayName: "W1", externalId: "e" });
    const wanted = [
      [person, "/Users", "User", { userName: name, title: "T", displayName: "D", active: true, schemas: [user] }],
      [team, "/Groups", "Group", { displayName: "W1", externalId: "e", schemas: [group] }],
    ] as const;
    for (const [answer, endpoint, resourceType, values] of wanted) {
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject(values);
      const { id, meta: stored } = answer.body as Resource;
      expect(id).not.toBe(nobody);
      expect(stored).toMatchObject({ resourceType, location: `http://muster.test/scim/v2${endpoint}/${id}` });
      expect(stored.created).not.toBe(meta.created);
      expect(stored.version).not.toBe(meta.version);
      expect(answer.headers.get("location")).toBe(stored.location);
      expect(await read(scim, `${endpoint}/${id}`)).toEqual(answer.body);
    }
    expect(person.body).not.toHaveProperty("groups");
  });

  test("W2 a userName that differs in case, width or composition only is taken; of many POSTs at once one wins", async () => {
    const name = at("zoë.w2");
    const first = await addUser({ title: "first" }, name);
    const wide = name.replace("w2", "ｗ２");
    for (const same of [name, name.toUpperCase(), wide, name.normalize("NFD"), wide.toUpperCase()]) {
      expectError(await scim("POST", "/Users", userBody(same, { title: "second" })), 409, "uniqueness");
    }
    expect(await read(scim, `/Users/${first.id}`)).toEqual(first);
    for (const round of [1, 2, 3]) {
      const wanted = at(`race${round}`);
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) => scim("POST", "/Users", userBody(n % 2 ? wanted : wanted.toUpperCase()))),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, ...Array.from({ length: 11 }, () => 409)]);
      for (const answer of answers.filter(({ status }) => status === 409)) expectError(answer, 409, "uniqueness");
      expect(await find(scim, "/Users", `userName eq "${wanted}"`)).toHaveLength(1);
    }
  });

  test("W3 people may share an e-mail address", async () => {
    const emails = [{ value: at("shared"), type: "work", primary: true }];
    const [first, second] = [await addUser({ emails }), await addUser({ emails })];
    const found = await find(scim, "/Users", `emails.value eq "${at("shared")}"`);
    expect(found.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    const third = await addUser();
    const stored = await change(scim, `/Users/${third.id}`, patchBody({ op: "add", path: "emails", value: emails }));
    expect(stored.emails).toEqual(emails);
  });

  test("W4 an externalId may stand twice, and is nobody's in another workspace", async () => {
    const [first, second] = [await addUser({ externalId: "W4" }), await addUser({ externalId: "W4" })];
    const found = await find(scim, "/Users", 'externalId eq "W4"');
    expect(found.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    await add(scim, "/Groups", { displayName: "W4 a", externalId: "W4" });
    await add(scim, "/Groups", { displayName: "W4 b", externalId: "W4" });
    expect(await find(scim, "/Groups", 'externalId eq "W4"')).toHaveLength(2);
    const other = await openWorkspace("wwother");
    const client = open(other.token.secret);
    expect(await find(client, "/Users", 'externalId eq "W4"')).toEqual([]);
    await add(client, "/Users", userBody(`x@${other.domain}`, { externalId: "W4" }));
    expect(await find(scim, "/Users", 'externalId eq "W4"')).toHaveLength(2);
  });

  test("W5 null, an empty list, an empty text and nothing at all are the same", async () => {
    const spellings: Body[] = [
      {},
      { title: null, nickName: null, emails: null, name: null, [enterprise]: null, roles: null, externalId: null },
      { title: "", nickName: "", emails: [], name: {}, [enterprise]: {}, roles: [], externalId: "" },
      { emails: [{ value: null }], name: { givenName: null }, [enterprise]: { department: null, manager: null } },
    ];
    for (const spelling of spellings) {
      const made = await addUser(spelling);
      const names = Object.keys(made).sort();
      expect(names, JSON.stringify(spelling)).toEqual(["active", "id", "meta", "schemas", "userName"]);
      expect(made).toMatchObject({ active: true, schemas: [user] });
    }
    const values = {
      title: "T",
      emails: [{ value: "a@x.test" }],
      name: { givenName: "G" },
      [enterprise]: { department: "D" },
    };
    for (const spelling of spellings) {
      const name = newName();
      const { id } = await addUser(values, name);
      const stored = await put(`/Users/${id}`, userBody(name, spelling));
      for (const attribute of ["title", "emails", "name", enterprise]) expect(stored).not.toHaveProperty([attribute]);
    }
    expect(await addUser({ active: null })).toMatchObject({ active: true });
  });

  test("W6 PUT clears what it leaves out, but active, roles, appRole and externalId, which it clears by null", async () => {
    const name = newName();
    const kept = { externalId: "W6", roles: [{ value: "viewer", primary: true }], [muster]: { appRole: "member" } };
    const cleared = {
      title: "T",
      emails: [{ value: "w6@x.test" }],
      name: { givenName: "G" },
      [enterprise]: { department: "D" },
    };
    const { id } = await addUser({ ...kept, ...cleared, active: false }, name);
    const path = `/Users/${id}`;
    const stored = await put(
      path,
      userBody(name, { nickName: "N", groups: [{ value: nobody }], password: "x", id: nobody }),
    );
    expect(stored).toMatchObject({ id, nickName: "N", active: false, ...kept });
    for (const attribute of [...Object.keys(cleared), "groups", "password"])
      expect(stored).not.toHaveProperty([attribute]);
    expect(await put(path, userBody(name, { active: null }))).toMatchObject({ active: false, ...kept });
    const nulls = { externalId: null, roles: [], [muster]: { appRole: null }, active: true };
    const emptied = await put(path, userBody(name, nulls));
    expect(emptied.active).toBe(true);
    for (const attribute of Object.keys(kept)) expect(emptied).not.toHaveProperty([attribute]);
    for (const body of [{ schemas: [user] }, userBody(""), userBody("  "), { schemas: [user], userName: null }]) {
      expectError(await scim("PUT", path, body), 400, "invalidValue");
    }
    const team = await add(scim, "/Groups", { displayName: "W6", externalId: "W6" });
    expect(await put(`/Groups/${team.id}`, { schemas: [group], displayName: "W6 b" })).toMatchObject({
      externalId: "W6",
    });
    expect(await put(`/Groups/${team.id}`, { displayName: "W6 b", externalId: null })).not.toHaveProperty("externalId");
    for (const body of [{ schemas: [group] }, { displayName: "" }, { displayName: " " }, { displayName: null }]) {
      expectError(await scim("PUT", `/Groups/${team.id}`, body), 400, "invalidValue");
    }
    expect(await read(scim, path)).toEqual(emptied);
    expect(await read(scim, `/Groups/${team.id}`)).toMatchObject({ displayName: "W6 b" });
  });

  test("W7 PUT to an unknown id is 404 and makes nothing", async () => {
    const before = await countUsers();
    for (const id of [nobody, "nobody", "1"]) {
      expectError(await scim("PUT", `/Users/${id}`, userBody(at("w7"), { id })), 404);
      expectError(await scim("PUT", `/Groups/${id}`, { displayName: "W7", id }), 404);
    }
    expect(await countUsers()).toBe(before);
    expect(await find(scim, "/Groups", 'displayName eq "W7"')).toEqual([]);
  });

  test("W8 another id in the body of a PUT is ignored", async () => {
    const [name, other] = [newName(), await addUser({ title: "other" })];
    const { id } = await addUser({}, name);
    for (const given of [other.id, nobody, "x", null, 7]) {
      expect(await put(`/Users/${id}`, userBody(name, { id: given, nickName: String(given) }))).toMatchObject({ id });
    }
    expect(await read(scim, `/Users/${other.id}`)).toEqual(other);
    const team = await add(scim, "/Groups", { displayName: "W8" });
    expect(await put(`/Groups/${team.id}`, { displayName: "W8", id: nobody })).toMatchObject({ id: team.id });
  });

  test("W9 PUT of what was read changes nothing: no version, no time, no audit event", async () => {
    const person = await addUser({
      externalId: "W9",
      active: false,
      displayName: "  Zoë  ",
      name: { givenName: "Zoë", familyName: "W" },
      emails: [{ value: "W9@X.test", type: "Work", primary: true }],
      roles: [{ value: '{"looks":"packed"}', primary: true }],
      [enterprise]: { department: "D", manager: { value: nobody } },
      [muster]: { appRole: "member" },
    });
    const team = await add(scim, "/Groups", { displayName: " W9 ", externalId: "W9", members: [{ value: person.id }] });
    const events = () =>
      one<{ count: number }>(sql`SELECT count(*) AS count FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id}`);
    const before = await events();
    for (const path of [`/Users/${person.id}`, `/Groups/${team.id}`]) {
      const shown = await scim("GET", path);
      const answer = await scim("PUT", path, shown.body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      expect(answer.body).toEqual(shown.body);
      expect(answer.headers.get("etag")).toBe(shown.headers.get("etag"));
      expect(await read(scim, path)).toEqual(shown.body);
    }
    expect(await events()).toEqual(before);
  });

  test("W10 PUT of a group without members empties it, thousands at once and all or nothing", async () => {
    const ids = await insertPeople(workspace, 3_000);
    const members = ids.map((value) => ({ value }));
    const { id } = await add(scim, "/Groups", { displayName: "W10" });
    const path = `/Groups/${id}`;
    expect((await scim("PUT", path, { displayName: "W10", members })).status).toBe(200);
    expect(await membersOf(scim, id)).toEqual(ids);
    const half = await scim("PUT", path, {
      displayName: "W10 b",
      members: [...members.slice(0, 9), { value: nobody }],
    });
    expectError(half, 400, "invalidValue");
    expect(await read(scim, `${path}?excludedAttributes=members`)).toMatchObject({ displayName: "W10" });
    expect(await membersOf(scim, id)).toEqual(ids);
    expect((await scim("PUT", path, { displayName: "W10" })).status).toBe(200);
    expect(await membersOf(scim, id)).toEqual([]);
    for (const empty of [[], null]) {
      await scim("PUT", path, { displayName: "W10", members: members.slice(0, 2) });
      expect(await membersOf(scim, id)).toHaveLength(2);
      expect((await scim("PUT", path, { displayName: "W10", members: empty })).status).toBe(200);
      expect(await membersOf(scim, id)).toEqual([]);
    }
  });

  test("W11 names and URNs count in any case, and two spellings of one name in a body are 400 invalidSyntax", async () => {
    const name = newName();
    const made = await add(scim, "/Users", {
      SCHEMAS: [user.toUpperCase(), enterprise.toLowerCase()],
      USERNAME: name,
      Emails: [{ VALUE: "w11@x.test", Type: "work", PRIMARY: true }],
      name: { GIVENNAME: "G", FamilyName: "F" },
      Active: false,
      [enterprise.toUpperCase()]: { DEPARTMENT: "D", Manager: { Value: "m" } },
    });
    expect(made).toMatchObject({
      schemas: [user, enterprise],
      userName: name,
      active: false,
      emails: [{ value: "w11@x.test", type: "work", primary: true }],
      name: { givenName: "G", familyName: "F" },
      [enterprise]: { department: "D", manager: { value: "m" } },
    });
    expect(Object.keys(made)).not.toContain("USERNAME");
    const twice: Body[] = [
      { title: "a", Title: "b" },
      { [enterprise]: { department: "a" }, [enterprise.toUpperCase()]: { division: "b" } },
      { name: { givenName: "a", GivenName: "b" } },
      { emails: [{ value: "a@x.test", Value: "b@x.test" }] },
      { [enterprise]: { department: "a", Department: "b" } },
      { [enterprise]: { manager: { value: "a", VALUE: "b" } } },
    ];
    const taken: string[] = [];
    for (const more of twice) {
      const unused = newName();
      const posted = await scim("POST", "/Users", userBody(unused, more));
      const put = await scim("PUT", `/Users/${made.id}`, userBody(name, more));
      const isRefused = [posted, put].every(({ status, body }) => status === 400 && body.scimType === "invalidSyntax");
      if (!isRefused) taken.push(JSON.stringify(more));
      else expect(await find(scim, "/Users", `userName eq "${unused}"`)).toEqual([]);
    }
    expect(taken).toEqual([]);
    expectError(await scim("POST", "/Groups", { displayName: "W11", DisplayName: "W11" }), 400, "invalidSyntax");
    expect(await read(scim, `/Users/${made.id}`)).toEqual(made);
  });

  test("W12 the order of schemas means nothing, and an extension counts without being listed", async () => {
    const extension = { [enterprise]: { department: "D" } };
    for (const schemas of [
      [user, enterprise],
      [enterprise, user],
      [user],
      [enterprise],
      [user, user, enterprise],
      undefined,
    ]) {
      const made = await add(scim, "/Users", { ...(schemas && { schemas }), userName: newName(), ...extension });
      expect(made).toMatchObject({ schemas: [user, enterprise], ...extension });
      expect(await read(scim, `/Users/${made.id}`)).toEqual(made);
    }
    const listed = await addUser({ schemas: [user, enterprise] });
    expect(listed).toMatchObject({ schemas: [user] });
    for (const schemas of [user, { 0: user }, [user, 7]]) {
      expectError(await scim("POST", "/Users", userBody(newName(), { schemas })), 400, "invalidSyntax");
    }
  });

  test("W13 a value of another type is 400 invalidValue; what is coerced is stored as its own type", async () => {
    const wrong: Body[] = [
      { title: true },
      { title: { a: 1 } },
      { title: ["a", "b"] },
      { title: ["a"] },
      { active: "yes" },
      { active: 1 },
      { active: { value: true } },
      { active: "1" },
      { name: "Ada" },
      { name: 7 },
      { name: ["Ada", "Byron"] },
      { name: { givenName: { a: 1 } } },
      { name: { givenName: true } },
      { emails: [{ value: "a@x.test", primary: "maybe" }] },
      { emails: [{ value: ["a@x.test", "b@x.test"] }] },
      { emails: [true] },
      { emails: [[{ value: "a@x.test" }]] },
      { addresses: ["1 Way"] },
      { externalId: { a: 1 } },
      { [enterprise]: { department: false } },
      { [enterprise]: { manager: { value: { a: 1 } } } },
    ];
    const { id } = await addUser();
    const before = await read(scim, `/Users/${id}`);
    const taken: string[] = [];
    for (const more of wrong) {
      const name = newName();
      const posted = await scim("POST", "/Users", userBody(name, more));
      const put = await scim("PUT", `/Users/${id}`, userBody(String(before.userName), more));
      const isRefused = [posted, put].every(({ status, body }) => status === 400 && body.scimType === "invalidValue");
      if (!isRefused) taken.push(JSON.stringify(more));
      else expect(await find(scim, "/Users", `userName eq "${name}"`)).toEqual([]);
    }
    expect(taken).toEqual([]);
    expect(await read(scim, `/Users/${id}`)).toEqual(before);
    for (const [text, active] of [
      ["True", true],
      ["false", false],
      ["FALSE", false],
      ["true", true],
    ] as const) {
      const made = await addUser({ active: text, emails: [{ value: "w13@x.test", primary: text }] });
      expect(await read(scim, `/Users/${made.id}`)).toMatchObject({ active, emails: [{ primary: active }] });
    }
    const okta = await addUser({
      externalId: 701984,
      addresses: [{ postalCode: 91608 }],
      [enterprise]: { employeeNumber: 7 },
    });
    const numbers = {
      externalId: "701984",
      addresses: [{ postalCode: "91608" }],
      [enterprise]: { employeeNumber: "7" },
    };
    expect(await read(scim, `/Users/${okta.id}`)).toMatchObject(numbers);
  });

  test("W14 a type that nobody suggested is taken as it is, and types compare in any case", async () => {
    const emails = [
      { value: "a@x.test", type: "Work" },
      { value: "b@x.test", type: "boat" },
      { value: "c@x.test", type: "HOME" },
    ];
    const { id, userName } = await addUser({ emails });
    expect(await read(scim, `/Users/${id}`)).toMatchObject({ emails });
    const own = `userName eq "${userName}" and`;
    for (const type of ["work", "WORK", "boat", "Boat", "home"]) {
      expect(await find(scim, "/Users", `${own} emails[type eq "${type}"]`), type).toHaveLength(1);
    }
    const operations = [
      { op: "replace", path: 'emails[type eq "work"].value', value: "a2@x.test" },
      { op: "replace", path: 'emails[type eq "BOAT"].value', value: "b2@x.test" },
    ];
    const stored = await change(scim, `/Users/${id}`, patchBody(...operations));
    const [work, boat, home] = emails;
    expect(stored.emails).toEqual([{ ...work, value: "a2@x.test" }, { ...boat, value: "b2@x.test" }, home]);
  });

  test("W15 of two primary values the later one wins, and a repeated value of one type is stored once", async () => {
    const emails = [
      { value: "a@x.test", type: "work", primary: true },
      { value: "b@x.test", type: "home", primary: true },
      { value: "a@x.test", type: "work" },
      { value: "a@x.test", type: "other" },
    ];
    const wanted = [
      { value: "a@x.test", type: "work", primary: false },
      { value: "b@x.test", type: "home", primary: true },
      { value: "a@x.test", type: "other" },
    ];
    const name = newName();
    const { id } = await addUser({ emails }, name);
    expect((await read(scim, `/Users/${id}`)).emails).toEqual(wanted);
    const turned = [emails[1], emails[0], emails[3]];
    const stored = await put(`/Users/${id}`, userBody(name, { emails: turned }));
    expect(stored.emails).toEqual([{ ...emails[1], primary: false }, emails[0], emails[3]]);
    const member = { value: id };
    const team = await add(scim, "/Groups", {
      displayName: "W15",
      members: [member, member, { ...member, type: "User" }],
    });
    expect(await membersOf(scim, team.id)).toEqual([id]);
  });

  test("W16 an id holds no reserved word and is never used again", async () => {
    const issued = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const person = await addUser({ externalId: "bulkId:1", id: "bulkId:1" }, at("w16"));
      const team = await add(scim, "/Groups", { displayName: "W16", externalId: "bulkId:2", id: "bulkId:2" });
      for (const { id } of [person, team]) {
        expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(id.toLowerCase()).not.toContain("bulkid");
        issued.add(id);
      }
      expect((await scim("DELETE", `/Users/${person.id}`)).status).toBe(204);
      expect((await scim("DELETE", `/Groups/${team.id}`)).status).toBe(204);
    }
    expect(issued.size).toBe(6);
    for (const id of issued) {
      expectError(await scim("GET", `/Users/${id}`), 404);
      expectError(await scim("GET", `/Groups/${id}`), 404);
    }
  });

  test("W17 DELETE is 204 without a body; then it is gone for every method and list, and its name is free", async () => {
    const name = newName();
    const person = await addUser({ externalId: "W17" }, name);
    const team = await add(scim, "/Groups", { displayName: "W17", externalId: "W17" });
    const cases = [
      ["/Users", person, userBody(name), `userName eq "${name}"`],
      ["/Groups", team, { displayName: "W17" }, 'displayName eq "W17"'],
    ] as const;
    for (const [endpoint, { id }, body, byName] of cases) {
      const path = `${endpoint}/${id}`;
      const gone = await scim("DELETE", path);
      expect(gone).toMatchObject({ status: 204, body: {} });
      expect(gone.headers.get("content-type")).toBeNull();
      expectError(await scim("GET", path), 404);
      expectError(await scim("PUT", path, body), 404);
      expectError(await scim("PATCH", path, patchBody({ op: "replace", path: "externalId", value: "x" })), 404);
      expectError(await scim("DELETE", path), 404);
      for (const filter of [byName, `id eq "${id}"`, 'externalId eq "W17"']) {
        expect(await find(scim, endpoint, filter), filter).toEqual([]);
      }
      const again = await add(scim, endpoint, body);
      expect(again.id).not.toBe(id);
      expectError(await scim("GET", path), 404);
    }
  });

  test("W18 a deleted person leaves every group, whose version moves, and stays named as a manager", async () => {
    const [gone, kept] = [await addUser(), await addUser()];
    const members = [{ value: gone.id }, { value: kept.id }];
    const teams = [
      await add(scim, "/Groups", { displayName: "W18 a", members }),
      await add(scim, "/Groups", { displayName: "W18 b", members: members.slice(0, 1) }),
    ];
    const report = await addUser({ [enterprise]: { manager: { value: gone.id } } });
    expect((await scim("DELETE", `/Users/${gone.id}`)).status).toBe(204);
    const [first, second] = [await read(scim, `/Groups/${teams[0]?.id}`), await read(scim, `/Groups/${teams[1]?.id}`)];
    expect(first.members).toMatchObject([{ value: kept.id }]);
    expect(await membersOf(scim, second.id)).toEqual([]);
    expect(first.meta.version).not.toBe(teams[0]?.meta.version);
    expect(second.meta.version).not.toBe(teams[1]?.meta.version);
    expect(await find(scim, "/Groups", `members.value eq "${gone.id}"`)).toEqual([]);
    // The report keeps the manager that was sent (D-86, R-31), without a $ref to somebody who is gone.
    const manager = { value: gone.id };
    const after = await read(scim, `/Users/${report.id}`);
    expect(after).toEqual({
      ...report,
      [enterprise]: { manager },
      meta: { ...report.meta, version: after.meta.version },
    });
    expect(after.meta.version, "a copy that names the address is not current any more").not.toBe(report.meta.version);
  });

  test("W19 a password is in no answer, no row and no log", async () => {
    const secret = "Pa55-k3y7q0zx";
    const name = newName();
    const posted = await scim("POST", "/Users", userBody(name, { password: secret }));
    expect(posted.status).toBe(201);
    const path = `/Users/${posted.body.id}`;
    const answers = [
      posted,
      await scim("POST", "/Users", userBody(name, { PassWord: secret })),
      await scim("PUT", path, userBody(name, { password: secret, title: "T" })),
      await scim("PATCH", path, patchBody({ op: "replace", path: "password", value: secret })),
      await scim("PATCH", path, patchBody({ op: "replace", value: { password: secret, title: "U" } })),
      await scim("PATCH", path, patchBody({ op: "add", path: `${user}:password`, value: secret })),
      await scim("PATCH", path, patchBody({ op: "remove", path: "password" }, { op: "remove", path: "userName" })),
      await scim("PUT", path, { schemas: [user], password: secret }),
      await scim("GET", path),
      await scim("GET", `/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 409, 200, 200, 200, 200, 400, 400, 200, 200]);
    for (const { body } of answers) expect(JSON.stringify(body)).not.toContain(secret);
    await flushRequestLog();
    const tables = {
      ScimRequest: await all(sql`SELECT t::text AS row FROM "ScimRequest" t WHERE "workspaceId" = ${workspace.id}`),
      AuditEvent: await all(sql`SELECT t::text AS row FROM "AuditEvent" t WHERE "workspaceId" = ${workspace.id}`),
      Membership: await all(sql`SELECT t::text AS row FROM "Membership" t WHERE "workspaceId" = ${workspace.id}`),
      User: await all(sql`SELECT t::text AS row FROM "User" t`),
      Mail: await all(sql`SELECT t::text AS row FROM "Mail" t`),
    };
    for (const [table, rows] of Object.entries(tables)) {
      expect(rows.length, table).toBeGreaterThan(0);
      expect(JSON.stringify(rows).includes(secret), `${table} holds the password`).toBe(false);
    }
  });
});
