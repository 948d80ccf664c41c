import { beforeAll, describe, expect, test } from "vitest";
import { findSession, openSession } from "@/lib/auth";
import { one, sql } from "@/lib/db";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { setSeatLimit } from "@/lib/workspace/workspaces/settings";
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

// PATCH in both dialects, without and with the flag aadOptscim062020 (D-66, D-67).

const { user, enterprise } = urn;
const disable = { op: "Replace", path: "active", value: "False" };
const enable = { op: "Replace", path: "active", value: "True" };

type Login = { state: string; address: string | null; userId: string | null; email: string | null };

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let people = 0;
  let teams = 0;

  const at = (name: string) => `${name}@${workspace.domain}`;
  const newName = () => at(`person${++people}`);
  const addUser = (more: Body = {}, name = newName()) => add(scim, "/Users", userBody(name, more));
  const addTeam = (...ids: string[]) =>
    add(scim, "/Groups", {
      displayName: `Team ${++teams}`,
      externalId: `t${teams}`,
      members: ids.map((value) => ({ value })),
    });
  const patchUser = ({ id }: { id: string }, ...operations: Body[]) =>
    change(scim, `/Users/${id}`, patchBody(...operations));
  const patchTeam = ({ id }: { id: string }, ...operations: Body[]) =>
    change(scim, `/Groups/${id}`, patchBody(...operations));

  async function addPeople(count: number): Promise<string[]> {
    const made: string[] = [];
    for (let n = 0; n < count; n++) made.push((await addUser()).id);
    return made.sort();
  }

  async function loginOf(id: string): Promise<Login | null> {
    return one<Login>(sql`
      SELECT m.state, m.address, m."userId", u.email FROM "Membership" m LEFT JOIN "User" u ON u.id = m."userId" WHERE m.id = ${id}`);
  }

  beforeAll(async () => {
    workspace = await openWorkspace("rp");
    scim = open(workspace.token.secret);
  });

  test("R-41 operation names, attribute names and paths count in any case", async () => {
    const person = await addUser({ emails: [{ type: "work", value: "a@x.test" }] });
    const stored = await patchUser(
      person,
      { op: "Replace", path: "DISPLAYNAME", value: "D" },
      { op: "ADD", path: "Name.GIVENNAME", value: "G" },
      { op: "replace", path: 'EMAILS[TYPE EQ "WORK"].VALUE', value: "b@x.test" },
      { op: "add", path: `${enterprise.toUpperCase()}:DEPARTMENT`, value: "Dep" },
      { op: "Add", path: "nickname", value: "N" },
      { op: "REMOVE", path: "NickName" },
      { op: "replace", value: { Title: "T", "NAME.familyname": "F" } },
    );
    expect(stored).toMatchObject({
      displayName: "D",
      title: "T",
      name: { givenName: "G", familyName: "F" },
      emails: [{ type: "work", value: "b@x.test" }],
      [enterprise]: { department: "Dep" },
    });
    expect(stored).not.toHaveProperty("nickName");
    const team = await addTeam();
    await patchTeam(team, { op: "ADD", path: "Members", value: [{ VALUE: person.id }] });
    expect(await membersOf(scim, team.id)).toEqual([person.id]);
    await patchTeam(team, { op: "Remove", path: `MEMBERS[Value Eq "${person.id}"]` });
    expect(await membersOf(scim, team.id)).toEqual([]);
  });

  test("R-42 PATCH of a user or group is 200 with the resource as it is now (DESIGN §5 over 204)", async () => {
    const person = await addUser();
    const team = await addTeam(person.id);
    for (const [path, operations] of [
      [`/Users/${person.id}`, [disable, { op: "Replace", path: "displayName", value: "Lin O." }]],
      [`/Groups/${team.id}`, [{ op: "replace", value: { externalId: "new" } }]],
      [`/Groups/${team.id}`, [{ op: "Add", path: "members", value: [{ $ref: null, value: person.id }] }]],
      [`/Groups/${team.id}`, [{ op: "Remove", path: "members", value: [{ $ref: null, value: person.id }] }]],
    ] as const) {
      const answer = await scim("PATCH", path, patchBody(...operations));
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(await read(scim, path));
    }
    const excluded = `/Groups/${team.id}?excludedAttributes=members`;
    const answer = await scim("PATCH", excluded, patchBody({ op: "replace", value: { displayName: "R-42" } }));
    expect(answer).toMatchObject({ status: 200, body: { displayName: "R-42" } });
    expect(answer.body).not.toHaveProperty("members");
  });

  test("R-43 what can't be mapped is ignored, so that it never keeps somebody active; a wrong value refuses all", async () => {
    const unknown = [
      "favouriteColour",
      "name.shoeSize",
      "urn:acme:2.0:User:badge",
      `${enterprise}:shoeSize`,
      'nonsense[type eq "work"].value',
    ];
    unknown.push('emails[type eq "work"].verified', 'phoneNumbers[type eq "work"].extension', "emails.verified");
    const before = [{ op: "Replace", path: "title", value: "T" }];
    const operations = unknown.flatMap((path) => [
      { op: "Replace", path, value: "x" },
      { op: "Add", path, value: "x" },
      { op: "Remove", path },
      { op: "replace", value: { [path]: "x" } },
    ]);
    const wanted = {
      status: 200,
      title: "T",
      active: false,
      names: ["active", "id", "meta", "schemas", "title", "userName"],
    };
    const found: unknown[] = [];
    for (const operation of operations) {
      const { id } = await addUser();
      const { status } = await scim("PATCH", `/Users/${id}`, patchBody(...before, operation, disable));
      const stored = await read(scim, `/Users/${id}`);
      found.push([
        operation,
        { status, title: stored.title, active: stored.active, names: Object.keys(stored).sort() },
      ]);
    }
    expect(found).toEqual(operations.map((operation) => [operation, wanted]));
    const person = await addUser();
    const wrong = { op: "Replace", path: "displayName", value: { a: 1 } };
    expectError(await scim("PATCH", `/Users/${person.id}`, patchBody(...before, disable, wrong)), 400, "invalidValue");
    expect(await read(scim, `/Users/${person.id}`)).toEqual(person);
    const order = await patchUser(
      person,
      { op: "Add", path: "title", value: "1" },
      { op: "Replace", path: "title", value: "2" },
      { op: "Remove", path: "title" },
      { op: "Add", path: "title", value: "3" },
    );
    expect(order.title).toBe("3");
  });

  test("R-44 saying something twice succeeds twice and leaves one of it", async () => {
    const person = await addUser({ title: "T", emails: [{ type: "work", value: "a@x.test" }] });
    const other = await addUser();
    const team = await addTeam(person.id);
    const twice = async (path: string, ...operations: Body[]) => {
      const first = await change(scim, path, patchBody(...operations));
      expect(await change(scim, path, patchBody(...operations)), JSON.stringify(operations)).toEqual(first);
      return first;
    };
    const [userPath, teamPath] = [`/Users/${person.id}`, `/Groups/${team.id}`];
    const add = (value: string) => ({ op: "Add", path: "members", value: [{ $ref: null, value }] });
    expect((await twice(teamPath, add(person.id))).members).toHaveLength(1);
    expect((await twice(teamPath, add(other.id))).members).toHaveLength(2);
    expect(
      (await twice(teamPath, { op: "Remove", path: "members", value: [{ $ref: null, value: other.id }] })).members,
    ).toHaveLength(1);
    await twice(teamPath, { op: "remove", path: `members[value eq "${other.id}"]` });
    await twice(teamPath, { op: "Remove", path: "members", value: [{ value: nobody }] });
    expect(await membersOf(scim, team.id)).toEqual([person.id]);
    await twice(userPath, { op: "Replace", path: "title", value: "T" });
    await twice(userPath, { op: "Add", path: 'emails[type eq "work"].value', value: "a@x.test" });
    await twice(userPath, { op: "Add", path: "emails", value: [{ type: "work", value: "a@x.test" }] });
    expect(await twice(userPath, disable)).toMatchObject({ active: false });
    expect(await twice(userPath, enable)).toMatchObject({ active: true });
    await twice(userPath, { op: "Remove", path: "nickName" });
    expect((await twice(userPath, { op: "Remove", path: 'emails[type eq "home"]' })).emails).toHaveLength(1);
  });

  test('R-45 "True" and "False" are booleans wherever the schema has one', async () => {
    for (const [yes, no] of [
      ["True", "False"],
      ["true", "false"],
    ] as const) {
      const person = await addUser({
        emails: [{ type: "work", value: "w@x.test" }],
        roles: [{ value: "r", primary: yes }],
      });
      expect(await patchUser(person, { op: "Replace", path: "active", value: no })).toMatchObject({ active: false });
      expect(await patchUser(person, { op: "replace", value: { active: yes } })).toMatchObject({ active: true });
      expect(await patchUser(person, { op: "Add", path: "active", value: no })).toMatchObject({ active: false });
      const primary = await patchUser(person, { op: "Replace", path: 'emails[type eq "work"].primary', value: yes });
      expect(primary.emails).toEqual([{ type: "work", value: "w@x.test", primary: true }]);
      const listed = await patchUser(person, {
        op: "Add",
        path: "emails",
        value: [{ type: "home", value: "h@x.test", primary: no }],
      });
      expect((listed.emails as Body[])[1]).toEqual({ type: "home", value: "h@x.test", primary: false });
      const role = await patchUser(person, {
        op: "Replace",
        path: `roles[primary eq "${yes}"].value`,
        value: "Auditor",
      });
      expect(role.roles).toEqual([{ value: "Auditor", primary: true }]);
      const own = `id eq "${person.id}" and`;
      expect(await find(scim, "/Users", `${own} roles[primary eq "${yes}"]`)).toHaveLength(1);
      expect(
        await find(scim, "/Users", `${own} active eq "${no}" and emails[primary eq "${no}"].type eq "home"`),
      ).toHaveLength(1);
      expect(await find(scim, "/Users", `${own} active eq "${yes}"`)).toEqual([]);
      expectError(
        await scim("PATCH", `/Users/${person.id}`, patchBody({ op: "Replace", path: "active", value: "yes" })),
        400,
        "invalidValue",
      );
    }
  });

  test("R-46 a value path that matches nothing makes its element with what the filter says", async () => {
    for (const op of ["Add", "Replace", "add", "replace"]) {
      const stored = await patchUser(
        await addUser(),
        { op, path: 'emails[type eq "work"].value', value: "w@x.test" },
        { op, path: 'phoneNumbers[type eq "mobile"].value', value: "+44 7700 900221" },
        { op, path: 'phoneNumbers[type eq "fax"].value', value: "+44 1" },
        { op, path: 'addresses[type eq "work"].locality', value: "Leeds" },
        { op, path: 'roles[primary eq "True"].value', value: "Auditor" },
      );
      expect(stored).toMatchObject({
        emails: [{ type: "work", value: "w@x.test" }],
        phoneNumbers: [
          { type: "mobile", value: "+44 7700 900221" },
          { type: "fax", value: "+44 1" },
        ],
        addresses: [{ type: "work", locality: "Leeds" }],
        roles: [{ primary: true, value: "Auditor" }],
      });
    }
    const beside = await patchUser(await addUser({ emails: [{ type: "home", value: "h@x.test" }] }), {
      op: "Add",
      path: 'emails[type eq "work"].value',
      value: "w@x.test",
    });
    expect(beside.emails).toEqual([
      { type: "home", value: "h@x.test" },
      { type: "work", value: "w@x.test" },
    ]);
    // Beyond a canonical type and the primary, a replace is the RFC's noTarget (D-67).
    const { id } = await addUser();
    expectError(
      await scim("PATCH", `/Users/${id}`, patchBody({ op: "Replace", path: 'emails[value eq "x"].value', value: "y" })),
      400,
      "noTarget",
    );
  });

  test("R-47 several operations with one filter that matches nothing make one element", async () => {
    for (const op of ["Add", "Replace"]) {
      const stored = await patchUser(
        await addUser(),
        { op, path: 'emails[type eq "work"].value', value: "w@x.test" },
        { op, path: 'emails[type eq "work"].primary', value: "true" },
        { op, path: 'emails[type eq "work"].type', value: "work" },
        ...["streetAddress", "locality", "region", "postalCode", "country", "formatted"].map((sub) => ({
          op,
          path: `addresses[type eq "work"].${sub}`,
          value: sub,
        })),
        ...["display", "value", "type"].map((sub) => ({ op, path: `roles[primary eq "True"].${sub}`, value: sub })),
        { op, path: 'phoneNumbers[type eq "mobile"].primary', value: "True" },
        { op, path: 'phoneNumbers[type eq "mobile"].value', value: "+1" },
      );
      expect(stored.emails).toEqual([{ type: "work", value: "w@x.test", primary: true }]);
      expect(stored.roles).toEqual([{ primary: true, display: "display", value: "value", type: "type" }]);
      expect(stored.phoneNumbers).toEqual([{ type: "mobile", value: "+1", primary: true }]);
      expect(stored.addresses).toEqual([
        {
          type: "work",
          streetAddress: "streetAddress",
          locality: "locality",
          region: "region",
          postalCode: "postalCode",
          country: "country",
          formatted: "formatted",
        },
      ]);
    }
  });

  test("R-48 without a path keys are plain, dotted, with a URN, whole extensions or value paths, and nothing else is touched", async () => {
    const kept = {
      nickName: "N",
      name: { middleName: "M", givenName: "old" },
      emails: [{ type: "home", value: "h@x.test" }],
      [enterprise]: { costCenter: "C" },
    };
    const person = await addUser(kept);
    const stored = await patchUser(person, {
      op: "replace",
      value: {
        displayName: "Lin O.",
        "name.givenName": "Linnea",
        "name.familyName": "Osei",
        name: { honorificPrefix: "Dr" },
        [`${user}:title`]: "T",
        [`${enterprise}:employeeNumber`]: "88214",
        [enterprise]: { division: "Div" },
        'emails[type eq "work"].value': "linnea.osei@x.test",
        active: false,
      },
    });
    expect(stored).toMatchObject({
      displayName: "Lin O.",
      nickName: "N",
      title: "T",
      active: false,
      name: { middleName: "M", givenName: "Linnea", familyName: "Osei", honorificPrefix: "Dr" },
      emails: [
        { type: "home", value: "h@x.test" },
        { type: "work", value: "linnea.osei@x.test" },
      ],
      [enterprise]: { costCenter: "C", employeeNumber: "88214", division: "Div" },
    });
    const only = await patchUser(person, { op: "replace", value: { active: true } });
    expect(only).toEqual({ ...stored, active: true, meta: only.meta });
    const nested = await patchUser(person, { op: "Replace", value: { name: { familyName: null }, active: false } });
    expect(nested.name).toEqual({ middleName: "M", givenName: "Linnea", honorificPrefix: "Dr" });
    expect(nested).toEqual({ ...stored, name: nested.name, meta: nested.meta });
  });

  test("R-49 replace of a complex attribute by a part of it keeps the rest", async () => {
    const person = await addUser({ name: { formatted: "F", familyName: "Osei", givenName: "Lin" } });
    const named = await patchUser(person, { op: "Replace", path: "name", value: { givenName: "Linnea" } });
    expect(named.name).toEqual({ formatted: "F", familyName: "Osei", givenName: "Linnea" });
    const bare = await patchUser(person, { op: "replace", value: { name: { familyName: "O", formatted: "" } } });
    expect(bare.name).toEqual({ familyName: "O", givenName: "Linnea" });
    const extended = await patchUser(
      person,
      { op: "Replace", path: enterprise, value: { department: "D" } },
      { op: "Replace", path: enterprise, value: { division: "V" } },
    );
    expect(extended[enterprise]).toEqual({ department: "D", division: "V" });
  });

  test("R-50 add on a single value replaces it", async () => {
    const person = await addUser({
      displayName: "old",
      externalId: "old",
      title: "old",
      [enterprise]: { department: "old" },
    });
    const userName = newName();
    const stored = await patchUser(
      person,
      { op: "Add", path: "active", value: "False" },
      { op: "Add", path: "externalId", value: "new" },
      { op: "Add", path: "displayName", value: "new" },
      { op: "Add", path: "userName", value: userName },
      { op: "add", value: { title: "new", [`${enterprise}:department`]: "new" } },
    );
    expect(stored).toMatchObject({
      active: false,
      externalId: "new",
      displayName: "new",
      userName,
      title: "new",
      [enterprise]: { department: "new" },
    });
    expect(await patchUser(person, { op: "add", path: "active", value: true })).toMatchObject({ active: true });
    const team = await add(scim, "/Groups", { displayName: "R-50" });
    const named = await patchTeam(
      team,
      { op: "Add", path: "externalId", value: "c9b1" },
      { op: "Add", path: "displayName", value: "R-50 b" },
    );
    expect(named).toMatchObject({ externalId: "c9b1", displayName: "R-50 b" });
  });

  test("R-51 remove of members with a list removes those, without one all, and with a filter one", async () => {
    const [a = "", b = "", c = "", d = "", e = ""] = await addPeople(5);
    const team = await addTeam(a, b, c, d, e);
    const steps: [Body, string[]][] = [
      [{ op: "Remove", path: "members", value: [{ $ref: null, value: a }] }, [b, c, d, e]],
      [{ op: "remove", path: `members[value eq "${b}"]` }, [c, d, e]],
      [{ op: "Remove", path: "members", value: [{ value: c }, { value: nobody }, { value: a }] }, [d, e]],
      [{ op: "Remove", path: "members", value: [{ value: nobody }] }, [d, e]],
      [{ op: "remove", path: "members", value: d }, [e]],
      [{ op: "remove", path: "members" }, []],
    ];
    for (const [operation, left] of steps) {
      await patchTeam(team, operation);
      expect(await membersOf(scim, team.id), JSON.stringify(operation)).toEqual(left);
    }
  });

  test("R-52 replace of members sets exactly that list, and no other replace touches them", async () => {
    const [a = "", b = "", c = ""] = await addPeople(3);
    const team = await addTeam(a, b);
    await patchTeam(team, { op: "replace", path: "members", value: [{ value: b }, { value: c }] });
    expect(await membersOf(scim, team.id)).toEqual([b, c].sort());
    const others: Body[] = [
      { op: "Replace", path: "displayName", value: "R-52 a" },
      { op: "replace", value: { displayName: "R-52 b" } },
      { op: "replace", value: { externalId: "r52" } },
      { op: "Replace", path: "externalId", value: "r52 b" },
      { op: "Add", path: "externalId", value: "r52 c" },
    ];
    for (const operation of others) {
      await patchTeam(team, operation);
      expect(await membersOf(scim, team.id), JSON.stringify(operation)).toEqual([b, c].sort());
    }
    await patchTeam(team, { op: "Replace", path: "members", value: null });
    expect(await membersOf(scim, team.id)).toEqual([]);
  });

  test("R-53 an empty text and null clear a value, and leave no ghost of an element", async () => {
    const values = {
      title: "T",
      nickName: "N",
      name: { givenName: "G", familyName: "F" },
      emails: [
        { type: "work", value: "w@x.test", primary: true },
        { type: "home", value: "h@x.test" },
      ],
      phoneNumbers: [{ type: "work", value: "+1" }],
      addresses: [{ type: "work", locality: "L", country: "C" }],
      [enterprise]: { department: "D", manager: { value: "m" } },
    };
    for (const value of ["", null]) {
      const person = await addUser(values);
      const paths = [
        "title",
        "nickName",
        "name.givenName",
        `${enterprise}:department`,
        'emails[type eq "work"].value',
        'phoneNumbers[type eq "work"].value',
        'addresses[type eq "work"].locality',
      ];
      const stored = await patchUser(person, ...paths.map((path) => ({ op: "replace", path, value })), {
        op: "replace",
        path: `${enterprise}:manager`,
        value: { value },
      });
      expect(stored).toMatchObject({
        name: { familyName: "F" },
        emails: [{ type: "home", value: "h@x.test" }],
        addresses: [{ type: "work", country: "C" }],
      });
      expect(stored.emails).toHaveLength(1);
      expect((stored.addresses as Body[])[0]).toEqual({ type: "work", country: "C" });
      for (const name of ["title", "nickName", "name.givenName", "phoneNumbers", [enterprise]])
        expect(stored).not.toHaveProperty(name);
      expect(stored.schemas).toEqual([user]);
      const again = await patchUser(person, { op: "Add", path: 'phoneNumbers[type eq "work"].value', value: "+2" });
      expect(again.phoneNumbers).toEqual([{ type: "work", value: "+2" }]);
    }
    const person = await addUser(values);
    const left = await patchUser(
      person,
      { op: "Remove", path: 'phoneNumbers[type eq "work"].value' },
      { op: "Remove", path: 'emails[type eq "work"].value' },
    );
    expect(left).not.toHaveProperty("phoneNumbers");
    expect(left.emails).toEqual([{ type: "home", value: "h@x.test" }]);
  });

  test("R-54 a manager comes as a text, an object, a list of one, or empty", async () => {
    const path = `${enterprise}:manager`;
    const forms: [unknown, string | null][] = [
      ["u_7Q", "u_7Q"],
      [{ value: "u_8Q" }, "u_8Q"],
      [[{ $ref: "http://muster.test/scim/v2/Users/u_9Q", value: "u_9Q" }], "u_9Q"],
      ["", null],
      [{ value: "" }, null],
      [null, null],
    ];
    for (const op of ["Add", "Replace", "replace"]) {
      for (const [form, wanted] of forms.filter(([, value]) => op !== "Add" || value !== null)) {
        for (const target of [path, "manager"]) {
          const person = await addUser({ [enterprise]: { manager: { value: "old" }, department: "D" } });
          const stored = (await patchUser(person, { op, path: target, value: form }))[enterprise] as Body;
          expect((stored.manager as Body | undefined)?.value ?? null, `${op} ${JSON.stringify(form)}`).toBe(wanted);
          expect("manager" in stored).toBe(wanted !== null);
          expect(stored.department).toBe("D");
        }
      }
    }
  });

  test("R-55 a member comes as an object, with an empty $ref or display, or as a text", async () => {
    const forms = [
      (value: string): unknown => [{ value }],
      (value: string): unknown => [{ $ref: null, value }],
      (value: string): unknown => [{ value, display: null }],
      (value: string): unknown => ({ value }),
      (value: string): unknown => value,
      (value: string): unknown => [value],
    ];
    const ids = await addPeople(forms.length);
    for (const [add, remove] of [
      ["Add", "Remove"],
      ["add", "remove"],
    ] as const) {
      const team = await addTeam();
      for (const [n, form] of forms.entries())
        await patchTeam(team, { op: add, path: "members", value: form(ids[n] ?? "") });
      expect(await membersOf(scim, team.id)).toEqual(ids);
      for (const [n, form] of forms.entries()) {
        await patchTeam(team, { op: remove, path: "members", value: form(ids[n] ?? "") });
        expect(await membersOf(scim, team.id)).toEqual(ids.slice(n + 1));
      }
    }
  });

  test("R-56 an element whose value is JSON in a text is taken, and an add of such roles states the whole set", async () => {
    const packed = (value: string, displayName: string) => ({
      value: JSON.stringify({ id: "0d5f", value, displayName }),
    });
    const person = await addUser({
      roles: [{ value: "old", type: "WindowsAzureActiveDirectoryRole", primary: false }],
    });
    const valuesOf = ({ roles }: Resource) => (roles as Body[]).map(({ value }) => value);
    const first = await patchUser(person, {
      op: "Add",
      path: "roles",
      value: [packed("owner", "Owner"), packed("reader", "Reader")],
    });
    expect(valuesOf(first)).toEqual(["owner", "reader"]);
    expect(first.roles).toMatchObject([{ display: "Owner" }, { display: "Reader" }]);
    expect(
      valuesOf(await patchUser(person, { op: "Add", path: "roles", value: [packed("reader", "Reader")] })),
    ).toEqual(["reader"]);
    const assertive = [
      { primary: false, type: "WindowsAzureActiveDirectoryRole", value: "auditor", display: "Auditor" },
    ];
    expect((await patchUser(person, { op: "replace", path: "roles", value: assertive })).roles).toEqual(assertive);
    expect(valuesOf(await patchUser(person, { op: "Add", path: "roles", value: [{ value: "more" }] }))).toEqual([
      "auditor",
      "more",
    ]);
    for (const text of ["{not json", '{"id":7}', "{}"]) {
      const answer = await scim(
        "PATCH",
        `/Users/${person.id}`,
        patchBody({ op: "Add", path: "emails", value: [{ value: text, type: "other" }] }),
      );
      expect(answer.status, text).toBe(200);
    }
    const complex = await addUser({
      roles: [{ primary: false, type: "WindowsAzureActiveDirectoryRole", displayName: "Owner", value: "owner" }],
    });
    expect(complex.roles).toEqual([
      { primary: false, type: "WindowsAzureActiveDirectoryRole", display: "Owner", value: "owner" },
    ]);
  });

  test("R-57 a remove may carry a value that it does not need", async () => {
    const person = await addUser({
      title: "T",
      nickName: "N",
      emails: [
        { type: "work", value: "old@x.test" },
        { type: "home", value: "h@x.test" },
      ],
      [enterprise]: { department: "D" },
    });
    const stored = await patchUser(
      person,
      { op: "Remove", path: 'emails[type eq "work"].value', value: "old@x.test" },
      { op: "Remove", path: "title", value: "T" },
      { op: "Remove", path: "nickName", value: "something else" },
      { op: "Remove", path: `${enterprise}:department`, value: null },
    );
    expect(stored.emails).toEqual([{ type: "home", value: "h@x.test" }]);
    for (const name of ["title", "nickName", [enterprise]]) expect(stored).not.toHaveProperty(name);
    const [a = "", b = ""] = await addPeople(2);
    const team = await addTeam(a, b);
    await patchTeam(team, { op: "Remove", path: `members[value eq "${a}"]`, value: [{ value: a }] });
    expect(await membersOf(scim, team.id)).toEqual([b]);
  });

  test("R-58 a PATCH without operations is 200 and changes nothing", async () => {
    const person = await addUser({ title: "T" });
    const team = await addTeam(person.id);
    for (const path of [`/Users/${person.id}`, `/Groups/${team.id}`]) {
      const before = await read(scim, path);
      const answer = await scim("PATCH", path, patchBody());
      expect([answer.status, answer.body]).toEqual([200, before]);
      expect(await read(scim, path)).toEqual(before);
    }
  });

  test("R-59 forty operations in one PATCH, and hundreds of members in one operation", async () => {
    const person = await addUser();
    const texts = [
      "displayName",
      "title",
      "nickName",
      "preferredLanguage",
      "userType",
      "locale",
      "timezone",
      "profileUrl",
    ];
    texts.push(
      ...["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"].map(
        (sub) => `name.${sub}`,
      ),
    );
    texts.push(
      ...["employeeNumber", "costCenter", "organization", "division", "department"].map(
        (name) => `${enterprise}:${name}`,
      ),
    );
    texts.push(...["work", "mobile", "fax", "home"].map((type) => `phoneNumbers[type eq "${type}"].value`));
    texts.push(
      ...["formatted", "streetAddress", "locality", "region", "postalCode", "country"].map(
        (sub) => `addresses[type eq "work"].${sub}`,
      ),
    );
    texts.push(...["display", "value", "type"].map((sub) => `roles[primary eq "True"].${sub}`));
    texts.push(
      'emails[type eq "work"].value',
      'emails[type eq "other"].value',
      'ims[type eq "skype"].value',
      'photos[type eq "photo"].value',
      "externalId",
      `${enterprise}:manager`,
      'entitlements[primary eq "True"].value',
    );
    const operations = [
      ...texts.map((path, n) => ({ op: "replace", path, value: `v${n}` })),
      { op: "replace", path: "active", value: true },
    ];
    expect(operations).toHaveLength(40);
    const stored = await patchUser(person, ...operations);
    expect(stored).toMatchObject({
      displayName: "v0",
      externalId: "v36",
      [enterprise]: { department: "v18", manager: { value: "v37" } },
      active: true,
    });
    for (const [list, count] of [
      ["phoneNumbers", 4],
      ["addresses", 1],
      ["roles", 1],
      ["emails", 2],
    ] as const)
      expect(stored[list], list).toHaveLength(count);
    const ids = await insertPeople(workspace, 600);
    const team = await addTeam();
    await patchTeam(team, { op: "Add", path: "members", value: ids.map((value) => ({ $ref: null, value })) });
    expect(await membersOf(scim, team.id)).toEqual(ids);
    await patchTeam(team, {
      op: "Remove",
      path: "members",
      value: ids.slice(300).map((value) => ({ $ref: null, value })),
    });
    expect(await membersOf(scim, team.id)).toEqual(ids.slice(0, 300));
  });

  test("R-60 a path is split behind the longest URN that is known, dots and colons in it or not", async () => {
    const person = await addUser();
    const stored = await patchUser(
      person,
      { op: "Add", path: `${enterprise}:manager`, value: "m1" },
      { op: "Replace", path: `${enterprise}:manager.value`, value: "m2" },
      { op: "Add", path: `${enterprise}:employeeNumber`, value: "88213" },
      { op: "Add", path: `${user}:name.givenName`, value: "G" },
      { op: "Add", path: `${user}:emails[type eq "work"].value`, value: "w@x.test" },
      { op: "Replace", value: { [`${enterprise}:department`]: "D" } },
    );
    expect(stored).toMatchObject({ name: { givenName: "G" }, emails: [{ type: "work", value: "w@x.test" }] });
    expect(stored[enterprise]).toEqual({ manager: { value: "m2" }, employeeNumber: "88213", department: "D" });
    const removed = await patchUser(
      person,
      { op: "Remove", path: `${enterprise}:manager` },
      { op: "Remove", path: `${enterprise}:employeeNumber` },
    );
    expect(removed[enterprise]).toEqual({ department: "D" });
  });

  test("R-61 fifty PATCHes at once that each add a member leave fifty members, and as many removals none", async () => {
    const ids = await addPeople(50);
    const team = await addTeam();
    const all = (operation: (value: string) => Body) =>
      Promise.all(ids.map((value) => scim("PATCH", `/Groups/${team.id}`, patchBody(operation(value)))));
    const added = await all((value) => ({ op: "Add", path: "members", value: [{ $ref: null, value }] }));
    expect(added.map(({ status }) => status)).toEqual(ids.map(() => 200));
    expect(await membersOf(scim, team.id)).toEqual(ids);
    const removed = await all((value) => ({ op: "Remove", path: "members", value: [{ $ref: null, value }] }));
    expect(removed.map(({ status }) => status)).toEqual(ids.map(() => 200));
    expect(await membersOf(scim, team.id)).toEqual([]);
    const mixed = await Promise.all([
      ...ids
        .slice(0, 25)
        .map((value) =>
          scim("PATCH", `/Groups/${team.id}`, patchBody({ op: "add", path: "members", value: [{ value }] })),
        ),
      ...ids
        .slice(25)
        .map((value) =>
          scim("PATCH", `/Groups/${team.id}`, patchBody({ op: "remove", path: `members[value eq "${value}"]` })),
        ),
      ...ids
        .slice(0, 10)
        .map((id) => scim("PATCH", `/Users/${id}`, patchBody({ op: "Replace", path: "title", value: "T" }))),
      scim("PATCH", `/Groups/${team.id}`, patchBody({ op: "replace", value: { externalId: "r61" } })),
    ]);
    expect(mixed.map(({ status }) => status)).toEqual(mixed.map(() => 200));
    expect(await membersOf(scim, team.id)).toEqual(ids.slice(0, 25));
  });

  test("R-62 active true gives back the same id with its data", async () => {
    const values = {
      externalId: "r62",
      title: "T",
      emails: [{ type: "work", value: "w@x.test" }],
      roles: [{ value: "viewer" }],
      [enterprise]: { department: "D" },
    };
    const person = await addUser(values);
    const team = await addTeam(person.id);
    const before = await read(scim, `/Users/${person.id}`);
    for (const [off, on] of [
      [disable, enable],
      [
        { op: "replace", path: "active", value: false },
        { op: "replace", path: "active", value: true },
      ],
      [
        { op: "replace", value: { active: false } },
        { op: "replace", value: { active: true } },
      ],
    ] as const) {
      expect(await patchUser(person, off)).toMatchObject({ ...values, id: person.id, active: false });
      expect((await loginOf(person.id))?.state).toBe("suspended");
      const after = await patchUser(person, on);
      expect(after).toEqual({ ...before, meta: after.meta });
      expect((await loginOf(person.id))?.state).toBe("active");
    }
    expect(await membersOf(scim, team.id)).toEqual([person.id]);
  });

  test("R-63 a tombstone name leaves the login address alone, and the way back gives everything back", async () => {
    const tombstone = (name: string) => `${"0123456789abcdef".repeat(2)}${name}`;
    const rename = (value: string) => ({ op: "Replace", path: "userName", value });
    const ways: ((name: string) => Body[][])[] = [
      (name) => [[disable, rename(tombstone(name))]],
      (name) => [[rename(tombstone(name)), disable]],
      (name) => [[disable], [rename(tombstone(name))]],
      (name) => [
        [
          { op: "replace", path: "active", value: false },
          { op: "replace", value: { userName: tombstone(name) } },
        ],
      ],
    ];
    for (const way of ways) {
      const name = newName();
      const person = await addUser({ emails: [{ type: "work", value: name, primary: true }] }, name);
      const before = await loginOf(person.id);
      expect(before).toMatchObject({ state: "active", address: name, email: name });
      for (const operations of way(name)) await patchUser(person, ...operations);
      expect(await loginOf(person.id)).toEqual({ ...before, state: "suspended" });
      expect(await read(scim, `/Users/${person.id}`)).toMatchObject({ userName: tombstone(name), active: false });
      const restored = await patchUser(person, enable, rename(name));
      expect(restored).toMatchObject({ id: person.id, userName: name, active: true });
      expect(await loginOf(person.id)).toEqual(before);
    }
    const name = newName();
    const person = await addUser({}, name);
    await patchUser(person, disable, rename(tombstone(name)));
    const heir = await addUser({}, name); // a new hire with the old address
    expect(await loginOf(heir.id)).toMatchObject({ state: "active", address: name, email: name });
    expectError(await scim("PATCH", `/Users/${person.id}`, patchBody(enable, rename(name))), 409, "uniqueness");
    expect((await loginOf(person.id))?.state).toBe("suspended");
    await scim("DELETE", `/Users/${heir.id}`);
    const back = await patchUser(person, enable, rename(name));
    expect(back).toMatchObject({ id: person.id, userName: name, active: true });
    expect(await loginOf(person.id)).toMatchObject({ state: "active", address: name, email: name });
  });

  test("R-64 a userName may change, and one that is taken is 409", async () => {
    const [person, taken] = [await addUser({ title: "T" }), await addUser()];
    for (const operation of [
      (userName: string) => ({ op: "Replace", path: "userName", value: userName }),
      (userName: string) => ({ op: "replace", value: { userName } }),
    ]) {
      const userName = newName();
      const stored = await patchUser(person, operation(userName), {
        op: "Replace",
        path: "externalId",
        value: userName,
      });
      expect(stored).toMatchObject({ id: person.id, userName, externalId: userName, title: "T" });
      expect(await find(scim, "/Users", `userName eq "${userName}"`)).toMatchObject([{ id: person.id }]);
      for (const clash of [String(taken.userName), String(taken.userName).toUpperCase()]) {
        const answer = await scim(
          "PATCH",
          `/Users/${person.id}`,
          patchBody({ op: "Replace", path: "title", value: "lost" }, operation(clash)),
        );
        expectError(answer, 409, "uniqueness");
      }
      expect(await read(scim, `/Users/${person.id}`)).toEqual(stored);
    }
    expect(await find(scim, "/Users", `userName eq "${person.userName}"`)).toEqual([]);
  });

  test("R-65 a rule of the workspace refuses with 4xx and says why, never with 5xx", async () => {
    const own = await openWorkspace("rpadmin");
    const client = open(own.token.secret);
    const [admin] = await find(client, "/Users", `userName eq "admin@${own.domain}"`);
    const path = `/Users/${admin?.id}`;
    const refusals = await Promise.all([
      client("PATCH", path, patchBody(disable)),
      client("PATCH", path, patchBody({ op: "replace", value: { active: false } })),
      client("PUT", path, userBody(`admin@${own.domain}`, { active: false })),
      client("DELETE", path),
      client("POST", "/Users", userBody(`admin@${own.domain}`, { active: false })),
    ]);
    for (const answer of refusals) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.body.detail).toEqual(expect.stringMatching(/\S/));
    }
    for (const answer of refusals.slice(0, 4)) {
      expectError(answer, 400);
      expect(answer.body.detail).toContain("last admin");
    }
    expect(await loginOf(String(admin?.id))).toMatchObject({ state: "active" });
    const cookie = await openSession((await loginOf(String(admin?.id)))?.userId ?? "", {
      address: "127.0.0.1",
      agent: "Test",
    });
    expectError(await client("PATCH", path, patchBody(disable)), 400);
    expect(await findSession(/=([^;]+)/.exec(cookie)?.[1])).not.toBeNull();

    const person = await add(client, "/Users", userBody(`x@${own.domain}`));
    await client("PATCH", `/Users/${person.id}`, patchBody(disable));
    await setSeatLimit(own.operator, 1);
    expectError(await client("PATCH", `/Users/${person.id}`, patchBody(enable)), 403);
    expect((await loginOf(person.id))?.state).toBe("suspended");
    expect((await client("DELETE", `/Users/${person.id}`)).status).toBe(204);
  });
});
