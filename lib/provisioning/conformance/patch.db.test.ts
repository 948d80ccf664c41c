import { beforeAll, describe, expect, test } from "vitest";
import { findSession, openSession } from "@/lib/auth";
import { one, sql } from "@/lib/db";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import {
  add,
  type Body,
  change,
  expectError,
  insertPeople,
  membersOf,
  nobody,
  type Resource,
  read,
  urn,
} from "./support";

// P1–P26: PATCH (RFC 7644 §3.5.2; D-66, D-67, D-68).

const { user, group, enterprise } = urn;
const patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let people = 0;
  let teams = 0;

  const newName = () => `person${++people}@${workspace.domain}`;
  const addUser = (more: Body = {}, name = newName()) => add(scim, "/Users", userBody(name, more));
  const addTeam = (...ids: string[]) =>
    add(scim, "/Groups", {
      displayName: `Team ${++teams}`,
      externalId: `t${teams}`,
      members: ids.map((value) => ({ value })),
    });
  const patchUser = ({ id }: Resource, ...operations: Body[]) => change(scim, `/Users/${id}`, patchBody(...operations));
  const patchTeam = ({ id }: Resource, ...operations: Body[]) =>
    change(scim, `/Groups/${id}`, patchBody(...operations));

  async function addPeople(count: number): Promise<string[]> {
    const made: string[] = [];
    for (let n = 0; n < count; n++) made.push((await addUser()).id);
    return made.sort();
  }

  /** A PATCH that must be refused and leave everything as it was. */
  async function refused(endpoint: "/Users" | "/Groups", id: string, body: Body, status: number, scimType?: string) {
    const before = await read(scim, `${endpoint}/${id}`);
    const answer = await scim("PATCH", `${endpoint}/${id}`, body);
    expect([answer.status, answer.body.scimType], `${JSON.stringify(body)} ${JSON.stringify(answer.body)}`).toEqual([
      status,
      scimType,
    ]);
    expectError(answer, status, scimType);
    expect(await read(scim, `${endpoint}/${id}`)).toEqual(before);
  }

  beforeAll(async () => {
    workspace = await openWorkspace("pp");
    scim = open(workspace.token.secret);
  });

  test("P1 a PATCH names its schema and its operations, in any case; none of them is nothing to do", async () => {
    const person = await addUser({ title: "T" });
    const path = `/Users/${person.id}`;
    for (const [n, op] of ["add", "Add", "REPLACE", "Replace", "replace"].entries()) {
      expect(await patchUser(person, { op, path: "title", value: `T${n}` })).toMatchObject({ title: `T${n}` });
    }
    expect(await patchUser(person, { op: "Remove", path: "title" })).not.toHaveProperty("title");
    for (const name of ["Operations", "operations", "OPERATIONS"]) {
      const body = { schemas: [patchOp], [name]: [{ op: "add", path: "title", value: name }] };
      expect(await change(scim, path, body)).toMatchObject({ title: name });
    }
    const spelled = { SCHEMAS: [patchOp.toLowerCase()], Operations: [{ OP: "replace", Path: "title", VALUE: "S" }] };
    const before = await change(scim, path, spelled);
    expect(before).toMatchObject({ title: "S" });
    expect(await change(scim, path, patchBody())).toEqual(before);
    const operation = { op: "replace", path: "title", value: "X" };
    const broken: unknown[] = [
      { Operations: [operation] },
      { schemas: [], Operations: [operation] },
      { schemas: [user], Operations: [operation] },
      { schemas: [patchOp] },
      { schemas: [patchOp], Operations: operation },
      { schemas: [patchOp], Operations: ["replace"] },
      { schemas: [patchOp], Operations: [{ path: "title", value: "X" }] },
      patchBody({ ...operation, op: "set" }),
      patchBody({ ...operation, op: ["replace"] }),
      patchBody({ ...operation, op: null }),
      patchBody(operation, { ...operation, op: "" }),
    ];
    for (const body of broken) await refused("/Users", person.id, body as Body, 400, "invalidSyntax");
  });

  test("P2 a PATCH is all or nothing: values, versions, sessions, mails and audit events", async () => {
    const person = await addUser({ title: "T" });
    const account = await one<{ userId: string }>(sql`SELECT "userId" FROM "Membership" WHERE id = ${person.id}`);
    const cookie = await openSession(account?.userId ?? "", { address: "127.0.0.1", agent: "Test" });
    const traces = () =>
      one(sql`
        SELECT (SELECT count(*) FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id}) AS events,
               (SELECT count(*) FROM "Mail" WHERE "workspaceId" = ${workspace.id}) AS mails,
               (SELECT count(*) FROM "SeatChange" WHERE "workspaceId" = ${workspace.id}) AS seats`);
    const before = await traces();
    const good = [
      { op: "replace", path: "title", value: "U" },
      { op: "Replace", path: "active", value: "False" },
    ];
    const bad: [Body, string][] = [
      [{ op: "remove", path: "userName" }, "mutability"],
      [{ op: "replace", path: "id", value: "x" }, "mutability"],
      [{ op: "replace", path: 'emails[value eq "x"].value', value: "y" }, "noTarget"],
      [{ op: "replace", path: "active", value: "maybe" }, "invalidValue"],
      [{ op: "remove" }, "noTarget"],
    ];
    for (const [operation, scimType] of bad)
      await refused("/Users", person.id, patchBody(...good, operation), 400, scimType);
    const taken = await addUser();
    const after = await traces();
    const rename = { op: "replace", path: "userName", value: taken.userName };
    await refused("/Users", person.id, patchBody(...good, rename), 409, "uniqueness");
    expect(await traces()).toEqual(after);
    expect(before).not.toEqual(after); // the fifth person was added in between
    expect(await findSession(/=([^;]+)/.exec(cookie)?.[1])).not.toBeNull();

    const [first = "", second = ""] = await addPeople(2);
    const [team, other] = [await addTeam(first), await addTeam()];
    const join = { op: "add", path: "members", value: [{ value: second }] };
    await refused(
      "/Groups",
      team.id,
      patchBody(join, { op: "replace", path: "displayName", value: other.displayName }),
      409,
      "uniqueness",
    );
    await refused(
      "/Groups",
      team.id,
      patchBody(join, { op: "replace", path: "displayName", value: " " }),
      400,
      "invalidValue",
    );
    await refused(
      "/Groups",
      team.id,
      patchBody(join, { op: "add", path: "members", value: [{ value: nobody }] }),
      400,
      "invalidValue",
    );
    await refused(
      "/Groups",
      team.id,
      patchBody({ op: "remove", path: "members" }, { op: "remove", path: "displayName" }),
      400,
      "mutability",
    );
    expect(await membersOf(scim, team.id)).toEqual([first]);
  });

  test("P3 a later operation sees what an earlier one did", async () => {
    const person = await addUser({ title: "T" });
    const stored = await patchUser(
      person,
      { op: "add", path: "emails", value: [{ value: "a@x.test", type: "work" }] },
      { op: "replace", path: 'emails[value eq "a@x.test"].primary', value: true },
      { op: "replace", path: "emails[primary eq true].value", value: "b@x.test" },
      { op: "remove", path: "title" },
      { op: "add", path: "title", value: "U" },
      { op: "replace", path: "nickName", value: "gone" },
      { op: "remove", path: "nickName" },
    );
    expect(stored).toMatchObject({ emails: [{ value: "b@x.test", type: "work", primary: true }], title: "U" });
    expect(stored).not.toHaveProperty("nickName");
    const [first = "", second = "", third = ""] = await addPeople(3);
    const team = await addTeam(first);
    await patchTeam(
      team,
      { op: "add", path: "members", value: [{ value: second }, { value: third }] },
      { op: "remove", path: `members[value eq "${second}"]` },
      { op: "remove", path: "members", value: [{ value: first }] },
      { op: "add", path: "members", value: [{ value: first }] },
    );
    expect(await membersOf(scim, team.id)).toEqual([first, third].sort());
    await patchTeam(
      team,
      { op: "remove", path: "members" },
      { op: "add", path: "members", value: [{ value: second }] },
    );
    expect(await membersOf(scim, team.id)).toEqual([second]);
  });

  test("P4 without a path the value is an object whose keys are names, dotted, filtered or with a URN", async () => {
    for (const op of ["add", "replace"]) {
      const person = await addUser({ nickName: "kept", name: { givenName: "G", middleName: "M" } });
      const value = {
        DisplayName: "D",
        "name.familyName": "F",
        'emails[type eq "work"].value': "w@x.test",
        [`${enterprise}:department`]: "Dep",
        [`${user}:title`]: "T",
        [enterprise.toUpperCase()]: { costCenter: "C" },
        active: "False",
      };
      expect(await patchUser(person, { op, value })).toMatchObject({
        displayName: "D",
        nickName: "kept",
        name: { givenName: "G", middleName: "M", familyName: "F" },
        emails: [{ type: "work", value: "w@x.test" }],
        title: "T",
        active: false,
        [enterprise]: { department: "Dep", costCenter: "C" },
      });
      for (const wrong of ["text", 1, true, null, undefined, [], [{ title: "X" }]]) {
        await refused("/Users", person.id, patchBody({ op, value: wrong }), 400, "invalidValue");
      }
    }
  });

  test("P5 a remove without a path is 400 noTarget", async () => {
    const [person, team] = [await addUser({ title: "T" }), await addTeam()];
    for (const operation of [
      { op: "remove" },
      { op: "Remove", value: { title: "T" } },
      { op: "remove", path: "" },
      { op: "remove", path: null },
    ]) {
      await refused("/Users", person.id, patchBody(operation), 400, "noTarget");
      await refused("/Groups", team.id, patchBody(operation), 400, "noTarget");
    }
  });

  test("P6 a malformed path is invalidPath, a broken filter in it invalidFilter, and an unknown attribute nothing", async () => {
    const person = await addUser({ title: "T", emails: [{ value: "a@x.test", type: "work" }] });
    const set = (path: unknown) => patchBody({ op: "replace", path, value: "X" });
    const malformed: unknown[] = [
      "name givenName",
      ".title",
      "title.",
      "name..givenName",
      "1title",
      '[type eq "work"]',
      "]",
      "ti tle",
    ];
    malformed.push(
      'emails[type eq "work"]value',
      'emails[type eq "work"].',
      'emails[type eq "work"] value',
      "ti/tle",
      "title,nickName",
      7,
      ["title"],
    );
    const filters = [
      'emails[type zz "work"].value',
      "emails[type eq].value",
      "emails[].value",
      'emails[type eq "work" and].value',
    ];
    filters.push('emails[not type eq "work"].value', "emails[primary gt true].value", 'emails[nonsense eq "x"].value');
    const unknown = [
      "nonsense",
      "name.nonsense",
      "urn:acme:2.0:User:x",
      `${enterprise}:nonsense`,
      'nonsense[type eq "work"].value',
    ];
    unknown.push("emails.nonsense", 'emails[type eq "work"].nonsense', "title.nonsense");
    const before = await read(scim, `/Users/${person.id}`);
    const wanted = [
      ...malformed.map((path) => [path, 400, "invalidPath"]),
      ...filters.map((path) => [path, 400, "invalidFilter"]),
      ...unknown.map((path) => [path, 200, undefined]),
    ];
    const found: unknown[] = [];
    for (const [path] of wanted) {
      const { status, body } = await scim("PATCH", `/Users/${person.id}`, set(path));
      found.push([path, status, body.scimType]);
      expect(await read(scim, `/Users/${person.id}`), String(path)).toEqual(before);
    }
    expect(found).toEqual(wanted);
  });

  test("P7 add replaces a single value, merges a complex one and appends to a list", async () => {
    const person = await addUser({
      title: "T",
      name: { givenName: "G", familyName: "F" },
      emails: [{ value: "a@x.test", type: "work" }],
    });
    expect(await patchUser(person, { op: "add", path: "title", value: "U" })).toMatchObject({ title: "U" });
    const named = await patchUser(person, { op: "add", path: "name", value: { familyName: "H", middleName: "M" } });
    expect(named.name).toEqual({ givenName: "G", familyName: "H", middleName: "M" });
    const one = await patchUser(person, { op: "add", path: "emails", value: { value: "b@x.test", type: "home" } });
    expect(one.emails).toEqual([
      { value: "a@x.test", type: "work" },
      { value: "b@x.test", type: "home" },
    ]);
    const more = await patchUser(person, {
      op: "add",
      value: { emails: [{ value: "c@x.test" }, { value: "d@x.test" }] },
    });
    expect((more.emails as Body[]).map(({ value }) => value)).toEqual(["a@x.test", "b@x.test", "c@x.test", "d@x.test"]);
    const [first = "", second = "", third = ""] = await addPeople(3);
    const team = await addTeam(first);
    await patchTeam(team, { op: "add", path: "members", value: { value: second } });
    await patchTeam(team, { op: "add", value: { members: [{ value: third }] } });
    expect(await membersOf(scim, team.id)).toEqual([first, second, third].sort());
  });

  test("P8 adding what is there already succeeds and changes neither version nor time", async () => {
    const values = {
      title: "T",
      name: { givenName: "G", familyName: "F" },
      emails: [
        { value: "a@x.test", type: "work", primary: true },
        { value: "b@x.test", type: "home" },
      ],
      [enterprise]: { department: "D", manager: { value: "m" } },
    };
    const person = await addUser(values);
    const before = await read(scim, `/Users/${person.id}`);
    const same: Body[] = [
      { op: "add", path: "title", value: "T" },
      { op: "add", path: "name", value: { familyName: "F" } },
      { op: "add", path: "emails", value: [values.emails[1]] },
      { op: "add", path: "emails", value: [{ primary: true, type: "work", value: "a@x.test" }] },
      { op: "add", path: 'emails[type eq "work"].value', value: "a@x.test" },
      { op: "add", path: "active", value: true },
      { op: "add", path: `${enterprise}:manager`, value: "m" },
      { op: "add", value: { title: "T", [`${enterprise}:department`]: "D" } },
      { op: "replace", path: "emails", value: values.emails },
    ];
    for (const operation of same) expect(await patchUser(person, operation), JSON.stringify(operation)).toEqual(before);
    const team = await addTeam(person.id);
    const shown = await read(scim, `/Groups/${team.id}`);
    const member = { value: person.id };
    for (const value of [[member], member, [member, member], [{ ...member, display: "x", type: "User" }], person.id]) {
      expect(await patchTeam(team, { op: "add", path: "members", value })).toEqual(shown);
    }
  });

  test("P9 a value that becomes primary takes it from the others", async () => {
    const emails = ["a", "b", "c"].map((name) => ({ value: `${name}@x.test`, type: name, primary: name === "a" }));
    const person = await addUser({ emails });
    const primaries = ({ emails: list }: Resource) =>
      (list as Body[]).filter(({ primary }) => primary === true).map(({ value }) => value);
    const steps: [Body, string][] = [
      [{ op: "replace", path: 'emails[value eq "b@x.test"].primary', value: true }, "b@x.test"],
      [{ op: "Add", path: 'emails[type eq "c"].primary', value: "True" }, "c@x.test"],
      [{ op: "add", path: "emails", value: [{ value: "d@x.test", primary: true }] }, "d@x.test"],
      [{ op: "replace", path: 'emails[type eq "a"]', value: { primary: true } }, "a@x.test"],
      [{ op: "add", path: "emails", value: [{ ...emails[1], primary: true }] }, "b@x.test"],
      [{ op: "replace", path: "emails", value: [...emails, { value: "e@x.test", primary: true }] }, "e@x.test"],
    ];
    for (const [operation, wanted] of steps) {
      expect(primaries(await patchUser(person, operation)), JSON.stringify(operation)).toEqual([wanted]);
    }
  });

  test("P10 remove clears a list, or what its filter matches; what is not there is no error", async () => {
    const emails = [
      { value: "a@x.test", type: "work" },
      { value: "b@x.test", type: "work" },
      { value: "c@x.test", type: "home" },
    ];
    const person = await addUser({ emails, title: "T" });
    expect((await patchUser(person, { op: "remove", path: 'emails[type eq "work"]' })).emails).toEqual([emails[2]]);
    const left = await patchUser(person, { op: "add", path: "emails", value: emails });
    const absent = [
      'emails[type eq "boat"]',
      'emails[value eq "x"].type',
      "nickName",
      "phoneNumbers",
      `${enterprise}:department`,
      "name.givenName",
    ];
    for (const path of absent) expect(await patchUser(person, { op: "remove", path }), path).toEqual(left);
    expect(await patchUser(person, { op: "remove", path: "emails" })).not.toHaveProperty("emails");
    const [first = "", second = "", third = ""] = await addPeople(3);
    const team = await addTeam(first, second, third);
    const shown = await patchTeam(team, { op: "remove", path: `members[value eq "${first}"]` });
    for (const path of [`members[value eq "${first}"]`, `members[value eq "${nobody}"]`, 'members[value eq "x"]']) {
      expect(await patchTeam(team, { op: "remove", path }), path).toEqual(shown);
    }
    await patchTeam(team, { op: "remove", path: `members[value eq "${second}" or value eq "${first}"]` });
    expect(await membersOf(scim, team.id)).toEqual([third]);
    await patchTeam(team, { op: "remove", path: "members" });
    expect(await membersOf(scim, team.id)).toEqual([]);
  });

  test("P11 removing what is required or read-only is 400 mutability", async () => {
    const [person, team] = [await addUser(), await addTeam()];
    for (const path of ["userName", `${user}:USERNAME`, "id", "meta", "meta.version", "groups", "schemas"]) {
      await refused("/Users", person.id, patchBody({ op: "remove", path }), 400, "mutability");
    }
    for (const path of ["displayName", "id", "meta"]) {
      await refused("/Groups", team.id, patchBody({ op: "Remove", path }), 400, "mutability");
    }
  });

  test("P12 a value path that matches nothing: replace makes a canonical type or the primary, else noTarget; add makes any", async () => {
    const made: [string, string, Body[]][] = [
      ["replace", 'emails[type eq "work"].value', [{ type: "work", value: "X" }]],
      ["replace", 'emails[type eq "Work"].value', [{ type: "Work", value: "X" }]],
      ["replace", 'emails[primary eq "True"].value', [{ primary: true, value: "X" }]],
      ["replace", 'emails[type eq "home" and primary eq true].value', [{ type: "home", primary: true, value: "X" }]],
      ["add", 'emails[type eq "boat"].value', [{ type: "boat", value: "X" }]],
      ["add", 'emails[type eq "boat" and display eq "B"].value', [{ type: "boat", display: "B", value: "X" }]],
    ];
    for (const [op, path, emails] of made) {
      const person = await addUser();
      expect((await patchUser(person, { op, path, value: "X" })).emails, `${op} ${path}`).toEqual(emails);
    }
    const person = await addUser({ emails: [{ value: "a@x.test", type: "home" }] });
    const missing = [
      'emails[type eq "boat"].value',
      'emails[value eq "x"].type',
      'emails[type co "work"].value',
      'roles[value eq "x"].type',
    ];
    missing.push(
      'emails[type eq "work" or type eq "other"].value',
      'emails[type eq "work" and value eq "x"].display',
      "emails[primary eq false].value",
    );
    for (const path of missing)
      await refused("/Users", person.id, patchBody({ op: "replace", path, value: "X" }), 400, "noTarget");
    const before = await read(scim, `/Users/${person.id}`);
    for (const path of ['emails[type eq "work"].value', 'emails[type eq "work"]', 'emails[value eq "x"]']) {
      expect(await patchUser(person, { op: "remove", path })).toEqual(before);
    }
    const whole = await patchUser(person, {
      op: "replace",
      path: 'emails[type eq "work"]',
      value: { value: "w@x.test" },
    });
    expect(whole.emails).toEqual([
      { value: "a@x.test", type: "home" },
      { type: "work", value: "w@x.test" },
    ]);
  });

  test("P13 replace by a value path changes every element that matches, and no other", async () => {
    const emails = [
      { value: "a@x.test", type: "work" },
      { value: "b@x.test", type: "home" },
      { value: "c@x.test", type: "WORK" },
    ];
    const person = await addUser({ emails });
    const stored = await patchUser(person, { op: "replace", path: 'emails[type eq "work"].display', value: "D" });
    expect(stored.emails).toEqual([{ ...emails[0], display: "D" }, emails[1], { ...emails[2], display: "D" }]);
    const renamed = await patchUser(person, {
      op: "replace",
      path: 'emails[display eq "d" and value sw "c"].value',
      value: "z@x.test",
    });
    expect((renamed.emails as Body[]).map(({ value }) => value)).toEqual(["a@x.test", "b@x.test", "z@x.test"]);
  });

  test("P14 replace adds what is missing, and leaves the sub-attributes that it does not name", async () => {
    const person = await addUser({
      name: { givenName: "G", familyName: "F" },
      [enterprise]: { manager: { value: "m", $ref: "x" } },
    });
    const stored = await patchUser(
      person,
      { op: "replace", path: "title", value: "T" },
      { op: "replace", path: "emails", value: [{ value: "a@x.test" }] },
      { op: "replace", path: "name", value: { familyName: "H" } },
      { op: "replace", path: "name.middleName", value: "M" },
      { op: "replace", path: "addresses", value: [{ type: "work", locality: "Leeds" }] },
      { op: "replace", path: 'addresses[type eq "work"].country', value: "UK" },
      { op: "replace", path: `${enterprise}:division`, value: "D" },
    );
    expect(stored).toMatchObject({
      title: "T",
      emails: [{ value: "a@x.test" }],
      [enterprise]: { division: "D", manager: { value: "m" } },
    });
    expect(stored.name).toEqual({ givenName: "G", familyName: "H", middleName: "M" });
    expect(stored.addresses).toEqual([{ type: "work", locality: "Leeds", country: "UK" }]);
    const bare = await patchUser(person, { op: "replace", value: { name: { givenName: "I" } } });
    expect(bare.name).toEqual({ givenName: "I", familyName: "H", middleName: "M" });
  });

  test("P15 replace of a list without a filter sets exactly that list, and an empty one clears it", async () => {
    const person = await addUser({
      emails: [
        { value: "a@x.test", type: "work" },
        { value: "b@x.test", type: "home" },
      ],
    });
    const list = [
      { value: "b@x.test", type: "home" },
      { value: "c@x.test", type: "other" },
    ];
    expect((await patchUser(person, { op: "replace", path: "emails", value: list })).emails).toEqual(list);
    expect((await patchUser(person, { op: "replace", value: { emails: list.slice(1) } })).emails).toEqual(
      list.slice(1),
    );
    expect(await patchUser(person, { op: "replace", path: "emails", value: [] })).not.toHaveProperty("emails");
    const [a = "", b = "", c = ""] = await addPeople(3);
    const team = await addTeam(a, b);
    await patchTeam(team, { op: "replace", path: "members", value: [{ value: b }, { value: c }] });
    expect(await membersOf(scim, team.id)).toEqual([b, c].sort());
    await patchTeam(team, { op: "Replace", value: { members: [{ value: a }] } });
    expect(await membersOf(scim, team.id)).toEqual([a]);
    for (const value of [[], null]) {
      await patchTeam(team, { op: "add", path: "members", value: [{ value: a }, { value: b }] });
      await patchTeam(team, { op: "replace", path: "members", value });
      expect(await membersOf(scim, team.id)).toEqual([]);
    }
  });

  test("P16 a replace that does not name the members leaves them alone", async () => {
    const ids = await addPeople(3);
    const team = await addTeam(...ids);
    const operations: Body[] = [
      { op: "replace", value: { displayName: "P16 a" } },
      { op: "Replace", value: { externalId: "p16" } },
      { op: "replace", value: { id: team.id, displayName: "P16 b" } },
      { op: "replace", path: "displayName", value: "P16 c" },
      { op: "add", path: "externalId", value: "p16 b" },
      { op: "remove", path: "externalId" },
      { op: "replace", value: {} },
    ];
    for (const operation of operations) {
      await patchTeam(team, operation);
      expect(await membersOf(scim, team.id), JSON.stringify(operation)).toEqual(ids);
    }
    expect(await read(scim, `/Groups/${team.id}`)).toMatchObject({ displayName: "P16 c" });
  });

  test("P17 a read-only target is 400 mutability; id, schemas and meta that are as they are may travel along", async () => {
    const person = await addUser({ title: "T" });
    const team = await addTeam(person.id);
    for (const op of ["add", "replace"]) {
      for (const path of [
        "id",
        "meta",
        "meta.version",
        "meta.created",
        "groups",
        "groups.value",
        `groups[value eq "${team.id}"].display`,
      ]) {
        await refused("/Users", person.id, patchBody({ op, path, value: "x" }), 400, "mutability");
      }
      await refused("/Groups", team.id, patchBody({ op, path: "id", value: nobody }), 400, "mutability");
    }
    const shown = await read(scim, `/Users/${person.id}`);
    const along = { id: shown.id, schemas: shown.schemas, meta: shown.meta };
    expect(await patchUser(person, { op: "replace", value: along })).toEqual(shown);
    expect(await patchUser(person, { op: "replace", value: { ...along, title: "U" } })).toMatchObject({
      id: person.id,
      title: "U",
    });
    const group = await read(scim, `/Groups/${team.id}`);
    const renamed = await patchTeam(team, { op: "replace", value: { ...group, displayName: "P17" } });
    expect(renamed).toMatchObject({ id: team.id, displayName: "P17", members: [{ value: person.id }] });
    await refused(
      "/Users",
      person.id,
      patchBody({ op: "replace", value: { id: nobody, title: "V" } }),
      400,
      "mutability",
    );
    await refused(
      "/Groups",
      team.id,
      patchBody({ op: "replace", value: { id: nobody, displayName: "P17 b" } }),
      400,
      "mutability",
    );
  });

  test("P18 what a member is can't be changed once it is there", async () => {
    const [first = "", second = ""] = await addPeople(2);
    const team = await addTeam(first);
    for (const op of ["replace", "add"]) {
      for (const [sub, value] of [
        ["value", second],
        ["type", "Group"],
        ["$ref", `http://muster.test/scim/v2/Users/${second}`],
      ] as const) {
        await refused(
          "/Groups",
          team.id,
          patchBody({ op, path: `members[value eq "${first}"].${sub}`, value }),
          400,
          "mutability",
        );
      }
    }
    await refused(
      "/Groups",
      team.id,
      patchBody({ op: "replace", path: "members.value", value: second }),
      400,
      "mutability",
    );
    expect(await membersOf(scim, team.id)).toEqual([first]);
  });

  test("P19 schemas names an extension while it has a value, by path or as a whole", async () => {
    const person = await addUser();
    expect(person.schemas).toEqual([user]);
    const both = [user, enterprise];
    const set = await patchUser(person, { op: "add", path: `${enterprise}:department`, value: "D" });
    expect(set).toMatchObject({ schemas: both, [enterprise]: { department: "D" } });
    const gone = await patchUser(person, { op: "remove", path: `${enterprise.toUpperCase()}:Department` });
    expect(gone.schemas).toEqual([user]);
    expect(gone).not.toHaveProperty([enterprise]);
    for (const op of ["add", "replace"]) {
      const whole = await patchUser(person, { op, path: enterprise, value: { division: op, manager: { value: "m" } } });
      expect(whole).toMatchObject({ schemas: both, [enterprise]: { division: op, manager: { value: "m" } } });
    }
    const removed = await patchUser(person, { op: "remove", path: enterprise });
    expect(removed.schemas).toEqual([user]);
    expect(removed).not.toHaveProperty([enterprise]);
    const nested = await patchUser(person, { op: "replace", value: { [enterprise]: { costCenter: "C" } } });
    expect(nested).toMatchObject({ schemas: both, [enterprise]: { costCenter: "C" } });
    expect((await patchUser(person, { op: "replace", path: `${enterprise}:costCenter`, value: "" })).schemas).toEqual([
      user,
    ]);
  });

  test("P20 a manager by a bare text, an object or managerId becomes manager.value", async () => {
    const forms = ["m1", { value: "m2" }, { managerId: "m3" }];
    const paths = [`${enterprise}:manager`, "manager"];
    const wanted = ["m1", "m2", "m3"];
    for (const [n, form] of forms.entries()) {
      const stored = { [enterprise]: { manager: { value: wanted[n] } } };
      expect(await addUser({ [enterprise]: { manager: form } })).toMatchObject(stored);
      for (const path of paths) {
        for (const op of ["add", "Replace"]) {
          const person = await addUser({ [enterprise]: { manager: { value: "old" } } });
          expect((await patchUser(person, { op, path, value: form }))[enterprise]).toEqual(stored[enterprise]);
        }
      }
      const person = await addUser();
      expect(
        (await patchUser(person, { op: "replace", value: { [`${enterprise}:manager`]: form } }))[enterprise],
      ).toEqual(stored[enterprise]);
    }
  });

  test("P21 replace by null or an empty text takes the value away", async () => {
    const values = {
      title: "T",
      externalId: "p21",
      name: { givenName: "G", familyName: "F" },
      emails: [{ value: "a@x.test", type: "work" }],
      phoneNumbers: [
        { value: "+1", type: "work" },
        { value: "+2", type: "home" },
      ],
      [enterprise]: { department: "D", manager: { value: "m" } },
    };
    for (const value of [null, ""]) {
      const person = await addUser(values);
      const paths = [
        "title",
        "externalId",
        "name.givenName",
        "emails",
        'phoneNumbers[type eq "work"].value',
        `${enterprise}:department`,
        `${enterprise}:manager`,
      ];
      const stored = await patchUser(person, ...paths.map((path) => ({ op: "replace", path, value })));
      expect(stored).toMatchObject({ name: { familyName: "F" }, phoneNumbers: [{ value: "+2", type: "home" }] });
      for (const name of ["title", "externalId", "name.givenName", "emails", [enterprise]])
        expect(stored).not.toHaveProperty(name);
      expect(stored.phoneNumbers).toHaveLength(1);
      await refused("/Users", person.id, patchBody({ op: "replace", path: "userName", value }), 400, "invalidValue");
      const bare = await addUser(values);
      const cleared = await patchUser(bare, {
        op: "replace",
        value: { title: value, "name.familyName": value, emails: value },
      });
      expect(cleared).toMatchObject({ name: { givenName: "G" }, externalId: "p21" });
      for (const name of ["title", "name.familyName", "emails"]) expect(cleared).not.toHaveProperty(name);
    }
  });

  test("P22 the answer is 200 with the resource as it is now, its Location and its version, every time", async () => {
    const person = await addUser();
    const team = await addTeam(person.id);
    const bodies = [
      patchBody({ op: "replace", path: "externalId", value: "p22" }),
      patchBody({ op: "replace", path: "externalId", value: "p22" }),
      patchBody({ op: "Replace", value: { displayName: "P22" } }),
      patchBody({ op: "remove", path: "externalId" }),
      patchBody(),
    ];
    for (const path of [`/Users/${person.id}`, `/Groups/${team.id}`]) {
      for (const body of bodies) {
        const answer = await scim("PATCH", path, body);
        expect(answer.status).toBe(200);
        const stored = await read(scim, path);
        expect(answer.body).toEqual(stored);
        expect(answer.headers.get("location")).toBe(stored.meta.location);
        expect(answer.headers.get("etag")).toBe(stored.meta.version);
      }
    }
  });

  test("P23 names of a prototype are 400, other inherited names are unknown attributes, and no prototype changes", async () => {
    const person = await addUser({ title: "T", emails: [{ value: "a@x.test", type: "work" }] });
    const before = await read(scim, `/Users/${person.id}`);
    for (const name of ["__proto__", "constructor", "prototype"]) {
      const paths = [
        name,
        `${name}.polluted`,
        `name.${name}`,
        `emails[${name} eq "x"].value`,
        `emails[type eq "work"].${name}`,
        `${enterprise}:${name}`,
      ];
      const values: Body[] = [
        { [name]: { polluted: 1 } },
        { name: { [name]: { polluted: 1 } } },
        { [enterprise]: { [name]: "x" } },
      ];
      values.push({ emails: [{ value: "b@x.test", [name]: { polluted: 1 } }] }, { [`name.${name}`]: "x" });
      const bodies = paths.flatMap((path) => ["add", "replace"].map((op) => patchBody({ op, path, value: "x" })));
      bodies.push(...values.map((value) => patchBody({ op: "replace", value })));
      for (const body of bodies) {
        const answer = await scim("PATCH", `/Users/${person.id}`, body);
        expect(answer.status, JSON.stringify(body)).toBe(400);
      }
    }
    for (const name of ["toString", "hasOwnProperty", "valueOf", "toString.x", "isPrototypeOf"]) {
      for (const body of [
        patchBody({ op: "replace", path: name, value: "x" }),
        patchBody({ op: "add", value: { [name]: "x" } }),
      ]) {
        const answer = await scim("PATCH", `/Users/${person.id}`, body);
        expect(answer.status, JSON.stringify(body)).toBe(200);
      }
    }
    expect(await read(scim, `/Users/${person.id}`)).toEqual(before);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Body).polluted).toBeUndefined();
  });

  test("P24 dots, brackets, quotes, spaces and operators inside a literal are the literal's", async () => {
    const literals = [
      "a.b]@x.test",
      "a[b",
      'say "hi"',
      "a eq b",
      "x and y or (z)",
      "back\\slash",
      "not (a)",
      "].value",
      "ü 𐐷",
      "a  b\tc",
    ];
    for (const value of literals) {
      const person = await addUser({
        emails: [
          { value, type: "work" },
          { value: "other@x.test", type: "home" },
        ],
      });
      const path = `emails[value eq ${JSON.stringify(value)}]`;
      const shown = await patchUser(person, { op: "replace", path: `${path}.display`, value: "D" });
      expect(shown.emails, value).toEqual([
        { value, type: "work", display: "D" },
        { value: "other@x.test", type: "home" },
      ]);
      const tight = await patchUser(person, {
        op: "replace",
        path: `${path.replace("[value eq ", "[ value   EQ ")}.display`,
        value: "E",
      });
      expect((tight.emails as Body[])[0], value).toMatchObject({ display: "E" });
      const left = await patchUser(person, { op: "remove", path });
      expect(left.emails, value).toEqual([{ value: "other@x.test", type: "home" }]);
    }
  });

  test("P25 many operations, many members and many requests at once lose nothing", async () => {
    const people = await insertPeople(workspace, 2_000);
    const team = await addTeam();
    const join = (value: string) => ({ op: "add", path: "members", value: [{ value }] });
    await patchTeam(team, ...people.slice(0, 60).map(join));
    expect(await membersOf(scim, team.id)).toEqual(people.slice(0, 60));
    const whole = people.map((value) => ({ value }));
    const all = await scim("PATCH", `/Groups/${team.id}`, patchBody({ op: "add", path: "members", value: whole }));
    expect(all.status).toBe(204); // more than 1,000 members
    expect(await membersOf(scim, team.id)).toEqual(people);
    const most = patchBody({ op: "remove", path: "members", value: whole.slice(40) });
    expect((await scim("PATCH", `/Groups/${team.id}`, most)).status).toBe(200);
    expect(await membersOf(scim, team.id)).toEqual(people.slice(0, 40));
    const adding = people.slice(40, 80).map(join);
    const removing = people.slice(0, 20).map((id) => ({ op: "remove", path: `members[value eq "${id}"]` }));
    const listed = people.slice(20, 30).map((value) => ({ op: "Remove", path: "members", value: [{ value }] }));
    const answers = await Promise.all(
      [...adding, ...removing, ...listed].map((operation) => scim("PATCH", `/Groups/${team.id}`, patchBody(operation))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await membersOf(scim, team.id)).toEqual(people.slice(30, 80));
  });

  test("P26 a member counts once, an unknown one is 400 that names it, a deleted one is skipped, a group is none", async () => {
    const [first = "", second = "", gone = ""] = await addPeople(3);
    const team = await addTeam(first);
    const other = await addTeam();
    const value = [{ value: second }, { value: second }, { value: second, type: "User" }];
    await patchTeam(team, { op: "add", path: "members", value });
    expect((await read(scim, `/Groups/${team.id}`)).members).toHaveLength(2);
    await scim("DELETE", `/Users/${gone}`);
    for (const op of ["add", "replace"]) {
      await patchTeam(team, { op, path: "members", value: [{ value: first }, { value: second }, { value: gone }] });
      expect(await membersOf(scim, team.id)).toEqual([first, second].sort());
      for (const id of [nobody, "not-an-id", other.id, first.toUpperCase()]) {
        const body = patchBody({ op, path: "members", value: [{ value: second }, { value: id }] });
        const answer = await scim("PATCH", `/Groups/${team.id}`, body);
        expectError(answer, 400, "invalidValue");
        expect(answer.body.detail).toContain(id);
        expect(answer.body.detail).not.toContain(second);
      }
      const nested = [
        { value: other.id, type: "Group" },
        { value: other.id, $ref: `http://muster.test/scim/v2/Groups/${other.id}` },
        { value: team.id, type: "Group" },
      ];
      for (const member of nested) {
        await refused(
          "/Groups",
          team.id,
          patchBody({ op, path: "members", value: [{ value: second }, member] }),
          400,
          "invalidValue",
        );
      }
    }
    for (const id of [nobody, "not-an-id", other.id]) {
      await patchTeam(team, { op: "remove", path: "members", value: [{ value: id }] });
    }
    expect(await membersOf(scim, team.id)).toEqual([first, second].sort());
    const made = { schemas: [group], displayName: "P26", members: [{ value: first }, { value: nobody }] };
    expectError(await scim("POST", "/Groups", made), 400, "invalidValue");
  });
});
