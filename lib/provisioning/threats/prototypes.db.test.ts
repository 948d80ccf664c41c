import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Body, expectError, nobody, sendBare, urn } from "@/lib/provisioning/conformance/support";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import {
  bulkBody,
  openWorkspace,
  patchBody,
  searchBody,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/fixtures";
import { digestOf, expectCleanPrototypes, refillBuckets } from "./support";

// T20, D-72: names that reach a prototype are 400 wherever a name may stand, and no prototype ever gets anything.

const names = ["__proto__", "constructor", "prototype"];

/** Keys as JSON text, for an object literal with `__proto__` would set a prototype instead. */
const json = (value: unknown) => JSON.stringify(value);

/** A body with one key so named at the place of HERE. */
function withKey(template: unknown, name: string, value: string): string {
  return json(template).replace('"HERE":0', `${json(name)}:${value}`);
}

const here = { HERE: 0 };
const evil = '{"admin":true,"polluted":true}';

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let user: string;
  let group: string;
  let before: string;

  beforeAll(async () => {
    workspace = await openWorkspace("proto");
    scim = open(workspace.token.secret);
    user = `/Users/${(await scim("POST", "/Users", userBody(`lin@${workspace.domain}`))).body.id}`;
    group = `/Groups/${(await scim("POST", "/Groups", { displayName: "G" })).body.id}`;
    before = await digestOf(workspace);
  });

  afterEach(async () => {
    expectCleanPrototypes();
    expect(await digestOf(workspace)).toBe(before);
  });

  const name = () => `x@${workspace.domain}`;

  /** Every place of every body where an object has keys. */
  const places: [string, string, () => string, () => Body][] = [
    ["the root of a POST", "POST", () => "/Users", () => ({ userName: name(), ...here })],
    ["a complex value", "POST", () => "/Users", () => ({ userName: name(), name: here })],
    ["a list's element", "POST", () => "/Users", () => ({ userName: name(), emails: [{ value: "a", ...here }] })],
    ["an extension", "POST", () => "/Users", () => ({ userName: name(), [urn.enterprise]: here })],
    [
      "an extension's complex value",
      "POST",
      () => "/Users",
      () => ({ userName: name(), [urn.enterprise]: { manager: here } }),
    ],
    ["an unknown attribute", "POST", () => "/Users", () => ({ userName: name(), unknown: { a: [{ b: here }] } })],
    ["an unknown extension", "POST", () => "/Users", () => ({ userName: name(), "urn:x:User": here })],
    ["a read-only attribute", "POST", () => "/Users", () => ({ userName: name(), meta: here })],
    ["the password", "POST", () => "/Users", () => ({ userName: name(), password: here })],
    ["the root of a PUT", "PUT", () => user, () => ({ userName: name(), ...here })],
    ["inside a PUT", "PUT", () => user, () => ({ userName: name(), name: { x: { y: here } } })],
    ["a group", "POST", () => "/Groups", () => ({ displayName: "New", ...here })],
    ["a member", "POST", () => "/Groups", () => ({ displayName: "New", members: [here] })],
    ["a group's PUT", "PUT", () => group, () => ({ displayName: "New", members: [{ value: nobody, ...here }] })],
    ["the root of a PATCH", "PATCH", () => user, () => ({ ...patchBody(), ...here })],
    ["an operation", "PATCH", () => user, () => patchBody({ op: "add", path: "title", value: "x", ...here })],
    ["an operation's value", "PATCH", () => user, () => patchBody({ op: "add", path: "name", value: here })],
    ["an operation's value without a path", "PATCH", () => user, () => patchBody({ op: "replace", value: here })],
    ["deep in an operation's value", "PATCH", () => user, () => patchBody({ op: "add", value: { name: { a: here } } })],
    ["an ignored operation's value", "PATCH", () => user, () => patchBody({ op: "add", path: "unknown", value: here })],
    ["what a remove names", "PATCH", () => group, () => patchBody({ op: "remove", path: "members", value: [here] })],
    ["the root of a Bulk", "POST", () => "/Bulk", () => ({ ...bulkBody([]), ...here })],
    ["an operation of a Bulk", "POST", () => "/Bulk", () => bulkBody([{ method: "DELETE", path: user, ...here }])],
    [
      "the data of a Bulk",
      "POST",
      () => "/Bulk",
      () => bulkBody([{ method: "POST", path: "/Users", bulkId: "a", data: here }]),
    ],
    ["the root of a search", "POST", () => "/Users/.search", () => searchBody(here)],
    ["the root of a search at the root", "POST", () => "/.search", () => searchBody({ filter: "id pr", ...here })],
  ];

  test.each(places)("T20 as a key in %s: 400, and nothing happens", async (_name, method, path, template) => {
    for (const key of names) {
      for (const value of [evil, '{"prototype":{"admin":true}}', "true", "null", "[]", '"x"']) {
        const body = withKey(template(), key, value);
        expect(body).toContain(json(key));
        expectError(await scim(method, path(), body), 400, "invalidSyntax");
      }
    }
  });

  test("T20 as an escaped key, and behind a harmless one of the same name", async () => {
    const bodies = [
      `{"userName":"${name()}","\\u005f_proto__":${evil}}`,
      `{"userName":"${name()}","\\u005F\\u005Fproto\\u005f_":${evil}}`,
      `{"userName":"${name()}","c\\u006fnstructor":${evil}}`,
      `{"__proto__":null,"userName":"${name()}"}`,
      `{"__proto__":{"userName":"${name()}"},"schemas":[]}`,
      `{"schemas":["__proto__"],"userName":"${name()}"}`,
    ];
    for (const body of bodies) expectError(await scim("POST", "/Users", body), 400, "invalidSyntax");
  });

  test("T20 inside JSON that travels as a text", async () => {
    for (const key of names) {
      const packed = `{"value":"member",${json(key)}:${evil}}`;
      for (const body of [
        { roles: [{ value: packed }] },
        { emails: [packed] },
        { entitlements: [{ value: packed }] },
      ]) {
        const { status } = await scim("PATCH", user, patchBody({ op: "add", value: body }));
        expect(status, json(body)).toBe(400);
      }
    }
  });

  /** Paths of PATCH whose segments reach a prototype. */
  const paths = names.flatMap((key) => [
    key,
    `${key}.admin`,
    `${key}[type eq "work"].value`,
    `name.${key}`,
    `name.${key}.admin`,
    `emails[type eq "work"].${key}`,
    `emails[${key} eq "x"].value`,
    `emails[type eq "work"].${key}.admin`,
    `${urn.enterprise}:${key}`,
    `${urn.enterprise}:manager.${key}`,
    `${urn.user}:${key}`,
    `urn:x:${key}`,
    `${key}:x`,
    `unknown.${key}`,
    `unknown[${key} eq 1]`,
    `a.b.c.${key}`,
    ` ${key} `,
  ]);

  test.each(paths)("T20 in the path %j of a PATCH: 400 invalidPath, or invalidFilter in its filter", async (path) => {
    for (const op of ["add", "replace", "remove"]) {
      for (const target of [user, group]) {
        const answer = await scim("PATCH", target, patchBody({ op, path, value: true }));
        expect(answer.status, op).toBe(400);
        expect(["invalidPath", "invalidFilter"]).toContain(answer.body.scimType);
      }
    }
    const list = [{ method: "PATCH", path: user, data: patchBody({ op: "add", path, value: true }) }];
    const { body } = await scim("POST", "/Bulk", bulkBody(list));
    expect(body.Operations).toMatchObject([{ status: "400" }]);
    if (names.includes(path)) return; // as a key refused already
    expect((await scim("PATCH", user, patchBody({ op: "add", value: { [path]: true } }))).status).toBe(400);
  });

  async function expectNoAttribute(endpoint: string, path: string): Promise<void> {
    const filter = `${path} eq "x"`;
    expectError(await scim("GET", `${endpoint}/?filter=${encodeURIComponent(filter)}`), 400, "invalidFilter");
    expectError(await scim("GET", `${endpoint}/?sortBy=${path}`), 400, "invalidValue");
    expectError(await scim("POST", `${endpoint}/.search`, searchBody({ sortBy: path })), 400, "invalidValue");
    for (const parameter of ["attributes", "excludedAttributes"])
      expect([200, 400]).toContain((await scim("GET", `${endpoint}/?${parameter}=${path}`)).status);
  }

  test.each(names)("T20 %s in filters and sortBy: 400; in attributes: nothing", async (key) => {
    for (const path of [key, `${key}.x`, `name.${key}`, `emails.${key}`, `${urn.enterprise}:${key}`])
      for (const endpoint of ["/Users", "/Groups", ""]) await expectNoAttribute(endpoint, path);
    expectError(await scim("GET", `/Users?filter=${encodeURIComponent(`emails[${key} pr]`)}`), 400, "invalidFilter");
  });

  test("T20 as the name or the value of a query parameter: like any other unknown one", async () => {
    const plain = await scim("GET", "/Users");
    for (const key of names) {
      for (const query of [`${key}=x`, `${key}[admin]=true`, `${key}.admin=true`, `x[${key}]=1`, `x=${key}`, `${key}`])
        expect((await scim("GET", `/Users?${query}`)).body).toEqual(plain.body);
      expect((await scim("GET", `/Users?count=${key}`)).status).toBe(400);
      expect((await scim("GET", `/Users?sortOrder=${key}&sortBy=id`)).status).toBe(400);
      expectError(await scim("GET", `/Users?cursor=${key}`), 400, "invalidCursor");
    }
  });

  const below = ["", "/Users", "/Groups", "/Schemas", "/ResourceTypes", "/Bulk", "/.search"];

  test.each([...names, "toString", "hasOwnProperty", "valueOf", "__defineGetter__"])(
    "T20 %s in the path of a request: 404, by every method",
    async (key) => {
      for (const path of [...below.map((before) => `${before}/${key}`), `/${key}/x`]) {
        expect((await scim("GET", path)).status, path).toBe(404);
        for (const method of ["PUT", "PATCH", "POST"])
          expect([404, 405], `${method} ${path}`).toContain((await scim(method, path, userBody("x"))).status);
        expect([404, 405], path).toContain((await scim("DELETE", path)).status);
        const { body } = await scim("POST", "/Bulk", bulkBody([{ method: "DELETE", path }]));
        expect(["400", "404", "405"], path).toContain((body.Operations as { status: string }[])[0]?.status);
      }
    },
  );

  test("T20 as a method, an operation's name, a header's name or value", async () => {
    for (const key of names) {
      expectError(await scim("PATCH", user, patchBody({ op: key, path: "title", value: "x" })), 400, "invalidSyntax");
      const { body } = await scim("POST", "/Bulk", bulkBody([{ method: key, path: user }]));
      expect(body.Operations).toMatchObject([{ status: "400" }]);
      for (const headers of [{ [`x-${key}`]: "x" }, { constructor: "x" }, { prototype: "x" }, { "if-none-match": key }])
        expect((await scim("GET", user, undefined, headers)).status).toBe(200);
      refillBuckets();
      expect((await open(key)("GET", user)).status).toBe(401);
      expect((await scim("GET", user, undefined, { "if-match": key, accept: key })).status).toBe(200);
      expect((await scim("DELETE", user, undefined, { "if-match": key })).status).toBe(412);
      expect((await scim("POST", "/Users", "{}", { "content-type": key })).status).toBe(415);
      expect((await scim("POST", "/Users", "{}", { "content-encoding": key })).status).toBe(415);
    }
    const named = Object.fromEntries([["__proto__", "polluted"]]); // a literal would set a prototype
    const headers = { authorization: `Bearer ${workspace.token.secret}`, ...named };
    if (adapter === "server.ts") expect((await sendBare(adapter, "GET", user, headers)).status).toBe(200);
  });

  test("T20 as a value it is a text like any other", async () => {
    const own = await openWorkspace("protovalues");
    const client = open(own.token.secret);
    for (const key of names) {
      const values = {
        title: key,
        externalId: key,
        nickName: key,
        name: { givenName: key },
        emails: [{ value: key, type: key }],
      };
      const made = await client("POST", "/Users", userBody(`${key}@${own.domain}`, values));
      expect(made).toMatchObject({ status: 201, body: values });
      const filter = `title eq "${key}" and emails[type eq "${key}"]`;
      expect((await client("GET", `/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults).toBe(1);
      const operation = { op: "replace", path: `emails[type eq "${key}"].display`, value: key };
      expect((await client("PATCH", `/Users/${made.body.id}`, patchBody(operation))).status).toBe(200);
      const added = { op: "add", path: `phoneNumbers[type eq "${key}"].value`, value: key };
      expect((await client("PATCH", `/Users/${made.body.id}`, patchBody(added))).body.phoneNumbers).toEqual([
        { type: key, value: key },
      ]);
      const list = [
        { method: "POST", path: "/Users", bulkId: key, data: userBody(`bulk${key}@${own.domain}`) },
        {
          method: "POST",
          path: "/Groups",
          bulkId: "g",
          data: { displayName: key, members: [{ value: `bulkId:${key}` }] },
        },
      ];
      const { body } = await client("POST", "/Bulk", bulkBody(list));
      expect(body.Operations).toMatchObject([{ status: "201", bulkId: key }, { status: "201" }]);
    }
  });
});
