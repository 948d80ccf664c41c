import { beforeAll, describe, expect, test } from "vitest";
import { all, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { findScimTarget } from "@/lib/provisioning/http/node-adapter";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import {
  add,
  type Body,
  change,
  expectError,
  find,
  membersOf,
  nobody,
  type Resource,
  read,
  resourcesOf,
  sendBare,
  urn,
} from "./support";

// E1–E19, D-64, D-77, D-78: ETag, meta, errors, discovery and authentication (RFC 7644 §3.11–§3.14, §4; RFC 7643 §5–§7).

const { user, group, enterprise } = urn;
const patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

type Declared = {
  name: string;
  type: string;
  multiValued: boolean;
  mutability: string;
  returned: string;
  canonicalValues?: string[];
  referenceTypes?: string[];
  subAttributes?: Declared[];
};
type DeclaredSchema = { id: string; name: string; attributes: Declared[] };

/** A value of an attribute as its declaration says it may be written. */
function valueFor(declared: Declared): unknown {
  const one = sampleOf(declared);
  return declared.multiValued ? [one] : one;
}

function sampleOf({ name, type, canonicalValues, subAttributes }: Declared): unknown {
  if (type === "complex") return writable(subAttributes ?? []);
  if (type === "boolean") return false;
  if (type === "integer" || type === "decimal") return 7;
  if (type === "dateTime") return "2026-01-01T00:00:00Z";
  return canonicalValues?.at(-1) ?? `a value of ${name}`;
}

function writable(attributes: Declared[]): Body {
  const chosen = attributes.filter(({ mutability }) => mutability !== "readOnly");
  return Object.fromEntries(chosen.map((declared) => [declared.name, valueFor(declared)]));
}

function everyAttribute(attributes: Declared[]): Declared[] {
  return attributes.flatMap((declared) => [declared, ...everyAttribute(declared.subAttributes ?? [])]);
}

function expectDeclared(declared: Declared, schemaId: string): void {
  expect(declared, schemaId).toMatchObject({
    name: expect.stringMatching(/^[a-z$][A-Za-z0-9$]*$/),
    multiValued: expect.any(Boolean),
    required: expect.any(Boolean),
    mutability: expect.stringMatching(/^(readOnly|readWrite|immutable|writeOnly)$/),
    returned: expect.stringMatching(/^(always|never|default|request)$/),
  });
  const name = `${schemaId} ${declared.name}`;
  if (declared.type === "complex") expect(declared.subAttributes?.length, name).toBeGreaterThan(0);
  if (declared.type === "reference") expect(declared.referenceTypes?.length, name).toBeGreaterThan(0);
}

/** The names that attributes and sub-attributes are declared by. */
function namesOf(attributes: Declared[]): string[] {
  return attributes.flatMap(({ name, subAttributes }) => [
    name,
    ...(subAttributes ?? []).map((sub) => `${name}.${sub.name}`),
  ]);
}

/** The names that a resource shows, without those that every resource has. */
function namesIn(resource: Body): string[] {
  const own = Object.entries(resource).filter(([name]) => !["id", "schemas", "meta", "externalId"].includes(name));
  return own.flatMap(([name, value]) => [
    name,
    ...(Array.isArray(value) ? value : []).flatMap((element: Body) =>
      Object.keys(element).map((sub) => `${name}.${sub}`),
    ),
  ]);
}

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let people = 0;

  const at = (name: string) => `${name}@${workspace.domain}`;
  const newName = () => at(`person${++people}`);
  const addUser = (more: Body = {}, name = newName()) => add(scim, "/Users", userBody(name, more));
  const set = (path: string, value: unknown) => patchBody({ op: "replace", path, value });
  const schemasOf = async () => resourcesOf(await scim("GET", "/Schemas")) as unknown as DeclaredSchema[];

  /** A list of discovery: the whole list, and each of its items by its own URL. */
  async function expectList(path: string): Promise<void> {
    const { body } = await scim("GET", path);
    const items = body.Resources as Body[];
    const { length } = items;
    expect(body).toMatchObject({ schemas: [urn.list], totalResults: length, itemsPerPage: length, startIndex: 1 });
    for (const item of items) expect((await scim("GET", `${path}/${item.id}`)).body).toEqual(item);
    expectError(await scim("GET", `${path}/nonsense`), 404);
  }

  beforeAll(async () => {
    workspace = await openWorkspace("ee");
    scim = open(workspace.token.secret);
  });

  test("E1 the ETag is meta.version, weak, the same for every projection, and moves with the resource only", async () => {
    const made = await scim("POST", "/Users", userBody(newName(), { title: "T" }));
    const { id } = made.body as Resource;
    const team = await add(scim, "/Groups", { displayName: "E1", members: [] });
    const [path, teamPath] = [`/Users/${id}`, `/Groups/${team.id}`];
    const tagOf = async (target: string) => {
      const { headers, body } = await scim("GET", target);
      const tag = headers.get("etag");
      expect(tag).toMatch(/^W\/"[^"]+"$/);
      if (body.meta) expect((body.meta as Body).version).toBe(tag);
      return tag;
    };
    let last = made.headers.get("etag");
    expect(last).toBe((made.body as Resource).meta.version);
    const moving: Body[] = [
      set("title", "U"),
      set("active", false),
      set("active", true),
      set("externalId", "e"),
      set("userName", newName()),
    ];
    moving.push(
      set("roles", [{ value: "viewer" }]),
      set(`${enterprise}:department`, "D"),
      set("emails", [{ value: "e1@x.test" }]),
    );
    for (const body of moving) {
      const answer = await scim("PATCH", path, body);
      expect(answer.status).toBe(200);
      const now = await tagOf(path);
      expect(now, JSON.stringify(body)).not.toBe(last);
      expect(answer.headers.get("etag")).toBe(now);
      last = now;
    }
    const still: [string, string, unknown][] = [
      ["PATCH", path, set("title", "U")],
      ["PATCH", path, set("nonsense", "x")],
      ["PATCH", path, patchBody()],
      ["PUT", path, await read(scim, path)],
      ["PATCH", path, patchBody({ op: "remove", path: "userName" })],
    ];
    for (const [method, target, body] of still) {
      await scim(method, target, body);
      expect(await tagOf(path), `${method} ${JSON.stringify(body)}`).toBe(last);
    }
    for (const query of ["?attributes=title", "?attributes=meta", "?excludedAttributes=title", "?attributes=groups"]) {
      expect(await tagOf(`${path}${query}`), query).toBe(last);
    }
    await scim("PATCH", teamPath, patchBody({ op: "add", path: "members", value: [{ value: id }] }));
    const joined = await tagOf(path);
    expect(joined).not.toBe(last); // what is computed moves the part behind the dash (D-70)
    expect(joined?.split("-")[0]).toBe(last?.split("-")[0]);
    for (const query of ["?attributes=title", "?excludedAttributes=groups", "?attributes=groups"])
      expect(await tagOf(`${path}${query}`), query).toBe(joined);
    const tags = [team.meta.version, await tagOf(teamPath)];
    for (const body of [
      set("displayName", "E1 b"),
      set("externalId", "x"),
      patchBody({ op: "remove", path: "members" }),
    ]) {
      await scim("PATCH", teamPath, body);
      tags.push((await tagOf(teamPath)) ?? "");
    }
    expect(new Set(tags).size).toBe(5);
    expect(await tagOf(`${teamPath}?excludedAttributes=members`)).toBe(tags.at(-1));
  });

  test("E2 If-None-Match that names the version is 304, and If-Match that does not is 412", async () => {
    const person = await addUser();
    const team = await add(scim, "/Groups", { displayName: "E2" });
    for (const [path, query, body] of [
      [`/Users/${person.id}`, "", userBody(String(person.userName), { title: "T" })],
      [`/Groups/${team.id}`, "", { displayName: "E2", externalId: "e2" }],
    ] as const) {
      const { version = "" } = (await read(scim, path)).meta;
      const strong = version.replace("W/", "");
      for (const tag of [version, strong, "*", `W/"other", ${version}`, `"a" , "b",${strong}`]) {
        const answer = await scim("GET", `${path}${query}`, undefined, { "if-none-match": tag });
        expect([answer.status, answer.body], tag).toEqual([304, {}]);
        expect(answer.headers.get("etag")).toBe(version);
      }
      for (const tag of ['W/"other"', '"a", "b"', `W/"${version}"`]) {
        expect((await scim("GET", `${path}${query}`, undefined, { "if-none-match": tag })).status, tag).toBe(200);
        const stale = { "if-match": tag };
        expectError(await scim("PUT", path, body, stale), 412);
        expectError(await scim("PATCH", path, set("externalId", "x"), stale), 412);
        expectError(await scim("DELETE", path, undefined, stale), 412);
        expect((await read(scim, path)).meta.version).toBe(version);
      }
      expect((await scim("PATCH", path, set("externalId", "a"), { "if-match": version })).status).toBe(200);
      expectError(await scim("PATCH", path, set("externalId", "b"), { "if-match": version }), 412);
      expect((await scim("PUT", path, body, { "if-match": "*" })).status).toBe(200);
      const now = (await read(scim, path)).meta.version ?? "";
      expect(
        (await scim("PATCH", path, set("externalId", "c"), { "if-match": `"x", ${now.replace("W/", "")}` })).status,
      ).toBe(200);
      expect((await scim("DELETE", path, undefined, { "if-match": "*" })).status).toBe(204);
      expectError(await scim("DELETE", path, undefined, { "if-match": "*" }), 404);
    }
  });

  test("E3 of many writers with one version a single one writes", async () => {
    const person = await addUser();
    const team = await add(scim, "/Groups", { displayName: "E3" });
    const contests: [string, string, unknown?][] = [
      [`/Users/${person.id}`, "title"],
      [`/Users/${person.id}`, "userName"],
      [`/Users/${person.id}`, "active", false],
      [`/Groups/${team.id}`, "externalId"],
      [`/Groups/${team.id}`, "displayName"],
    ];
    for (const [path, attribute, value] of contests) {
      const match = { "if-match": String((await read(scim, path)).meta.version) };
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => scim("PATCH", path, set(attribute, value ?? newName()), match)),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses, `${path} ${attribute}`).toEqual([200, ...Array.from({ length: 7 }, () => 412)]);
      const winner = answers.find(({ status }) => status === 200);
      expect(await read(scim, path)).toEqual(winner?.body);
      for (const answer of answers.filter(({ status }) => status === 412)) expectError(answer, 412);
    }
    const { meta } = await read(scim, `/Users/${person.id}`);
    const deletes = await Promise.all(
      Array.from({ length: 4 }, () =>
        scim("DELETE", `/Users/${person.id}`, undefined, { "if-match": String(meta.version) }),
      ),
    );
    expect(deletes.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404]);
    expect((await scim("GET", "/ServiceProviderConfig")).body).toMatchObject({ etag: { supported: true } });
  });

  test("E4 times move on a real change only, meta is never read, and the location is the public address", async () => {
    const forged = {
      host: "evil.test",
      "x-forwarded-host": "evil.test",
      "x-forwarded-proto": "https",
      forwarded: "host=evil.test",
    };
    const meta = {
      resourceType: "Device",
      created: "2001-01-01T00:00:00Z",
      lastModified: "2001-01-01T00:00:00Z",
      location: "http://evil.test/",
    };
    for (const [endpoint, resourceType, body] of [
      ["/Users", "User", userBody(newName(), { meta })],
      ["/Groups", "Group", { schemas: [group], displayName: "E4", meta }],
    ] as const) {
      const made = await scim(
        "POST",
        endpoint,
        body,
        adapter === "server.ts" ? { "x-forwarded-host": "evil.test" } : forged,
      );
      expect(made.status).toBe(201);
      const { id, meta: first } = made.body as Resource;
      const location = `${env().MUSTER_URL}/scim/v2${endpoint}/${id}`;
      expect(first).toMatchObject({ resourceType, location, created: first.lastModified });
      expect(first.created).toMatch(/^20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      const path = location.slice(location.indexOf(endpoint));
      await all(sql`UPDATE "Membership" SET "createdAt" = '2026-01-01', "updatedAt" = '2026-01-01' WHERE id = ${id}`);
      await all(sql`UPDATE "Team" SET "createdAt" = '2026-01-01', "updatedAt" = '2026-01-01' WHERE id = ${id}`);
      const old = {
        created: "2026-01-01T00:00:00.000Z",
        lastModified: "2026-01-01T00:00:00.000Z",
        location,
        resourceType,
      };
      expect((await read(scim, path)).meta).toMatchObject(old);
      expect((await scim("PUT", path, { ...(await read(scim, path)), meta })).body.meta).toMatchObject(old);
      expect((await change(scim, path, patchBody())).meta).toMatchObject(old);
      const moved = await change(scim, path, set("externalId", "e4"));
      expect(moved.meta.created).toBe(old.created);
      expect(Date.parse(moved.meta.lastModified ?? "")).toBeGreaterThan(Date.parse(old.lastModified));
      for (const [method, sent] of [
        ["GET", undefined],
        ["PUT", moved],
        ["PATCH", patchBody()],
      ] as const) {
        const { headers, body: shown } = await scim(method, path, sent);
        expect(headers.get("location"), method).toBe(location);
        expect(headers.get("content-location"), method).toBe(location);
        expect((shown as Resource).meta.location, method).toBe(location);
      }
      expect(made.headers.get("location")).toBe(location);
      expect(made.headers.get("content-location")).toBe(location);
    }
  });

  test("E5 every error is a SCIM error with its status as a text, and tells nothing of the inside", async () => {
    const reader = await createAccessToken(workspace.operator, {
      name: "R",
      scopes: ["user_management:read"],
      expiresAt: null,
      connection: null,
    });
    const none = await createAccessToken(workspace.operator, {
      name: "N",
      scopes: ["audit_log:read"],
      expiresAt: null,
      connection: null,
    });
    const { id } = await addUser();
    const body = userBody(newName());
    const answers: [number, Awaited<ReturnType<ScimClient>>][] = [
      [401, await open(null)("GET", "/Users")],
      [401, await open("wrong")("POST", "/Users", body)],
      [401, await open(null)("GET", "/Nothing")],
      [403, await open(reader.secret)("POST", "/Users", body)],
      [403, await open(none.secret)("GET", "/Users")],
      [403, await scim("GET", "/Schemas?filter=id%20pr")],
      [404, await scim("GET", "/Nothing")],
      [404, await scim("GET", "/Users/x/y")],
      [404, await scim("GET", `/Users/${nobody}`)],
      [404, await scim("DELETE", "/Groups/not-an-id")],
      [404, await scim("GET", "/Users%2Fx")],
      [405, await scim("PUT", "/Users", body)],
      [405, await scim("DELETE", "/Schemas")],
      [405, await scim("POST", `/Users/${id}`, body)],
      [405, await scim("PROPFIND", "/Users")],
      [412, await scim("PATCH", `/Users/${id}`, set("title", "x"), { "if-match": '"x"' })],
      [413, await scim("POST", "/Users", userBody(newName(), { title: "x".repeat(1_048_577) }))],
      [415, await scim("POST", "/Users", "<user/>", { "content-type": "text/xml" })],
      [415, await scim("POST", "/Users", body, { "content-encoding": "gzip" })],
      [501, await scim("GET", "/Me")],
    ];
    for (const sent of ["{", "", "null", "7", '"x"', "[]", "{'a':1}", "\u0000", '{"userName":']) {
      answers.push([400, await scim("POST", "/Users", sent)]);
      answers.push([400, await scim("PATCH", `/Users/${id}`, sent)]);
    }
    for (const [status, answer] of answers) expectError(answer, status, answer.body.scimType as string | undefined);

    const [off, small] = [await openWorkspace("eeoff"), await openWorkspace("eesmall")];
    await updateSettings(off.operator, { scimEnabled: false });
    await updateSettings(small.operator, { plan: "free" });
    for (const { token } of [off, small]) expectError(await open(token.secret)("GET", "/Users"), 403);

    const slow = open((await openWorkspace("eeslow")).token.secret);
    const settings = env();
    const rate = settings.MUSTER_SCIM_RATE;
    settings.MUSTER_SCIM_RATE = 1 / 3_600; // one request an hour
    const slowed = [await slow("GET", "/Users"), await slow("GET", "/Users")];
    settings.MUSTER_SCIM_RATE = rate;
    const limited = slowed.find(({ status }) => status !== 200) ?? (await slow("GET", "/Users"));
    expectError(limited, 429);
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);

    await run(sql`ALTER TABLE "TeamMember" RENAME TO "Away"`);
    const broken = await scim("GET", "/Groups").finally(() => run(sql`ALTER TABLE "Away" RENAME TO "TeamMember"`));
    expectError(broken, 500);
    expect(JSON.stringify(broken.body)).not.toMatch(/TeamMember|relation/);
  });

  test("E6 each kind of error has its keyword", async () => {
    const person = await addUser();
    const [path, taken] = [`/Users/${person.id}`, await addUser()];
    const post = (body: unknown) => scim("POST", "/Users", body);
    const many = Array.from({ length: 1_001 }, () => ({ op: "replace", path: "title", value: "x" }));
    expectError(await post("{"), 400, "invalidSyntax");
    expectError(await post([]), 400, "invalidSyntax");
    expectError(await scim("PATCH", path, { schemas: [patchOp] }), 400, "invalidSyntax");
    expectError(await post({ schemas: [user] }), 400, "invalidValue");
    expectError(await post(userBody(newName(), { title: { a: 1 } })), 400, "invalidValue");
    expectError(await scim("POST", "/Groups", { schemas: [group] }), 400, "invalidValue");
    expectError(await post(userBody(String(taken.userName))), 409, "uniqueness");
    expectError(await scim("PATCH", path, set("userName", taken.userName)), 409, "uniqueness");
    expectError(await scim("PUT", path, userBody(String(taken.userName))), 409, "uniqueness");
    expectError(await scim("PATCH", path, set("id", "x")), 400, "mutability");
    expectError(await scim("PATCH", path, set("na me", "x")), 400, "invalidPath");
    expectError(await scim("PATCH", path, patchBody({ op: "remove" })), 400, "noTarget");
    expectError(await scim("PATCH", path, set('emails[value eq "x"].value', "y")), 400, "noTarget");
    expectError(await scim("PATCH", path, set('emails[value zz "x"].value', "y")), 400, "invalidFilter");
    expectError(await scim("GET", "/Users?filter=nonsense"), 400, "invalidFilter");
    expectError(await scim("GET", "/Users?count=x"), 400, "invalidValue");
    expectError(await scim("PATCH", path, patchBody(...many)), 413, "tooMany");
    expect(await read(scim, path)).toEqual(person);
  });

  test("E7 a 401 says how to authenticate, also when the scheme is none", async () => {
    const anonymous = open(null);
    for (const authorization of [
      "non-token",
      "Bearer",
      "Bearer ",
      "Basic",
      "Basic %%%",
      `Digest ${workspace.token.secret}`,
      "Bearer wrong",
      "Bearer a b",
    ]) {
      const answer = await anonymous("GET", "/Users", undefined, { authorization });
      expectError(answer, 401);
      expect(answer.headers.get("www-authenticate"), authorization).toMatch(/^Bearer\b/);
    }
    const answer = await anonymous("GET", "/Users");
    expectError(answer, 401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer\b/);
  });

  test("E8 discovery is only read, never filtered, listed as lists and told one by one", async () => {
    const paths = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/ResourceTypes/User", `/Schemas/${user}`];
    for (const path of paths) {
      const plain = await scim("GET", path);
      expect(plain.status, path).toBe(200);
      expect(plain.headers.get("content-type")).toBe("application/scim+json");
      const paged = await scim("GET", `${path}?startIndex=2&count=1&sortBy=id&sortOrder=descending`);
      expect(paged.body, path).toEqual(plain.body);
      expectError(await scim("GET", `${path}?filter=id%20pr`), 403);
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        const answer = await scim(method, path);
        expectError(answer, 405);
        expect(answer.headers.get("allow")).toContain("GET");
      }
    }
    for (const path of ["/ResourceTypes", "/Schemas"]) await expectList(path);
    expectError(await scim("GET", "/ServiceProviderConfig/x"), 404);
  });

  test("E9 how to authenticate is told to everybody, the rest to those who have a token", async () => {
    const { status, body } = await open(null)("GET", "/ServiceProviderConfig");
    expect(status).toBe(200);
    expect(body.authenticationSchemes).toMatchObject([
      { type: "oauthbearertoken", primary: true },
      { type: "httpbasic" },
      { type: "oauth2" },
    ]);
    expect((await scim("GET", "/ServiceProviderConfig")).body).toEqual(body);
    expectError(await open("wrong")("GET", "/ServiceProviderConfig"), 401);
    for (const path of ["/ResourceTypes", "/Schemas", "/ResourceTypes/User", `/Schemas/${user}`]) {
      expectError(await open(null)("GET", path), 401);
    }
  });

  test("E10 ServiceProviderConfig has all that it must have", async () => {
    const { body } = await scim("GET", "/ServiceProviderConfig");
    expect(body).toMatchObject({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
      patch: { supported: true },
      bulk: { supported: expect.any(Boolean), maxOperations: expect.any(Number), maxPayloadSize: expect.any(Number) },
      filter: { supported: true, maxResults: 1_000 },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: true },
      meta: { resourceType: "ServiceProviderConfig", location: `${env().MUSTER_URL}/scim/v2/ServiceProviderConfig` },
    });
    const { bulk } = body as { bulk: { supported: boolean; maxOperations: number; maxPayloadSize: number } };
    expect([bulk.maxOperations, bulk.maxPayloadSize]).toEqual(bulk.supported ? [1_000, 1_048_576] : [0, 0]);
    const schemes = body.authenticationSchemes as Body[];
    expect(schemes.length).toBeGreaterThan(0);
    for (const scheme of schemes) {
      expect(["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"]).toContain(scheme.type);
      expect(scheme).toMatchObject({ name: expect.stringMatching(/\S/), description: expect.stringMatching(/\S/) });
    }
    expect(schemes.filter(({ primary }) => primary === true)).toHaveLength(1);
  });

  test("E11 each resource type has its name as id and names schemas that are told", async () => {
    const ids = (await schemasOf()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const name of ["User", "Group", "ServiceProviderConfig", "ResourceType", "Schema"]) {
      expect(ids).toContain(`urn:ietf:params:scim:schemas:core:2.0:${name}`);
    }
    const types = resourcesOf(await scim("GET", "/ResourceTypes"));
    expect(types.map(({ id }) => id).sort()).toEqual(["Group", "User"]);
    for (const type of types) {
      expect(type.schemas).toEqual(["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]);
      expect(type.name).toBe(type.id);
      expect(type.meta).toMatchObject({
        resourceType: "ResourceType",
        location: `${env().MUSTER_URL}/scim/v2/ResourceTypes/${type.id}`,
      });
      expect(ids).toContain(type.schema);
      for (const { schema, required } of type.schemaExtensions as { schema: string; required: boolean }[]) {
        expect(ids).toContain(schema);
        expect(required).toBe(false); // nothing else can be POSTed without it
      }
      expect((await scim("GET", `${type.endpoint}?count=0`)).status).toBe(200);
      expect(await read(scim, `/ResourceTypes/${type.name}`)).toEqual(type);
    }
    expect(types.find(({ id }) => id === "User")).toMatchObject({ endpoint: "/Users", schema: user });
    expect(types.find(({ id }) => id === "Group")).toMatchObject({ endpoint: "/Groups", schema: group });
  });

  test("E12 the schemas are told as they are: what is declared writable is written, and what read-only ignored", async () => {
    const schemas = await schemasOf();
    for (const schema of schemas) {
      for (const id of [schema.id, schema.id.toUpperCase(), encodeURIComponent(schema.id)]) {
        expect(await read(scim, `/Schemas/${id}`)).toEqual(schema);
      }
      for (const declared of everyAttribute(schema.attributes)) expectDeclared(declared, schema.id);
    }
    const attributes = (id: string) => schemas.find((schema) => schema.id === id)?.attributes ?? [];
    const typeOf = (list: string) =>
      attributes(user)
        .find(({ name }) => name === list)
        ?.subAttributes?.find(({ name }) => name === "type");
    for (const list of ["emails", "phoneNumbers", "addresses"])
      expect(typeOf(list)?.canonicalValues, list).toContain("work");
    expect(attributes(user).map(({ name }) => name)).not.toContain("password");

    const values = { ...writable(attributes(user)), userName: newName(), active: true };
    const sent = { schemas: [user, enterprise], ...values, [enterprise]: writable(attributes(enterprise)) };
    const made = await add(scim, "/Users", sent);
    expect(await read(scim, `/Users/${made.id}`)).toMatchObject(sent);
    const readOnly = attributes(user).filter(({ mutability }) => mutability === "readOnly");
    expect(readOnly.map(({ name }) => name)).toEqual(["groups"]);
    const other = await addUser({ groups: [{ value: nobody, display: "x", type: "direct" }] });
    expect(other).not.toHaveProperty("groups");
    const shown = await add(scim, "/Groups", { displayName: "E12", members: [{ value: made.id }] });
    expect(namesOf(attributes(group))).toEqual(expect.arrayContaining(namesIn(shown)));
  });

  test("E13 /Me is 501 for every method", async () => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      for (const path of ["/Me", "/me"]) {
        const answer = await scim(method, path, method === "GET" || method === "DELETE" ? undefined : {});
        expectError(answer, 501);
      }
    }
  });

  test("E14 whatever Accept says the answer is application/scim+json; bodies are read in both types and refused in others", async () => {
    const accepts = [
      "application/scim+json",
      "application/json",
      "*/*",
      "application/scim+json; charset=utf-8",
      "text/html",
      "application/xml;q=0.9",
      "",
    ];
    for (const accept of accepts) {
      for (const [path, status] of [
        ["/Users?count=1", 200],
        ["/Schemas", 200],
        ["/Nothing", 404],
      ] as const) {
        const answer = await scim("GET", path, undefined, { accept });
        expect(answer.status, accept).toBe(status);
        expect(answer.headers.get("content-type"), accept).toBe("application/scim+json");
      }
    }
    const types = [
      "application/scim+json",
      "application/json",
      "application/scim+json; charset=utf-8",
      "application/json;charset=UTF-8",
    ];
    types.push('APPLICATION/SCIM+JSON; charset="utf-8"', "application/json; odata=verbose");
    for (const type of types) {
      const headers = { "content-type": type };
      const made = await scim("POST", "/Users", userBody(newName()), headers);
      expect(made.status, type).toBe(201);
      const path = `/Users/${made.body.id}`;
      expect((await scim("PUT", path, made.body, headers)).status, type).toBe(200);
      expect((await scim("PATCH", path, set("title", "Zoë"), headers)).body, type).toMatchObject({ title: "Zoë" });
      expect((await scim("GET", path, undefined, headers)).status, type).toBe(200);
      expect((await scim("DELETE", path, undefined, headers)).status, type).toBe(204);
    }
    for (const type of [
      "text/xml",
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/jsonp",
    ]) {
      expectError(await scim("POST", "/Users", userBody(newName()), { "content-type": type }), 415);
    }
  });

  test("E15 the version is v2; slashes too many and the case of an endpoint mean nothing, other spellings 404", async () => {
    const { id } = await addUser();
    for (const path of ["/Users/", "//Users", "//Users//", "/users", "/USERS/"]) {
      expect((await scim("GET", `${path}?count=0`)).status, path).toBe(200);
    }
    for (const path of [`/Users/${id}/`, `//Users//${id}`, `/users/${id}`]) {
      expect(await read(scim, path)).toMatchObject({ id });
    }
    expect((await scim("GET", "/serviceproviderconfig/")).status).toBe(200);
    for (const path of [
      `/Users%2F${id}`,
      `/Users/${id}%2F`,
      "/%2e%2e/Users",
      `/Users/${id}.json`,
      `/Users/${id};x=1`,
      `/Users/${id}/x`,
      "/v2/Users",
      "/v1/Users",
      "/Users.json",
    ]) {
      const answer = await sendBare(adapter, "GET", path, { authorization: `Bearer ${workspace.token.secret}` });
      expect([path, answer.status]).toEqual([path, 404]);
      expect(JSON.parse(answer.text)).toMatchObject({ schemas: [urn.error], status: "404" });
    }
    for (const url of ["/scim/v3/Users", "/scim/v1/Users", "/scim/Users", "/scim/v22/Users"])
      expect(findScimTarget(url)).toBeNull();
    expect(findScimTarget("//scim//v2/Users?a=b")).toEqual({ path: "/Users", query: "a=b" });
  });

  test("E16 a $ref leads to its resource, and one that a client sends beside an id is not believed", async () => {
    const person = await addUser({ displayName: "Real" });
    const lie = { $ref: "https://evil.test/Users/x", display: "Somebody else", type: "User" };
    const team = await add(scim, "/Groups", { displayName: "E16", members: [{ value: person.id, ...lie }] });
    const follow = async ($ref: unknown) => {
      const text = String($ref);
      expect(text).toMatch(/^(http:\/\/muster\.test\/scim\/v2\/)?(Users|Groups)\//);
      return read(scim, `/${text.replace(/^http:\/\/muster\.test\/scim\/v2\//, "")}`);
    };
    const [member] = (await read(scim, `/Groups/${team.id}`)).members as Body[];
    expect(await follow(member?.$ref)).toMatchObject({ id: person.id });
    expect(JSON.stringify(member)).not.toContain("Somebody");
    const patched = await change(
      scim,
      `/Groups/${team.id}`,
      patchBody({ op: "add", path: "members", value: [{ value: person.id, ...lie }] }),
    );
    expect(patched.members).toEqual([member]);
    const [shown] = (await read(scim, `/Users/${person.id}`)).groups as Body[];
    expect(await follow(shown?.$ref)).toMatchObject({ id: team.id });
    const manager = { value: person.id, $ref: "https://evil.test/Users/x", displayName: "Somebody else" };
    const report = await addUser({ [enterprise]: { manager } });
    const kept = (report[enterprise] as { manager: Body }).manager;
    expect(kept.value).toBe(person.id);
    expect(kept).not.toMatchObject({ displayName: "Somebody else" });
    if (kept.$ref !== undefined) expect(await follow(kept.$ref)).toMatchObject({ id: person.id });
  });

  test("E17 a person's groups are computed and never written", async () => {
    const [person, other] = [await addUser(), await addUser()];
    const path = `/Users/${person.id}`;
    const team = await add(scim, "/Groups", { displayName: "E17", members: [{ value: person.id }] });
    const second = await add(scim, "/Groups", { displayName: "E17 b", members: [] });
    const groups = [{ value: team.id, $ref: team.meta.location, display: "E17", type: "direct" }];
    const shown = await read(scim, path);
    expect(shown.groups).toEqual(groups);
    expect(await read(scim, `/Users/${other.id}`)).not.toHaveProperty("groups");
    const claimed = [{ value: second.id, display: "E17 b" }];
    expect((await scim("PUT", path, { ...shown, groups: claimed, title: "T" })).body).toMatchObject({
      title: "T",
      groups,
    });
    expect((await scim("PUT", path, userBody(String(shown.userName)))).body).toMatchObject({ groups });
    expectError(await scim("PATCH", path, patchBody({ op: "add", path: "groups", value: claimed })), 400, "mutability");
    expectError(await scim("PATCH", path, patchBody({ op: "remove", path: "groups" })), 400, "mutability");
    expect(await add(scim, "/Users", userBody(newName(), { groups: claimed }))).not.toHaveProperty("groups");
    expect(await membersOf(scim, second.id)).toEqual([]);
    expect(await find(scim, "/Users", `groups.value eq "${team.id}"`)).toMatchObject([{ id: person.id }]);
    await change(scim, `/Groups/${team.id}`, set("displayName", "E17 renamed"));
    expect(await read(scim, path)).toMatchObject({ groups: [{ display: "E17 renamed" }] });
    await scim("DELETE", `/Groups/${team.id}`);
    expect(await read(scim, path)).not.toHaveProperty("groups");
  });

  test("E18 userNames compare after width, composition and case are prepared", async () => {
    const name = at("zoë.e18");
    const { id } = await addUser({}, name);
    const wide = Array.from("zoë.e18", (char) =>
      /[a-z0-9]/.test(char) ? String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0) : char,
    ).join("");
    for (const same of [name.toUpperCase(), name.normalize("NFD"), at(wide), at(wide.toUpperCase())]) {
      expect(await find(scim, "/Users", `userName eq ${JSON.stringify(same)}`), same).toMatchObject([
        { id, userName: name },
      ]);
      expectError(await scim("POST", "/Users", userBody(same)), 409, "uniqueness");
    }
    const other = await addUser();
    expectError(await scim("PATCH", `/Users/${other.id}`, set("userName", at(wide))), 409, "uniqueness");
    expect((await change(scim, `/Users/${id}`, set("userName", name.toUpperCase()))).userName).toBe(name.toUpperCase());
    expect(await find(scim, "/Users", `userName eq "${name}"`)).toMatchObject([{ id }]);
  });

  test("E19 what belongs to another workspace is 404 for every method, no member, and in no list", async () => {
    const other = await openWorkspace("eeother");
    const theirs = open(other.token.secret);
    const person = await add(theirs, "/Users", userBody(`x@${other.domain}`, { externalId: "E19" }));
    const team = await add(theirs, "/Groups", {
      displayName: "E19",
      externalId: "E19",
      members: [{ value: person.id }],
    });
    const before = [await read(theirs, `/Users/${person.id}`), await read(theirs, `/Groups/${team.id}`)];
    for (const path of [`/Users/${person.id}`, `/Groups/${team.id}`, `/Users/${team.id}`, `/Groups/${person.id}`]) {
      const body = path.startsWith("/Users") ? userBody(newName()) : { displayName: "Ours" };
      expectError(await scim("GET", path), 404);
      expectError(await scim("PUT", path, body), 404);
      expectError(await scim("PATCH", path, set("externalId", "x")), 404);
      expectError(await scim("DELETE", path), 404);
      expectError(await scim("DELETE", path, undefined, { "if-match": "*" }), 404);
    }
    const ours = await add(scim, "/Groups", { displayName: "E19", members: [] }); // the name is free here
    const member = [{ value: person.id, $ref: person.meta.location }];
    expectError(await scim("POST", "/Groups", { displayName: "E19 b", members: member }), 400, "invalidValue");
    expectError(await scim("PUT", `/Groups/${ours.id}`, { displayName: "E19", members: member }), 400, "invalidValue");
    for (const op of ["add", "replace"]) {
      expectError(
        await scim("PATCH", `/Groups/${ours.id}`, patchBody({ op, path: "members", value: member })),
        400,
        "invalidValue",
      );
    }
    await change(scim, `/Groups/${ours.id}`, patchBody({ op: "remove", path: `members[value eq "${person.id}"]` }));
    for (const filter of [
      `id eq "${person.id}"`,
      'externalId eq "E19"',
      `userName eq "x@${other.domain}"`,
      `groups.value eq "${team.id}"`,
    ]) {
      expect(await find(scim, "/Users", filter), filter).toEqual([]);
    }
    expect(
      await find(scim, "/Groups", `members.value eq "${person.id}" or id eq "${team.id}" or externalId eq "E19"`),
    ).toEqual([]);
    expect([await read(theirs, `/Users/${person.id}`), await read(theirs, `/Groups/${team.id}`)]).toEqual(before);
  });
});
