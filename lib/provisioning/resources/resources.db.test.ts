import { beforeAll, describe, expect, test } from "vitest";
import { routeAdapter, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody, versionIs } from "@/lib/provisioning/testing/fixtures";

// What the service does with users, groups, lists and discovery, by the rules of RFC 7643, RFC 7644 and Entra's wire.

const user = "urn:ietf:params:scim:schemas:core:2.0:User";
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
let workspace: TestWorkspace;
let scim: ScimClient;

beforeAll(async () => {
  workspace = await openWorkspace("service");
  scim = workspace.scim;
});

let people = 0;
const newName = () => `person${++people}@${workspace.domain}`;

describe("users", () => {
  test("R-27, W1, E4 POST answers 201 with the whole person, Location and a version", async () => {
    const name = newName();
    const { status, headers, body } = await scim(
      "POST",
      "/Users",
      userBody(name, { id: "mine", meta: { version: "x" } }),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      schemas: [user],
      userName: name,
      active: true,
      meta: { resourceType: "User", version: versionIs(1) },
    });
    expect(body.id).not.toBe("mine");
    const { location, created, lastModified } = body.meta as Record<string, string>;
    expect(headers.get("location")).toBe(location);
    expect(location).toBe(`http://muster.test/scim/v2/Users/${body.id}`);
    expect(lastModified).toBe(created);
    expect(headers.get("etag")).toEqual(versionIs(1));
  });

  test("R-29, R-36 what is sent comes back as it was sent, mapped or not", async () => {
    const sent = userBody(newName().replace("person", "Person"), {
      externalId: "Ext-Ä",
      displayName: "  Zoë  ",
      preferredLanguage: "en-Latn-GB-boont",
      phoneNumbers: [{ value: "+44 (0)20 / 7946-0000 x9", type: "work" }],
      addresses: [{ streetAddress: "1 Way\nLeeds", country: "United Kingdom", type: "work" }],
      roles: [{ value: "x", primary: true }],
      [enterprise]: { employeeNumber: "00701", department: "R&D", manager: { value: "not-a-user" } },
      schemas: [user, enterprise],
    });
    const posted = await scim("POST", "/Users", sent);
    const { body } = await scim("GET", `/Users/${posted.body.id}`);
    expect(body).toMatchObject(sent);
  });

  test("R-28, W2 a taken userName is 409 uniqueness, in any case; of many at once one wins", async () => {
    const name = newName();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) => scim("POST", "/Users", userBody(at % 2 ? name : name.toUpperCase()))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ scimType: "uniqueness" });
  });

  test("W6 PUT clears what it leaves out, but not active; W8 another id in the body is ignored; W9 the same body changes nothing", async () => {
    const name = newName();
    const made = await scim("POST", "/Users", userBody(name, { title: "T", active: false }));
    const path = `/Users/${made.body.id}`;
    const put = await scim("PUT", path, userBody(name, { nickName: "N", id: "other" }));
    expect(put.status).toBe(200);
    expect(put.body).toMatchObject({ id: made.body.id, nickName: "N", active: false });
    expect(put.body).not.toHaveProperty("title");
    const again = await scim("PUT", path, put.body);
    expect(again.body).toEqual(put.body);
  });

  test("W7 PUT to an unknown id is 404", async () => {
    expect((await scim("PUT", "/Users/00000000-0000-0000-0000-000000000000", userBody(newName()))).status).toBe(404);
  });

  test("P8, E1 a PATCH that changes nothing leaves the version; one that does moves it", async () => {
    const { body } = await scim("POST", "/Users", userBody(newName(), { title: "T" }));
    const same = await scim("PATCH", `/Users/${body.id}`, patchBody({ op: "Replace", path: "title", value: "T" }));
    expect(same).toMatchObject({ status: 200, body: { meta: body.meta } });
    const moved = await scim("PATCH", `/Users/${body.id}`, patchBody({ op: "Replace", path: "title", value: "U" }));
    expect(moved.headers.get("etag")).toEqual(versionIs(2));
  });

  test("E2 If-Match and If-None-Match", async () => {
    const { body } = await scim("POST", "/Users", userBody(newName()));
    const path = `/Users/${body.id}`;
    const change = patchBody({ op: "replace", path: "title", value: "T" });
    expect((await scim("PATCH", path, change, { "if-match": 'W/"7"' })).status).toBe(412);
    expect((await scim("PATCH", path, change, { "if-match": 'W/"7", "1"' })).status).toBe(200);
    expect((await scim("DELETE", path, undefined, { "if-match": 'W/"1"' })).status).toBe(412);
    const projected = `${path}?attributes=userName`;
    const tag = (await scim("GET", path)).headers.get("etag") ?? "";
    expect((await scim("GET", projected, undefined, { "if-none-match": tag })).status).toBe(304);
  });

  test("R-39, R-40, W17 DELETE ends it; the name is free for a new one with a new id", async () => {
    const name = newName();
    const { body } = await scim("POST", "/Users", userBody(name));
    const path = `/Users/${body.id}`;
    const gone = await scim("DELETE", path);
    expect(gone).toMatchObject({ status: 204, body: {} });
    for (const method of ["GET", "DELETE", "PATCH", "PUT"]) {
      const sent = method === "PATCH" ? patchBody() : method === "PUT" ? userBody(name) : undefined;
      expect((await scim(method, path, sent)).status, method).toBe(404);
    }
    const again = await scim("POST", "/Users", userBody(name));
    expect(again.status).toBe(201);
    expect(again.body.id).not.toBe(body.id);
  });

  test("Q10, Q11, R-22 attributes and excludedAttributes", async () => {
    const { body } = await scim(
      "POST",
      "/Users",
      userBody(newName(), { title: "T", name: { givenName: "G", familyName: "F" } }),
    );
    const path = `/Users/${body.id}`;
    const only = await scim("GET", `${path}?attributes=NAME.givenname,unknown`);
    expect(only.body).toEqual({ schemas: [user], id: body.id, name: { givenName: "G" } });
    const without = await scim("GET", `${path}?excludedAttributes=title,id`);
    expect(without.body).not.toHaveProperty("title");
    expect(without.body.id).toBe(body.id);
    expect((await scim("GET", `${path}?attributes=id&excludedAttributes=title`)).status).toBe(400);
  });

  test("R-30, R-31, R-32, R-38 free forms, an unknown manager and texts for booleans are taken", async () => {
    const { status, body } = await scim(
      "POST",
      "/Users",
      userBody(newName(), {
        locale: "QWXYZ",
        profileUrl: "ASDF",
        active: "True",
        roles: [{ value: "r", primary: "True" }],
        [enterprise]: { manager: "random" },
        "urn:acme:unknown": { a: 1 },
        name: null,
      }),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      active: true,
      roles: [{ primary: true }],
      [enterprise]: { manager: { value: "random" } },
    });
  });
});

describe("lists", () => {
  test("R-12, Q6 nothing found is 200 with an empty list", async () => {
    for (const path of ["/Users", "/Groups"]) {
      const attribute = path === "/Users" ? "userName" : "displayName";
      const { status, body } = await scim("GET", `${path}?filter=${attribute}+eq+%22nobody%22`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] });
    }
  });

  test("F20, R-05 plus is a space, %2B a plus", async () => {
    const name = `plus+tag${newName()}`;
    await scim("POST", "/Users", userBody(name));
    const { body } = await scim(
      "GET",
      `/Users?filter=userName+eq+%22${name.replace("+", "%2B").replace("@", "%40")}%22&aadOptscim062020`,
    );
    expect(body.totalResults).toBe(1);
  });

  test("R-18, F18 an unsupported filter is 400 invalidFilter, never everybody", async () => {
    const { status, body } = await scim("GET", `/Users?filter=${encodeURIComponent('nonsense eq "x"')}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ scimType: "invalidFilter" });
  });

  test("R-23, Q1–Q5, Q8 pages", async () => {
    const total = (await scim("GET", "/Users?count=0")).body.totalResults as number;
    expect(total).toBeGreaterThan(5);
    const seen: unknown[] = [];
    for (let startIndex = 1; startIndex <= total; startIndex += 5) {
      const { body } = await scim("GET", `/Users?startIndex=${startIndex}&count=5&attributes=id`);
      const page = body.Resources as { id: string }[];
      expect(body).toMatchObject({ totalResults: total, startIndex, itemsPerPage: page.length });
      if (startIndex + 5 <= total) expect(page).toHaveLength(5);
      seen.push(...page.map(({ id }) => id));
    }
    expect(new Set(seen).size).toBe(total);
    expect((await scim("GET", "/Users?startIndex=-5&count=1")).body.startIndex).toBe(1);
    expect((await scim("GET", "/Users?count=-1")).body.Resources).toEqual([]);
    expect((await scim("GET", `/Users?startIndex=${total + 9}`)).body).toMatchObject({
      totalResults: total,
      itemsPerPage: 0,
    });
    expect(await scim("GET", "/Users?count=many")).toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
  });

  test("E19, R-20 another workspace's people are nobody here", async () => {
    const other = await openWorkspace("other");
    const { body } = await other.scim("POST", "/Users", userBody(`x@${other.domain}`));
    expect((await scim("GET", `/Users/${body.id}`)).status).toBe(404);
    expect((await scim("DELETE", `/Users/${body.id}`)).status).toBe(404);
    expect((await scim("GET", `/Users?filter=id+eq+%22${body.id}%22`)).body.totalResults).toBe(0);
    const group = await scim("POST", "/Groups", { displayName: "Foreign", members: [{ value: body.id }] });
    expect(group.status).toBe(400);
  });
});

describe("groups", () => {
  async function addPeople(count: number): Promise<string[]> {
    const answers = await Promise.all(Array.from({ length: count }, () => scim("POST", "/Users", userBody(newName()))));
    return answers.map(({ body }) => String(body.id));
  }
  const membersOf = async (id: unknown) =>
    (((await scim("GET", `/Groups/${id}`)).body.members ?? []) as { value: string }[]).map(({ value }) => value);

  test("R-61, P25 fifty PATCHes at once that each add one member leave fifty members", async () => {
    const ids = await addPeople(50);
    const { body } = await scim("POST", "/Groups", { displayName: "Fifty", members: [] });
    const answers = await Promise.all(
      ids.map((value) =>
        scim("PATCH", `/Groups/${body.id}`, patchBody({ op: "Add", path: "members", value: [{ value }] })),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await membersOf(body.id)).sort()).toEqual([...ids].sort());
    const removals = await Promise.all(
      ids
        .slice(0, 25)
        .map((id) =>
          scim("PATCH", `/Groups/${body.id}`, patchBody({ op: "Remove", path: `members[value eq "${id}"]` })),
        ),
    );
    expect(new Set(removals.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await membersOf(body.id)).sort()).toEqual(ids.slice(25).sort());
  });

  test("R-21, Q14 members are left out when they are excluded", async () => {
    const [id] = await addPeople(1);
    const { body } = await scim("POST", "/Groups", { displayName: "Excluded", members: [{ value: id }] });
    expect(body.members).toHaveLength(1);
    expect((await scim("GET", `/Groups/${body.id}?excludedAttributes=members`)).body).not.toHaveProperty("members");
  });

  test("R-28 a taken displayName is 409; R-37 unknown schemas and no members are fine", async () => {
    const schemas = [
      "urn:ietf:params:scim:schemas:core:2.0:Group",
      "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
    ];
    expect((await scim("POST", "/Groups", { schemas, displayName: "Twice" })).status).toBe(201);
    expect(await scim("POST", "/Groups", { schemas, displayName: "TWICE" })).toMatchObject({
      status: 409,
      body: { scimType: "uniqueness" },
    });
  });

  test("R-70 a suspended person stays in the team; W18 one that is deleted leaves it", async () => {
    const [kept = "", gone = ""] = await addPeople(2);
    const { body } = await scim("POST", "/Groups", {
      displayName: "Stays",
      members: [{ value: kept }, { value: gone }],
    });
    await scim("PATCH", `/Users/${kept}`, patchBody({ op: "Replace", path: "active", value: "False" }));
    await scim("DELETE", `/Users/${gone}`);
    expect(await membersOf(body.id)).toEqual([kept]);
    const person = await scim("GET", `/Users/${kept}`);
    expect(person.body).toMatchObject({ active: false, groups: [{ value: body.id, display: "Stays" }] });
  });

  test("R-42 a rename leaves the members; W10 PUT without members clears them", async () => {
    const [id] = await addPeople(1);
    const { body } = await scim("POST", "/Groups", { displayName: "Rename", members: [{ value: id }] });
    await scim("PATCH", `/Groups/${body.id}`, patchBody({ op: "Replace", value: { displayName: "Renamed" } }));
    expect((await scim("GET", `/Groups/${body.id}`)).body).toMatchObject({
      displayName: "Renamed",
      members: [{ value: id }],
    });
    await scim("PUT", `/Groups/${body.id}`, { displayName: "Renamed" });
    expect(await membersOf(body.id)).toEqual([]);
  });
});

describe("discovery", () => {
  test("E8 it is not filtered and only read; without a header only the configuration is told", async () => {
    const anonymous = routeAdapter(null);
    expect((await anonymous("GET", "/ServiceProviderConfig")).status).toBe(200);
    expect((await routeAdapter("wrong")("GET", "/ServiceProviderConfig")).status).toBe(401);
    expect((await anonymous("GET", "/Schemas")).status).toBe(401);
    for (const path of ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"]) {
      expect((await scim("GET", path)).status, path).toBe(200);
      expect((await scim("GET", `${path}?filter=id%20pr`)).status).toBe(403);
      expect((await scim("POST", path, {})).status).toBe(405);
    }
  });

  test("R-66, E11, E12 schemas are listed, and each is found by its URN in any case", async () => {
    const { body } = await scim("GET", "/Schemas");
    const ids = (body.Resources as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([user, enterprise, "urn:ietf:params:scim:schemas:core:2.0:Group"]));
    for (const id of ids) expect((await scim("GET", `/Schemas/${id.toUpperCase()}`)).body.id).toBe(id);
    expect(JSON.stringify(body)).not.toContain("null");
    const types = (await scim("GET", "/ResourceTypes")).body.Resources as { schema: string }[];
    for (const { schema } of types) expect(ids).toContain(schema);
  });

  test("R-67, E10 the service says what it can", async () => {
    const { body } = await scim("GET", "/ServiceProviderConfig");
    expect(body).toMatchObject({
      patch: { supported: true },
      filter: { supported: true },
      sort: { supported: true },
      etag: { supported: true },
    });
  });
});
