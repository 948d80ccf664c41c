import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { findSession, openSession } from "@/lib/auth";
import { all, one, sql } from "@/lib/db";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { findAccess } from "@/lib/workspace/membership/access";
import { add, type Body, change, expectError, membersOf, read, resourcesOf, urn } from "./support";

// R-66–R-71: discovery and authentication, and what deactivation is for.

const { user, group, enterprise } = urn;
const disable = patchBody({ op: "Replace", path: "active", value: "False" });
const enable = patchBody({ op: "Replace", path: "active", value: "True" });

type Declared = { name: string; type: string; canonicalValues?: string[]; subAttributes?: Declared[] };
type Row = { state: string; role: string; userId: string | null };

/** RFC 7643 §8.7.1 and §2.4: the sub-attributes that there are, by attribute. */
const plural = ["value", "display", "type", "primary"];
const known: Record<string, string[]> = {
  name: ["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"],
  emails: plural,
  phoneNumbers: plural,
  ims: plural,
  photos: plural,
  addresses: ["formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary"],
  groups: ["value", "$ref", "display", "type"],
  entitlements: plural,
  roles: plural,
  x509Certificates: plural,
  manager: ["value", "$ref", "displayName"],
  members: ["value", "$ref", "type", "display"],
};

const attributesOf: Record<string, string[]> = {
  [user]: [
    ...[
      "userName",
      "name",
      "displayName",
      "nickName",
      "profileUrl",
      "title",
      "userType",
      "preferredLanguage",
      "locale",
    ],
    ...[
      "timezone",
      "active",
      "emails",
      "phoneNumbers",
      "ims",
      "photos",
      "addresses",
      "groups",
      "entitlements",
      "roles",
    ],
    "x509Certificates",
  ],
  [group]: ["displayName", "members"],
  [enterprise]: ["employeeNumber", "costCenter", "organization", "division", "department", "manager"],
};

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let people = 0;

  const newName = () => `person${++people}@${workspace.domain}`;
  const addUser = (more: Body = {}, name = newName()) => add(scim, "/Users", userBody(name, more));

  async function rowOf(id: string): Promise<Row | null> {
    return one<Row>(
      sql`SELECT state, role, "userId" FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND id = ${id}`,
    );
  }

  beforeAll(async () => {
    workspace = await openWorkspace("rd");
    scim = open(workspace.token.secret);
  });

  test("R-66 /Schemas lists every schema with exactly the attributes and sub-attributes of the RFC", async () => {
    const answer = await scim("GET", "/Schemas");
    const schemas = resourcesOf(answer) as unknown as { id: string; attributes: Declared[] }[];
    expect(answer.body).toMatchObject({ totalResults: schemas.length, itemsPerPage: schemas.length, startIndex: 1 });
    expect(JSON.stringify(answer.body)).not.toContain("null");
    for (const [id, names] of Object.entries(attributesOf)) {
      const attributes = schemas.find((schema) => schema.id === id)?.attributes ?? [];
      expect(attributes.map(({ name }) => name).sort(), id).toEqual([...names].sort());
      for (const { name, type, subAttributes } of attributes.filter((each) => each.type === "complex")) {
        expect([name, type, subAttributes?.map((sub) => sub.name).sort()]).toEqual([
          name,
          "complex",
          [...(known[name] ?? [])].sort(),
        ]);
      }
    }
    const types = (list: string) => {
      const attribute = schemas.find(({ id }) => id === user)?.attributes.find(({ name }) => name === list);
      return attribute?.subAttributes?.find(({ name }) => name === "type")?.canonicalValues;
    };
    expect(types("emails")).toEqual(expect.arrayContaining(["work", "home", "other"]));
    expect(types("phoneNumbers")).toEqual(expect.arrayContaining(["work", "mobile", "fax", "home", "other"]));
    expect(types("addresses")).toEqual(expect.arrayContaining(["work", "home", "other"]));
  });

  test("R-67 ServiceProviderConfig and ResourceTypes are there, and PATCH is supported", async () => {
    const config = await scim("GET", "/ServiceProviderConfig");
    expect(config).toMatchObject({ status: 200, body: { patch: { supported: true }, filter: { supported: true } } });
    const types = resourcesOf(await scim("GET", "/ResourceTypes"));
    expect(types).toMatchObject([
      {
        id: "User",
        name: "User",
        endpoint: "/Users",
        schema: user,
        schemaExtensions: expect.arrayContaining([{ schema: enterprise, required: false }]),
      },
      { id: "Group", name: "Group", endpoint: "/Groups", schema: group },
    ]);
    expect((await scim("GET", "/resourcetypes/user")).body).toMatchObject({ id: "User" });
  });

  test("R-68 the token endpoint takes client credentials by HTTP Basic and in the body", async () => {
    const file = resolve("app/oauth/token/route.ts");
    expect(existsSync(file), "app/oauth/token/route.ts: POST /oauth/token").toBe(true);
    const route = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      POST: (request: Request) => Promise<Response>;
    };
    const request = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      route.POST(
        new Request("http://muster.test/oauth/token", { method: "POST", headers, body: new URLSearchParams(fields) }),
      );
    const { secret } = workspace.token;
    const [clientId, grant] = [secret.split("_").slice(0, 2).join("_"), { grant_type: "client_credentials" }];
    const basic = (password: string) => ({
      authorization: `Basic ${Buffer.from(`${clientId}:${password}`).toString("base64")}`,
    });
    for (const response of [
      await request({ ...grant, client_id: clientId, client_secret: secret }),
      await request({ ...grant, scope: "scim" }, basic(secret)),
      await request({ ...grant, client_id: clientId, client_secret: "wrong" }, basic(secret)), // the header is preferred
    ]) {
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toContain("no-store");
      expect(response.headers.get("content-type")).toMatch(/^application\/json/);
      const answer = (await response.json()) as { access_token: string; token_type: string; expires_in: number };
      expect(answer.token_type.toLowerCase()).toBe("bearer");
      expect(answer.expires_in).toBeGreaterThanOrEqual(3_600);
      expect(answer.expires_in).toBeLessThanOrEqual(6 * 3_600);
      expect((await open(answer.access_token)("GET", "/Users?startIndex=1&count=1")).status).toBe(200);
    }
    for (const response of [
      await request({ ...grant, client_id: clientId, client_secret: "wrong" }),
      await request(grant, basic("wrong")),
      await request(grant),
    ]) {
      expect(response.status).toBe(401);
      expect(response.headers.get("cache-control")).toContain("no-store");
      expect(await response.json()).toMatchObject({ error: "invalid_client" });
    }
    const wrong = await request({ grant_type: "password", client_id: clientId, client_secret: secret });
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: "unsupported_grant_type" }]);
  });

  test("R-69 a wrong, revoked or expired token is 401 as a SCIM error, on every path and method", async () => {
    const input = { name: "T", scopes: ["user_management:read-write"], expiresAt: null, connection: null };
    const [revoked, expired] = [
      await createAccessToken(workspace.operator, input),
      await createAccessToken(workspace.operator, input),
    ];
    for (const { secret } of [revoked, expired]) expect((await open(secret)("GET", "/Users?count=1")).status).toBe(200);
    await revokeAccessToken(workspace.operator, revoked.token.id);
    await all(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 second' WHERE id = ${expired.token.id}`);
    const { id } = await addUser();
    for (const secret of [revoked.secret, expired.secret, `${workspace.token.secret}x`, "nonsense"]) {
      for (const [method, path, body] of [
        ["GET", "/Users?filter=userName+eq+%22x%22", undefined],
        ["POST", "/Users", userBody(newName())],
        ["PATCH", `/Users/${id}`, disable],
        ["DELETE", `/Users/${id}`, undefined],
        ["GET", "/ServiceProviderConfig", undefined],
        ["GET", "/Nothing", undefined],
      ] as const) {
        const answer = await open(secret)(method, path, body, { accept: "text/html" });
        expectError(answer, 401);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer\b/);
      }
    }
    expect(await read(scim, `/Users/${id}`)).toMatchObject({ active: true });
  });

  test("R-70 an inactive person keeps groups and role, and has them with the same id when active again", async () => {
    const [person, other] = [await addUser({ roles: [{ value: "viewer", primary: true }] }), await addUser()];
    const members = [person.id, other.id].map((value) => ({ value }));
    const team = await add(scim, "/Groups", { displayName: "R-70", members });
    await all(sql`UPDATE "Membership" SET role = 'admin' WHERE id = ${person.id}`); // made admin in the app
    const path = `/Users/${person.id}`;
    const groups = [{ value: team.id, display: "R-70" }];
    for (let round = 0; round < 2; round++) {
      expect(await change(scim, path, disable)).toMatchObject({ id: person.id, active: false, groups });
      expect(await membersOf(scim, team.id)).toEqual([person.id, other.id].sort());
      const rows = await all(
        sql`SELECT 1 FROM "TeamMember" WHERE "teamId" = ${team.id} AND "membershipId" = ${person.id}`,
      );
      expect(rows).toHaveLength(1);
      expect(await rowOf(person.id)).toMatchObject({ state: "suspended", role: "admin" });
      const back = await change(scim, path, enable);
      expect(back).toMatchObject({ id: person.id, active: true, groups, roles: [{ value: "viewer", primary: true }] });
      expect(await membersOf(scim, team.id)).toEqual([person.id, other.id].sort());
      expect(await rowOf(person.id)).toMatchObject({ state: "active", role: "admin" });
    }
  });

  test("R-71 deactivation ends access at once: the workspace is closed and the sessions are gone", async () => {
    const ways: [string, (path: string, userName: string) => Promise<{ status: number }>][] = [
      ["PATCH, default", (path) => scim("PATCH", path, disable)],
      [
        "PATCH, with the flag",
        (path) => scim("PATCH", path, patchBody({ op: "replace", path: "active", value: false })),
      ],
      ["PATCH without a path", (path) => scim("PATCH", path, patchBody({ op: "replace", value: { active: false } }))],
      ["PATCH add", (path) => scim("PATCH", path, patchBody({ op: "Add", path: "active", value: "false" }))],
      ["PUT", (path, userName) => scim("PUT", path, userBody(userName, { active: "False" }))],
      ["DELETE", (path) => scim("DELETE", path)],
    ];
    for (const [way, deactivate] of ways) {
      const userName = newName();
      const person = await addUser({}, userName);
      const userId = (await rowOf(person.id))?.userId ?? "";
      const cookies = [1, 2].map(() => openSession(userId, { address: "127.0.0.1", agent: "Test" }));
      const tokens = (await Promise.all(cookies)).map((cookie) => /=([^;]+)/.exec(cookie)?.[1]);
      for (const token of tokens) expect(await findSession(token), way).not.toBeNull();
      expect(await findAccess(userId, workspace.slug), way).toMatchObject({ role: "member" });
      const { status } = await deactivate(`/Users/${person.id}`, userName);
      expect([200, 204], way).toContain(status);
      for (const token of tokens) expect(await findSession(token), way).toBeNull();
      expect(await all(sql`SELECT 1 FROM "Session" WHERE "userId" = ${userId}`), way).toEqual([]);
      expect(await findAccess(userId, workspace.slug), way).toBeNull();
      expect((await rowOf(person.id))?.state, way).toBe(way === "DELETE" ? "ended" : "suspended");
    }
  });
});
