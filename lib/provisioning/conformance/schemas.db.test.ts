import { beforeAll, describe, expect, test } from "vitest";
import { all, sql } from "@/lib/db";
import {
  declareSchemaExtension,
  listSchemaExtensions,
  removeSchemaExtension,
} from "@/lib/provisioning/resources/schema-extensions";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody, versionIs } from "@/lib/provisioning/testing/fixtures";
import { type Body, expectError, type Resource, urn } from "./support";

// /Schemas is reality: what it declares, built in or by the workspace, is written, read, filtered, sorted and patched (E12).

const acme = "urn:acme:params:scim:schemas:extension:acme:1.0:User";
const squad = "urn:acme:params:scim:schemas:extension:acme:1.0:Group";

const acmeUser = {
  id: acme,
  name: "AcmeUser",
  description: "What Acme knows of a person",
  attributes: [
    { name: "badge", type: "string", caseExact: true, mutability: "immutable" },
    { name: "nick", type: "string" },
    { name: "floor", type: "integer" },
    { name: "share", type: "decimal" },
    { name: "remote", type: "boolean" },
    { name: "since", type: "dateTime" },
    { name: "key", type: "binary" },
    { name: "desk", type: "reference", referenceTypes: ["external"] },
    { name: "tags", type: "string", multiValued: true },
    { name: "levels", type: "integer", multiValued: true },
    { name: "pin", type: "string", mutability: "writeOnly" },
    { name: "note", type: "string", returned: "request" },
    {
      name: "car",
      type: "complex",
      subAttributes: [
        { name: "plate", type: "string" },
        { name: "seats", type: "integer" },
        { name: "code", type: "string", returned: "never" },
      ],
    },
    {
      name: "skills",
      type: "complex",
      multiValued: true,
      subAttributes: [
        { name: "value", type: "string" },
        { name: "type", type: "string", canonicalValues: ["craft", "language"] },
        { name: "primary", type: "boolean" },
        { name: "level", type: "integer" },
      ],
    },
  ],
};

const acmeGroup = {
  id: squad,
  name: "AcmeGroup",
  attributes: [
    { name: "costCenter", type: "string", required: true },
    { name: "budget", type: "decimal" },
  ],
};

type Described = {
  name: string;
  type: string;
  multiValued: boolean;
  mutability: string;
  returned: string;
  required: boolean;
  caseExact?: boolean;
  subAttributes?: Described[];
};

/** Two values of a type that differ, the lower first. */
const samples: Record<string, [unknown, unknown]> = {
  string: ["Alpha", "beta"],
  reference: ["https://a.test/", "https://b.test/"],
  binary: ["AAAA", "BBBB"],
  integer: [3, 12],
  decimal: [1.5, 10.25],
  boolean: [false, true],
  dateTime: ["2026-01-01T00:00:00Z", "2026-06-01T00:00:00+02:00"],
};

/** A leaf of a schema: its path as it is written, and how a value stands in a body. */
type Leaf = { path: string; attribute: Described; wrap: (value: unknown) => Body };

function leavesOf(attributes: Described[], prefix: string, wrap: (body: Body) => Body): Leaf[] {
  return attributes.flatMap((attribute) => {
    const inList = (value: unknown) => (attribute.multiValued ? [value] : value);
    if (attribute.type !== "complex")
      return [
        {
          path: `${prefix}${attribute.name}`,
          attribute,
          wrap: (value: unknown) => wrap({ [attribute.name]: inList(value) }),
        },
      ];
    return (attribute.subAttributes ?? []).map((sub) => ({
      path: `${prefix}${attribute.name}.${sub.name}`,
      attribute: { ...sub, multiValued: attribute.multiValued },
      wrap: (value: unknown) => wrap({ [attribute.name]: inList({ [sub.name]: value }) }),
    }));
  });
}

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let people = 0;

  beforeAll(async () => {
    workspace = await openWorkspace("schemas");
    scim = open(workspace.token.secret);
    await declareSchemaExtension(workspace.operator, "User", acmeUser, false);
    await declareSchemaExtension(workspace.operator, "Group", acmeGroup, false);
  });

  const named = (more: Body = {}) => userBody(`s${++people}@${workspace.domain}`, more);

  async function make(more: Body): Promise<Resource> {
    const { status, body } = await scim("POST", "/Users", named(more));
    expect(status, JSON.stringify(body)).toBe(201);
    return body as Resource;
  }

  async function find(filter: string): Promise<string[]> {
    const { status, body } = await scim("GET", `/Users?count=1000&filter=${encodeURIComponent(filter)}`);
    expect(status, `${filter} ${JSON.stringify(body)}`).toBe(200);
    return (body.Resources as Resource[]).map(({ id }) => id);
  }

  async function leaves(): Promise<Leaf[]> {
    const { body } = await scim("GET", "/Schemas");
    const schemas = body.Resources as { id: string; attributes: Described[] }[];
    const own = schemas.filter(({ id }) => id === urn.user || id.endsWith(":User"));
    expect(own.map(({ id }) => id)).toEqual([
      urn.user,
      urn.enterprise,
      "urn:ietf:params:scim:schemas:extension:muster:2.0:User",
      acme,
    ]);
    return own.flatMap(({ id, attributes }) =>
      id === urn.user
        ? leavesOf(attributes, "", (body) => body)
        : leavesOf(attributes, `${id}:`, (body) => ({ [id]: body })),
    );
  }

  /** Every attribute that can be written and is shown, but those whose values mean something to the workspace. */
  async function plainLeaves(): Promise<Leaf[]> {
    const meaningful = /^(userName|active|emails\.|roles\.)|appRole$/;
    return (await leaves()).filter(
      ({ path, attribute: { mutability, returned } }) =>
        !meaningful.test(path) && mutability !== "readOnly" && mutability !== "writeOnly" && returned === "default",
    );
  }

  /** Two people who differ in one attribute, the lower value first. */
  type Pair = {
    path: string;
    attribute: Described;
    wrap: Leaf["wrap"];
    values: [unknown, unknown];
    first: string;
    second: string;
  };

  async function makePair({ path, attribute, wrap }: Leaf): Promise<Pair> {
    const values = samples[attribute.type] ?? ["", ""];
    const [first, second] = [await make(wrap(values[0])), await make(wrap(values[1]))];
    expect(first, path).toMatchObject(wrap(values[0]));
    expect((await scim("GET", `/Users/${second.id}`)).body, path).toMatchObject(wrap(values[1]));
    return { path, attribute, wrap, values, first: first.id, second: second.id };
  }

  async function checkFilters({ path, attribute, values: [low], first, second }: Pair): Promise<void> {
    const literal = JSON.stringify(low);
    expect(await find(`${path} eq ${literal} and ${path} pr`), path).toContain(first);
    expect(await find(`${path} ne ${literal}`), path).not.toContain(first);
    if (attribute.type === "string") {
      const folded = await find(`${path} eq ${literal.toUpperCase()}`);
      expect(folded.includes(first), path).toBe(attribute.caseExact !== true);
    }
    if (attribute.type === "boolean" || attribute.type === "binary") return;
    const greater = await find(`${path} gt ${literal}`);
    expect([greater.includes(first), greater.includes(second)], path).toEqual([false, true]);
  }

  async function checkSorting({ path, first, second }: Pair): Promise<void> {
    const query = `count=1000&attributes=id&sortOrder=descending&sortBy=${encodeURIComponent(path)}`;
    const { status, body } = await scim("GET", `/Users?${query}`);
    expect(status, path).toBe(200);
    const order = (body.Resources as Resource[]).map(({ id }) => id).filter((id) => id === first || id === second);
    expect(order, path).toEqual([second, first]);
  }

  /** A part of a list's elements has no path of its own; immutable values stay. */
  async function checkPatch({ path, attribute, wrap, values: [, high], first }: Pair): Promise<void> {
    if (attribute.multiValued && path.slice(path.lastIndexOf(":") + 1).includes(".")) return;
    const value = attribute.multiValued ? [high] : high;
    const patched = await scim("PATCH", `/Users/${first}`, patchBody({ op: "replace", path, value }));
    if (attribute.mutability === "immutable") {
      expectError(patched, 400, "mutability");
      return;
    }
    expect(patched.body, path).toMatchObject(wrap(high));
    const removed = await scim("PATCH", `/Users/${first}`, patchBody({ op: "remove", path }));
    expect(removed.body.meta, path).toMatchObject({ version: versionIs(3) });
  }

  test("E12 every declared attribute is written, read, filtered, sorted and patched as declared", async () => {
    const declared = await plainLeaves();
    expect(declared.length).toBeGreaterThan(60);
    for (const leaf of declared) {
      const pair = await makePair(leaf);
      await checkFilters(pair);
      await checkSorting(pair);
      await checkPatch(pair);
    }
  }, 120_000);

  test("E12 a value of another type is refused for every declared attribute, in POST and PATCH", async () => {
    const person = await make({});
    const wrong: Record<string, unknown> = {
      boolean: "perhaps",
      string: { a: 1 },
      integer: "1.5",
      decimal: "x",
      dateTime: "today",
    };
    // The form of references and binaries is free (R-30).
    const typed = (await plainLeaves()).filter(({ attribute }) => attribute.type in wrong);
    for (const { path, attribute, wrap } of typed) {
      const value = wrong[attribute.type];
      expectError(await scim("POST", "/Users", named(wrap(value))), 400, "invalidValue");
      const patch = patchBody({ op: "add", path, value });
      if (!attribute.multiValued) expectError(await scim("PATCH", `/Users/${person.id}`, patch), 400, "invalidValue");
    }
  });

  test("Q13, W6, F22 returned and mutability are kept: written once, never shown, shown on request or when just written", async () => {
    const made = await make({ [acme]: { badge: "B1", pin: "1234", note: "hi", car: { plate: "X", code: "42" } } });
    expect(made[acme]).toEqual({ badge: "B1", note: "hi", car: { plate: "X" } });
    const path = `/Users/${made.id}`;
    expect((await scim("GET", path)).body[acme]).toEqual({ badge: "B1", car: { plate: "X" } });
    expect((await scim("GET", `${path}?attributes=${acme}:note,${acme}:pin`)).body[acme]).toEqual({ note: "hi" });
    expect((await scim("GET", `${path}?attributes=${acme}`)).body[acme]).toEqual({ badge: "B1", car: { plate: "X" } });
    for (const hidden of ["pin", "car.code"]) {
      expectError(
        await scim("GET", `/Users?filter=${encodeURIComponent(`${acme}:${hidden} sw "1"`)}`),
        400,
        "invalidFilter",
      );
      expectError(await scim("GET", `/Users?sortBy=${encodeURIComponent(`${acme}:${hidden}`)}`), 400, "invalidValue");
    }
    expectError(await scim("PUT", path, { ...made, [acme]: { badge: "B2" } }), 400, "mutability");
    expectError(await scim("PUT", path, { ...made, [acme]: {} }), 400, "mutability");
    expect((await scim("PUT", path, { ...made, [acme]: { badge: "B1", nick: "N" } })).body[acme]).toEqual({
      badge: "B1",
      nick: "N",
    });
    const [row] = await all<{ attributes: Record<string, Body> }>(
      sql`SELECT attributes FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND id = ${made.id}`,
    );
    expect(row?.attributes[acme]).toEqual({ badge: "B1", nick: "N", pin: "1234" });
  });

  test("E11 an own extension is listed with its type; its required attributes are asked for where it is spoken of", async () => {
    const { body } = await scim("GET", "/ResourceTypes/Group");
    expect(body.schemaExtensions).toEqual([{ schema: squad, required: false }]);
    expect((await scim("GET", `/Schemas/${squad.toUpperCase()}`)).body).toMatchObject({ id: squad, name: "AcmeGroup" });
    const group = (more: Body) => ({ displayName: `G${++people}`, ...more });
    expectError(await scim("POST", "/Groups", group({ [squad]: { budget: 1 } })), 400, "invalidValue");
    const made = await scim("POST", "/Groups", group({ [squad]: { costCenter: "CC1", budget: 12.5 } }));
    expect(made.body).toMatchObject({ schemas: [urn.group, squad], [squad]: { costCenter: "CC1", budget: 12.5 } });
    const found = await scim(
      "GET",
      `/Groups?filter=${encodeURIComponent(`${squad}:budget gt 9 and costCenter eq "cc1"`)}&sortBy=budget`,
    );
    expect(found.body).toMatchObject({ totalResults: 1 });
    const path = `/Groups/${made.body.id}`;
    expectError(await scim("PATCH", path, patchBody({ op: "remove", path: `${squad}:costCenter` })), 400, "mutability");
    const gone = await scim("PATCH", path, patchBody({ op: "remove", path: squad }));
    expect(gone.body.schemas).toEqual([urn.group]);

    const asked = await openWorkspace("asked");
    await declareSchemaExtension(
      asked.operator,
      "User",
      { id: acme, name: "A", attributes: [{ name: "floor", type: "integer", required: true }] },
      true,
    );
    const client = open(asked.token.secret);
    const refused = await client("POST", "/Users", userBody(`x@${asked.domain}`));
    expectError(refused, 400, "invalidValue");
    expect(refused.body.detail).toContain(acme);
    expect((await client("POST", "/Users", userBody(`x@${asked.domain}`, { [acme]: { floor: 1 } }))).status).toBe(201);
  });

  test("E19 another workspace has not got it: neither in its schemas, nor in its filters, nor in what it stores", async () => {
    const other = await openWorkspace("plain");
    const client = open(other.token.secret);
    expect((await client("GET", `/Schemas/${acme}`)).status).toBe(404);
    expectError(await client("GET", `/Users?filter=${encodeURIComponent(`${acme}:floor eq 1`)}`), 400, "invalidFilter");
    const { body } = await client("POST", "/Users", userBody(`x@${other.domain}`, { [acme]: { floor: 1 } }));
    expect(body).not.toHaveProperty(acme);
  });

  test("a declaration that is none is refused and says why; one that stored values would not fit, too; removing drops the values", async () => {
    const { operator, domain, token } = await openWorkspace("declare");
    const client = open(token.secret);
    const declare = (data: unknown) => declareSchemaExtension(operator, "User", data, false);
    const one = (attribute: unknown) => ({ id: acme, name: "A", attributes: [attribute] });
    const broken: unknown[] = [
      null,
      {},
      { ...acmeUser, id: "acme" },
      { ...acmeUser, id: urn.enterprise.toUpperCase() },
      { ...acmeUser, id: urn.user },
      { ...acmeUser, name: " " },
      { ...acmeUser, attributes: [] },
      { ...acmeUser, attributes: [{ name: "a" }, { name: "A" }] },
      one({ name: "__proto__" }),
      one({ name: "a b" }),
      one({ name: "a", type: "text" }),
      one({ name: "a", mutability: "readOnly" }),
      one({ name: "a", mutability: "writeOnly", returned: "default" }),
      one({ name: "a", uniqueness: "server" }),
      one({ name: "a", multiValued: "yes" }),
      one({ name: "a", canonicalValues: [1] }),
      one({ name: "a", type: "complex" }),
      one({
        name: "a",
        type: "complex",
        subAttributes: [{ name: "b", type: "complex", subAttributes: [{ name: "c" }] }],
      }),
    ];
    for (const data of broken) await expect(declare(data), JSON.stringify(data)).rejects.toThrow(/\S/);
    expect(await listSchemaExtensions(operator.workspaceId)).toEqual([]);

    await declare(one({ name: "floor", type: "integer" }));
    const made = await client("POST", "/Users", userBody(`x@${domain}`, { [acme]: { floor: 4 } }));
    await expect(declare(one({ name: "floor", type: "string" }))).rejects.toThrow("another type");
    await expect(declare(one({ name: "level", type: "integer" }))).rejects.toThrow("missing");
    await declare({ id: acme, name: "A", attributes: [{ name: "floor", type: "integer" }, { name: "nick" }] });
    const path = `/Users/${made.body.id}`;
    expect((await client("GET", path)).body[acme]).toEqual({ floor: 4 });
    await removeSchemaExtension(operator, acme.toUpperCase());
    expect((await client("GET", path)).body).not.toHaveProperty(acme);
    expect((await client("GET", path)).headers.get("etag")).toEqual(versionIs(2));
    await declare(one({ name: "floor", type: "string" }));
    expect((await client("GET", path)).body).not.toHaveProperty(acme);
    await expect(removeSchemaExtension(operator, "urn:none:x")).rejects.toThrow("no such schema");
  });
});
