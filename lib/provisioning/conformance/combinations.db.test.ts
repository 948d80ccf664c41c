import { beforeAll, describe, expect, test } from "vitest";
import { declareSchemaExtension } from "@/lib/provisioning/resources/schema-extensions";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import {
  bulkBody,
  openWorkspace,
  patchBody,
  searchBody,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/fixtures";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { add, type Body, change, expectError, insertPeople, type Resource, read, urn } from "./support";

// Rules where they meet: each was broken once in a way that no test of one rule alone could see.

const extension = "urn:acme:params:scim:schemas:extension:desk:1.0:User";
const desk = (attributes: Body[]) => ({ id: extension, name: "Desk", attributes });
const text = (name: string, more: Body = {}) => ({ name, type: "string", ...more });

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let made = 0;

  const newName = () => `person${++made}@${workspace.domain}`;
  const addUser = (more: Body = {}) => add(scim, "/Users", userBody(newName(), more));
  const pathOf = ({ id }: Resource) => `/Users/${id}`;
  const patch = (person: Resource, ...operations: Body[]) => change(scim, pathOf(person), patchBody(...operations));
  const tryPatch = (person: Resource, ...operations: Body[]) => scim("PATCH", pathOf(person), patchBody(...operations));

  /** What was read is put back as it is: nothing of it may move (W9). */
  async function expectPutBack(person: Resource): Promise<void> {
    const body = await read(scim, pathOf(person));
    expect((await scim("PUT", pathOf(person), body)).body).toEqual(body);
  }

  beforeAll(async () => {
    workspace = await openWorkspace("combined");
    scim = open(workspace.token.secret);
  });

  test("P7 R-56 an add of one value that is JSON inside a text takes nothing away, but for roles, which Entra states as a whole", async () => {
    const person = await addUser({ entitlements: [{ value: "e1" }, { value: "e2" }], roles: [{ value: "old" }] });
    const packed = JSON.stringify({ value: "new", scope: "x" });
    const changed = await patch(
      person,
      { op: "add", path: "entitlements", value: [{ value: JSON.stringify({ scope: "x" }) }] },
      { op: "add", path: "roles", value: [{ value: packed }] },
    );
    expect((changed.entitlements as Body[]).map(({ value }) => value)).toEqual(["e1", "e2", '{"scope":"x"}']);
    expect((changed.roles as Body[]).map(({ value }) => value)).toEqual(["new"]);
    const people = [await addUser(), await addUser()].map(({ id }) => ({ value: id }));
    const team = await add(scim, "/Groups", { displayName: `Packed ${made}`, members: people });
    const one = { value: JSON.stringify(people[0]) };
    const after = await change(scim, `/Groups/${team.id}`, patchBody({ op: "add", path: "members", value: [one] }));
    expect(after.members).toHaveLength(2);
  });

  test.each([
    ["U+0000", '{"value":"a\\u0000b"}'],
    ["half of a surrogate pair", '{"value":"a\\ud800"}'],
    ["a number that is too large", '{"value":"a","x":1e999}'],
    ["a name that stands twice", '{"value":"member","value":"admin"}'],
    ["a depth of 20,000", `${'{"value":'.repeat(20_000)}1${"}".repeat(20_000)}`],
  ])("T19 E5 R-56 JSON inside a text is held to what a body is held to: %s", async (_name, value) => {
    expect((await scim("POST", "/Users", userBody(newName(), { roles: [{ value }] }))).status).toBe(400);
    const person = await addUser();
    expect((await tryPatch(person, { op: "add", path: "roles", value: [{ value }] })).status).toBe(400);
    expect(await read(scim, pathOf(person))).not.toHaveProperty("roles");
  });

  test("T16 an externalId of 4 kB that can't be compressed is stored and found; names that no index holds are 400", async () => {
    const long = Buffer.from(Array.from({ length: 3_072 }, (_, at) => (at * 7_919 + at ** 3) % 251)).toString("base64");
    for (const [endpoint, body] of [
      ["/Users", userBody(newName())],
      ["/Groups", { displayName: `Long ${++made}` }],
    ] as ["/Users" | "/Groups", Body][]) {
      const { id } = await add(scim, endpoint, { ...body, externalId: long });
      const found = await scim(
        "GET",
        `${endpoint}?count=2&attributes=id&filter=${encodeURIComponent(`externalId sw "${long.slice(0, 900)}"`)}`,
      );
      expect(found.body.Resources).toMatchObject([{ id }]);
      const other = {
        ...body,
        userName: newName(),
        displayName: `Long ${++made}`,
        externalId: `${long.slice(0, -4)}AAAA`,
      };
      await add(scim, endpoint, other);
      const search = searchBody({ filter: `externalId eq "${long.slice(0, 2_000)}"` });
      expect((await scim("POST", `${endpoint}/.search`, search)).body.totalResults).toBe(0);
    }
    for (const name of [long, "\ufdfa".repeat(120)]) {
      expectError(await scim("POST", "/Users", userBody(name)), 400, "invalidValue");
      expectError(await scim("POST", "/Groups", { displayName: name }), 400, "invalidValue");
      expectError(
        await tryPatch(await addUser(), { op: "replace", path: "userName", value: name }),
        400,
        "invalidValue",
      );
    }
  });

  test("K4 a bulkId that another one begins with is not the one that is meant, in paths of operations and of PATCH", async () => {
    const taken = await addUser();
    const answer = await scim(
      "POST",
      "/Bulk",
      bulkBody([
        { method: "POST", path: "/Users", bulkId: "1", data: userBody(String(taken.userName)) },
        { method: "POST", path: "/Users", bulkId: "10", data: userBody(newName()) },
        { method: "PATCH", path: "/Users/bulkId:10", data: patchBody({ op: "add", path: "title", value: "T" }) },
        {
          method: "POST",
          path: "/Groups",
          bulkId: "g",
          data: { displayName: `Bulk ${++made}`, members: [{ value: "bulkId:10" }] },
        },
        {
          method: "PATCH",
          path: "/Groups/bulkId:g",
          data: patchBody({ op: "remove", path: 'members[value eq "bulkId:10"]' }),
        },
      ]),
    );
    expect((answer.body.Operations as Body[]).map(({ status }) => status)).toEqual(["409", "201", "200", "201", "200"]);
  });

  test("P9 an element that a value path makes primary is the only one", async () => {
    const person = await addUser({ emails: [{ value: "a@x.test", type: "work", primary: true }] });
    const path = 'emails[type eq "home" and primary eq true].value';
    const { emails } = await patch(person, { op: "replace", path, value: "b@x.test" });
    expect((emails as Body[]).map(({ value, primary }) => [value, primary])).toEqual([
      ["a@x.test", false],
      ["b@x.test", true],
    ]);
    await expectPutBack(person);
    const again = await addUser({
      emails: [
        { value: "b@x.test", type: "home" },
        { value: "c@x.test", primary: true },
      ],
    });
    const moved = await patch(again, { op: "replace", path, value: "b@x.test" });
    expect(
      (moved.emails as Body[]).map(({ value, primary }) => [value, primary]),
      "made the same as one that is there",
    ).toEqual([
      ["b@x.test", true],
      ["c@x.test", false],
    ]);
  });

  test("R-53 P21 null inside an element that a value path names clears that part, and null for the element clears it", async () => {
    const two = [
      { value: "a@x.test", type: "work", display: "A" },
      { value: "b@x.test", type: "home" },
    ];
    for (const [value, left] of [
      [{ value: null }, ["a@x.test"]],
      [null, ["a@x.test"]],
      ["", ["a@x.test"]],
      [{ display: null }, ["a@x.test", "b@x.test"]],
    ] as [unknown, string[]][]) {
      const person = await addUser({ emails: two });
      const { emails } = await patch(person, { op: "replace", path: 'emails[type eq "home"]', value });
      expect(
        (emails as Body[]).map((email) => email.value),
        JSON.stringify(value),
      ).toEqual(left);
      expect(JSON.stringify(emails)).not.toContain("null");
      await expectPutBack(person);
    }
    const person = await addUser({ emails: two });
    const ghost = { op: "add", path: 'emails[type eq "other"]', value: { value: null, display: null } };
    expect((await patch(person, ghost)).emails).toHaveLength(2);
  });

  test("P11 what is required can't be blanked by PATCH either", async () => {
    const person = await addUser();
    for (const value of ["   ", "\u3000", " \t"])
      expectError(await tryPatch(person, { op: "replace", path: "userName", value }), 400, "invalidValue");
    expect(await read(scim, pathOf(person))).toEqual(person);
  });

  test("W15 P8 elements are the same whatever the order of their parts, and the case of letters where it does not count", async () => {
    const person = await addUser({
      addresses: [{ country: "DE", locality: "Bonn" }],
      emails: [{ value: "a@x.test", type: "work" }, { value: "b@x.test" }],
    });
    const same = { op: "add", path: "addresses", value: [{ locality: "Bonn", country: "DE" }] };
    expect(await patch(person, same)).toEqual(person);
    await patch(person, { op: "add", path: "emails", value: [{ value: "A@X.test", type: "work" }] });
    const left = await patch(person, { op: "remove", path: "emails", value: [{ value: "B@X.TEST" }] });
    expect(left.emails).toEqual([{ value: "A@X.test", type: "work" }]);
  });

  test("W11 a name that stands twice in two spellings is refused in every message", async () => {
    const person = await addUser();
    const twice: Body[] = [
      { op: "replace", value: { title: "a", Title: "b" } },
      { op: "replace", Op: "remove", path: "title", value: "a" },
      { op: "replace", path: "title", Path: "nickName", value: "a" },
    ];
    for (const operation of twice) expectError(await tryPatch(person, operation), 400, "invalidSyntax");
    const search = searchBody({ filter: "title pr", Filter: "active eq true" });
    expectError(await scim("POST", "/Users/.search", search), 400, "invalidSyntax");
  });

  test("P18 the value of a member can't be changed through the element as a whole", async () => {
    const ids = [await addUser(), await addUser(), await addUser()].map(({ id }) => id);
    const members = ids.slice(0, 2).map((value) => ({ value }));
    const team = await add(scim, "/Groups", { displayName: `Kept ${++made}`, members });
    for (const path of ['members[type eq "User"]', `members[value eq "${ids[0]}"]`]) {
      const body = patchBody({ op: "replace", path, value: { value: ids[2] } });
      expectError(await scim("PATCH", `/Groups/${team.id}`, body), 400, "mutability");
    }
    expect(await read(scim, `/Groups/${team.id}`)).toEqual(team);
  });

  test("R-51 a remove that names a list of none removes none", async () => {
    const team = await add(scim, "/Groups", {
      displayName: `Chunk ${++made}`,
      members: [{ value: (await addUser()).id }],
    });
    const body = patchBody({ op: "remove", path: "members", value: [] });
    expect(await change(scim, `/Groups/${team.id}`, body)).toEqual(team);
  });

  test("R-35 a projection that leaves nothing of a complex value leaves it out", async () => {
    const person = await addUser({ name: { familyName: "Ek" }, emails: [{ value: "a@x.test" }] });
    const shown = await scim("GET", `${pathOf(person)}?attributes=name.givenName,emails.display`);
    expect(Object.keys(shown.body).sort()).toEqual(["id", "schemas"]);
  });

  test("W5 R-48 null for schemas is absence, and the core schema's URN may stand before its attributes", async () => {
    const body = { ...userBody(newName()), schemas: null, [urn.user]: { title: "T", nickName: "N" } };
    const person = await add(scim, "/Users", body);
    expect(person).toMatchObject({ title: "T", nickName: "N" });
    const changed = await patch(person, { op: "replace", value: { [urn.user]: { title: "U" } } });
    expect(changed).toMatchObject({ title: "U", nickName: "N" });
  });

  test("F9 W13 a day that no calendar has is no date", async () => {
    expectError(
      await scim("GET", `/Users?filter=${encodeURIComponent('meta.created gt "2026-02-30T00:00:00Z"')}`),
      400,
      "invalidFilter",
    );
    expect(
      (await scim("GET", `/Users?filter=${encodeURIComponent('meta.created gt "2024-02-29T00:00:00Z"')}`)).status,
    ).toBe(200);
  });

  test("F2 not without brackets says how to write it", async () => {
    const answer = await scim("GET", "/Users?filter=not%20title%20pr");
    expectError(answer, 400, "invalidFilter");
    expect(answer.body.detail).toContain("not (…)");
  });

  test("T19 T29 a PATCH that would look through too many values is 413, and no list grows without end", async () => {
    const emails = Array.from({ length: 10_000 }, (_, n) => ({ value: `p${n}@x.test` }));
    const person = await addUser({ emails });
    const terms = Array.from({ length: 20 }, (_, n) => `value co "z${n}"`).join(" or ");
    const many = Array.from({ length: 200 }, () => ({ op: "remove", path: `emails[${terms}]` }));
    expectError(await tryPatch(person, ...many), 413, "tooMany");
    expectError(
      await tryPatch(person, { op: "add", path: "emails", value: [{ value: "one@x.test" }] }),
      413,
      "tooMany",
    );
    expect((await tryPatch(person, { op: "add", path: "title", value: "T" })).status).toBe(200);
  });

  test("P22 a large group that is not sent back has its version in the ETag", async () => {
    const people = await insertPeople(workspace, 1_001);
    const team = await add(scim, "/Groups", {
      displayName: `Large ${++made}`,
      members: people.map((value) => ({ value })),
    });
    const answer = await scim(
      "PATCH",
      `/Groups/${team.id}`,
      patchBody({ op: "replace", path: "externalId", value: "x" }),
    );
    expect([answer.status, answer.headers.get("etag")]).toEqual([204, 'W/"2"']);
  });

  describe("an extension of the workspace's own", () => {
    beforeAll(async () => {
      workspace = await openWorkspace("combined");
      scim = open(workspace.token.secret);
    });

    test("E11 R-43 what a schema requires since yesterday keeps nobody from being suspended or changed", async () => {
      const person = await addUser();
      await declareSchemaExtension(
        workspace.operator,
        "User",
        desk([text("room", { required: true }), text("note")]),
        true,
      );
      expect(await patch(person, { op: "replace", path: "active", value: false })).toMatchObject({ active: false });
      expect(await patch(person, { op: "add", path: "title", value: "T" })).toMatchObject({ title: "T" });
      const part = { op: "add", path: `${extension}:note`, value: "n" };
      expectError(await tryPatch(person, part), 400, "invalidValue");
      await patch(person, part, { op: "add", path: `${extension}:room`, value: "1" });
      for (const operation of [
        { op: "remove", path: `${extension}:room` },
        { op: "replace", path: `${extension}:room`, value: " " },
        { op: "remove", path: extension },
      ])
        expectError(await tryPatch(person, operation), 400, "mutability");
      await expectPutBack(person);
    });

    test("E11 W6 P14 parts of complex values: required ones stay, what is only written stays, immutable ones take a value once", async () => {
      const parts = [
        text("room", { required: true }),
        text("floor"),
        text("pin", { mutability: "writeOnly" }),
        text("lock", { mutability: "immutable" }),
      ];
      const other = "urn:acme:params:scim:schemas:extension:place:1.0:User";
      const attributes = [
        { name: "desk", type: "complex", subAttributes: parts },
        {
          name: "cars",
          type: "complex",
          multiValued: true,
          subAttributes: [text("value"), text("pin", { mutability: "writeOnly" })],
        },
      ];
      workspace = await openWorkspace("combined");
      scim = open(workspace.token.secret);
      await declareSchemaExtension(workspace.operator, "User", { id: other, name: "Place", attributes }, false);
      const cars = [
        { value: "A", pin: "1" },
        { value: "B", pin: "2" },
      ];
      const person = await addUser({ [other]: { desk: { room: "1", pin: "9" }, cars } });
      expectError(await tryPatch(person, { op: "remove", path: `${other}:desk.room` }), 400, "mutability");
      expectError(
        await tryPatch(await addUser(), { op: "add", path: `${other}:desk.floor`, value: "2" }),
        400,
        "invalidValue",
      );

      await expectPutBack(person);
      const before = await read(scim, pathOf(person));
      const pins = [
        { op: "replace", path: `${other}:desk.pin`, value: "9" },
        { op: "replace", path: `${other}:cars[value eq "B"].pin`, value: "2" },
      ];
      expect(await patch(person, ...pins), "the same as they were before PUT").toEqual(before);

      const lock = (value: string) => ({ op: "replace", path: `${other}:desk.lock`, value });
      expect((await tryPatch(person, lock("x"))).status).toBe(200);
      expect((await tryPatch(person, lock("x"))).status).toBe(200);
      expectError(await tryPatch(person, lock("y")), 400, "mutability");
    });

    test("T20 an attribute can't be called what every object has", async () => {
      for (const name of ["toString", "valueOf", "hasOwnProperty"]) {
        const schema = { id: `${extension}:x`, name: "X", attributes: [text(name)] };
        await expect(declareSchemaExtension(workspace.operator, "User", schema, false)).rejects.toThrow(
          /can't be the name/,
        );
      }
    });
  });

  test("W1 a userName that another connection manages is 409 that names it", async () => {
    const person = await addUser();
    const input = { name: "Second", scopes: ["user_management:read-write"], expiresAt: null, connection: "new" };
    const second = open((await createAccessToken(workspace.operator, input)).secret);
    const answer = await second("POST", "/Users", userBody(String(person.userName)));
    expectError(answer, 409, "uniqueness");
    expect(answer.body.detail).toContain("managed by the connection");
  });
});
