import { beforeAll, describe, expect, test } from "vitest";
import {
  add,
  type Body,
  expectError,
  find,
  nobody,
  type Resource,
  read,
  urn,
} from "@/lib/provisioning/conformance/support";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { bulkBody, openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";

// What clients and SDKs that read the standard strictly met on the wire: order of checks (D-62), formats (D-79), errors (D-80). The ids
// of these tests are those of a review (docs/rules/README.md).

/** The fields of RFC 7644 §3.12, and the request id at the end of the detail. */
function expectBare(body: Body, requestId: string | null): void {
  const fields = Object.keys(body).filter((name) => name !== "scimType");
  expect(fields).toEqual(["schemas", "status", "detail"]);
  expect(requestId).toMatch(/\S/);
  expect(String(body.detail).endsWith(` Request ID: ${requestId}`), String(body.detail)).toBe(true);
}

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let made = 0;

  beforeAll(async () => {
    workspace = await openWorkspace(adapter === "server.ts" ? "wires" : "wirer");
    scim = open(workspace.token.secret);
  });

  const named = (more: Body = {}) => userBody(`p${++made}@${workspace.domain}`, more);
  const addUser = (more: Body = {}) => add(scim, "/Users", named(more));
  const patch = (path: string, ...operations: Body[]) => scim("PATCH", path, patchBody(...operations));

  test("E1 a charset on JSON means nothing, whatever its value; bytes that are no UTF-8 are 400", async () => {
    for (const charset of ["ISO-8859-1", "utf-16", '"windows-1252"', "UTF-8", "", "nonsense"]) {
      for (const type of ["application/scim+json", "application/json"]) {
        const headers = { "content-type": `${type}; charset=${charset}` };
        const { status, body } = await scim("POST", "/Users", named({ displayName: "Zoë" }), headers);
        expect(status, charset).toBe(201);
        expect((await read(scim, `/Users/${body.id}`)).displayName).toBe("Zoë");
        const latin = Buffer.from(JSON.stringify(named({ displayName: "Zoë" })), "latin1");
        expectError(await scim("POST", "/Users", latin, headers), 400, "invalidSyntax");
        const wide = Buffer.from(JSON.stringify(named()), "utf16le");
        expectError(await scim("POST", "/Users", wide, headers), 400, "invalidSyntax");
      }
    }
    expect((await scim("POST", "/Users", named(), { "content-type": "text/plain; charset=utf-8" })).status).toBe(415);
  });

  test("E2 an error holds schemas, status, scimType and detail and nothing else; the request id ends the detail", async () => {
    const path = `/Users/${(await addUser()).id}`;
    const taken = await addUser();
    const answers = [
      await scim("GET", "/Users/nope"),
      await scim("GET", "/Nope"),
      await scim("PUT", "/Schemas", {}),
      await scim("GET", "/Me"),
      await scim("GET", "/Users?filter=nope"),
      await scim("POST", "/Users", userBody(String(taken.userName))),
      await scim("POST", "/Users", "{"),
      await patch(path, { op: "replace", path: "id", value: "x" }),
      await scim("DELETE", path, undefined, { "if-match": 'W/"9"' }),
      await open("mst_nope")("GET", "/Users"),
      await open(null)("GET", "/Users"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 405, 501, 400, 409, 400, 400, 412, 401, 401]);
    for (const { body, headers } of answers) expectBare(body, headers.get("x-request-id"));
  });

  test("E2 in a Bulk each operation's error is as bare, also that of one that never ran", async () => {
    const operations = [
      { method: "GET", path: "/Users" },
      { method: "POST", path: "/Users", data: named() },
      { method: "POST", path: "/Users", bulkId: "a", data: { userName: "" } },
      { method: "PATCH", path: `/Users/${nobody}`, data: patchBody({ op: "replace", path: "title", value: "x" }) },
      { method: "DELETE", path: "/Users/bulkId:a" },
      { method: "DELETE", path: "/Users/bulkId:z" },
    ];
    const { body, headers } = await scim("POST", "/Bulk", bulkBody(operations));
    const results = body.Operations as { status: string; response: Body }[];
    expect(results.map(({ status }) => status)).toEqual(["400", "400", "400", "404", "409", "400"]);
    for (const { response } of results) expectBare(response, headers.get("x-request-id"));
  });

  test("E5 a replace by a value path that matches nothing makes the element where its list declares no canonical types", async () => {
    for (const name of ["roles", "entitlements", "x509Certificates"]) {
      const value = name === "x509Certificates" ? "MIIB" : "engineer";
      for (const op of ["Replace", "replace"]) {
        const { status, body } = await patch(`/Users/${(await addUser()).id}`, {
          op,
          path: `${name}[type eq "work"].value`,
          value,
        });
        expect(status, name).toBe(200);
        expect(body[name]).toEqual([{ type: "work", value }]);
      }
    }
    const one = await addUser({ roles: [{ value: "a", type: "home" }] });
    const both = await patch(`/Users/${one.id}`, {
      op: "replace",
      path: 'roles[type eq "X" and primary eq true].value',
      value: "b",
    });
    expect(both.body.roles).toEqual([
      { value: "a", type: "home" },
      { type: "X", primary: true, value: "b" },
    ]);
  });

  test("E5 it stays noTarget for unknown canonical types and for what names no type", async () => {
    const path = `/Users/${(await addUser()).id}`;
    for (const target of [
      'emails[type eq "pager"].value',
      'phoneNumbers[type eq "x"].value',
      'roles[value eq "x"].display',
      'roles[type ne "x"].value',
      'roles[type eq "x" or type eq "y"].value',
    ])
      expectError(await patch(path, { op: "replace", path: target, value: "v" }), 400, "noTarget");
  });

  test("E6 failOnErrors 0 is no limit; what is no count is 400", async () => {
    const failing = [1, 2, 3].map(() => ({ method: "DELETE", path: `/Users/${nobody}` }));
    for (const failOnErrors of [0, null, undefined]) {
      const { status, body } = await scim("POST", "/Bulk", bulkBody(failing, { failOnErrors }));
      expect(status).toBe(200);
      expect(body.Operations).toHaveLength(3);
    }
    expect((await scim("POST", "/Bulk", bulkBody(failing, { failOnErrors: 2 }))).body.Operations).toHaveLength(2);
    for (const failOnErrors of [-1, 1.5, "1", true])
      expectError(await scim("POST", "/Bulk", bulkBody(failing, { failOnErrors })), 400, "invalidValue");
  });

  test("E6 a wrong token's 401 says invalid_token; where none was sent there is no error to name", async () => {
    for (const wrong of ["mst_nope", "x".repeat(51), `mso_${"A".repeat(60)}`]) {
      for (const path of ["/Users", "/ServiceProviderConfig", "/Nope"]) {
        const { status, headers } = await open(wrong)("GET", path);
        expect(status).toBe(401);
        expect(headers.get("www-authenticate")).toMatch(/^Bearer realm="scim", error="invalid_token"/);
      }
    }
    const { status, headers } = await open(null)("GET", "/Users");
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).not.toContain("error=");
  });

  test("E6 a search is read without schemas, or with none in them, at the types and at the root; with those of something else it is 400", async () => {
    const { userName, id } = await addUser();
    const body = { filter: `userName eq "${userName}"` };
    for (const path of ["/Users/.search", "/.search"])
      for (const more of [{}, { schemas: null }, { schemas: [] }]) {
        const answer = await scim("POST", path, { ...body, ...more });
        expect(answer.status).toBe(200);
        expect((answer.body.Resources as Resource[]).map((one) => one.id)).toEqual([id]);
      }
    for (const schemas of [[urn.user], "x"])
      expectError(await scim("POST", "/Users/.search", { ...body, schemas }), 400, "invalidSyntax");
    expectError(await scim("PATCH", `/Users/${id}`, { Operations: [] }), 400, "invalidSyntax");
  });

  test("E6 a PATCH that can't be is 400 before 404: without a value or with a path that is none", async () => {
    const { id } = await addUser({ title: "Dr" });
    for (const where of [`/Users/${id}`, `/Users/${nobody}`, "/Users/nope", `/Groups/${nobody}`, "/Groups/nope"]) {
      for (const op of ["add", "replace"])
        expectError(await patch(where, { op, path: "displayName" }), 400, "invalidValue");
      expectError(await patch(where, { op: "add" }), 400, "invalidValue");
      expectError(await patch(where, { op: "replace", path: "a b", value: 1 }), 400, "invalidPath");
    }
    expect((await read(scim, `/Users/${id}`)).title).toBe("Dr");
    expectError(await patch("/Users/nope", { op: "replace", path: "title", value: null }), 404);
    expect((await patch(`/Users/${id}`, { op: "replace", path: "title", value: null })).body).not.toHaveProperty(
      "title",
    );
  });

  test("E6 active can't be removed: 400 mutability, and nothing else of the request is done", async () => {
    for (const active of [true, false]) {
      const { id } = await addUser({ active, title: "Dr" });
      for (const path of ["active", "ACTIVE", `${urn.user}:active`]) {
        const operations = [
          { op: "replace", path: "title", value: "x" },
          { op: "Remove", path },
        ];
        expectError(await patch(`/Users/${id}`, ...operations), 400, "mutability");
      }
      expect(await read(scim, `/Users/${id}`)).toMatchObject({ active, title: "Dr" });
    }
  });

  test("E7 a bare word that holds quotes, entities or escapes is invalidFilter, never an empty list", async () => {
    const { id, userName } = await addUser({ externalId: "plain-1", emails: [{ type: "work", value: "a@x.test" }] });
    const words = [
      "'V'",
      "`V`",
      "“V”",
      "‘V’",
      "„V“",
      "«V»",
      "&quot;V&quot;",
      "&#34;V&#34;",
      "&#x22;V",
      "%22V%22",
      "V%40",
      "\\V",
      '\\"V\\"',
      "V'",
      '"V',
      'V"',
      "″V″",
      "´V´",
    ];
    for (const word of words) {
      const literal = word.replace("V", String(userName));
      for (const filter of [
        `userName eq ${literal}`,
        `externalId eq ${literal}`,
        `emails[type eq work and value eq ${literal}]`,
        `emails.value co ${literal}`,
      ]) {
        const answer = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
        expectError(answer, 400, "invalidFilter");
      }
      expectError(
        await patch(`/Users/${id}`, { op: "remove", path: `emails[value eq ${literal}]` }),
        400,
        "invalidFilter",
      );
    }
    for (const filter of [
      `userName eq ${userName}`,
      "externalId eq plain-1",
      "emails[type eq work and value eq a@x.test]",
    ])
      expect((await find(scim, "/Users", filter)).map((one) => one.id)).toContain(id);
    expect(await find(scim, "/Users", `userName eq r&d@${workspace.domain}`)).toEqual([]);
    expect(await find(scim, "/Users", `userName eq "O'Brien %22 &quot;"`)).toEqual([]);
  });

  test("E6 a member that is only an address is whom the address ends on; a list of one is the value (azure-docs#42220)", async () => {
    const people = await Promise.all([addUser(), addUser(), addUser()]);
    const [one, two, three] = people.map(({ id }) => id);
    const at = (id: string | undefined) => `https://old.test/scim/Users/${id}`;
    const group = await add(scim, "/Groups", { displayName: `G${++made}`, members: [{ $ref: at(one) }] });
    const ids = async () =>
      ((await read(scim, `/Groups/${group.id}`)).members as { value: string }[]).map(({ value }) => value).sort();
    expect(await ids()).toEqual([one]);
    await patch(`/Groups/${group.id}`, {
      op: "Add",
      path: "members",
      value: [{ $ref: `${at(two)}/` }, { $ref: null, value: three }],
    });
    expect(await ids()).toEqual([one, two, three].sort());
    await patch(`/Groups/${group.id}`, { op: "Remove", path: "members", value: [{ $REF: at(one) }] });
    expect(await ids()).toEqual([two, three].sort());
    const nested = await scim("POST", "/Groups", {
      displayName: `G${++made}`,
      members: [{ $ref: `https://x/Groups/${group.id}` }],
    });
    expectError(nested, 400, "invalidValue");
    const path = `/Users/${one}`;
    const set = await patch(
      path,
      { op: "Replace", path: "displayName", value: [{ value: "Ada" }] },
      { op: "Add", path: "title", value: [{ value: "Dr" }] },
      { op: "Add", path: "active", value: [{ value: "False" }] },
    );
    expect(set.body).toMatchObject({ displayName: "Ada", title: "Dr", active: false });
    expect((await patch(path, { op: "Replace", path: "title", value: [] })).body).not.toHaveProperty("title");
    expectError(await patch(path, { op: "Replace", path: "title", value: ["a"] }), 400, "invalidValue");
    const manager = [{ $ref: at(two), value: two }];
    const managed = await patch(path, { op: "Add", path: "manager", value: manager });
    expect(managed.body[urn.enterprise]).toMatchObject({ manager: { value: two } });
  });
});
