import { beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "@/lib/database/transaction";
import { all, sql } from "@/lib/db";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { add, expectError, find, insertPeople, type Resource, read, resourcesOf, urn } from "./support";

// Q1–Q17: paging, sorting, projection (RFC 7644 §3.4.2, §3.9; D-69, D-76).

const { user, enterprise } = urn;

/** More teams than the largest page holds (D-76: 100 by default, 1,000 at most). */
const teams = 1_005;

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let large: TestWorkspace;
  let scim: ScimClient;
  let full: Resource;

  const at = (name: string) => `${name}@${workspace.domain}`;

  beforeAll(async () => {
    workspace = await openWorkspace("qq");
    large = await openWorkspace("qqlarge");
    scim = open(workspace.token.secret);
    await all(sql`
      INSERT INTO "Team" ("workspaceId", id, name, "nameKey")
      SELECT ${large.id}, gen_random_uuid(), 'Team ' || n, 'team ' || n FROM generate_series(1, ${teams}) n`);
    for (let n = 1; n <= 11; n++) {
      await add(scim, "/Users", userBody(at(`page${n}`), { userType: "Page", title: n % 2 ? "Odd" : "Even" }));
    }
    full = await add(
      scim,
      "/Users",
      userBody(at("full"), {
        schemas: [user, enterprise],
        externalId: "X-1",
        displayName: "Full",
        name: { givenName: "Fu", familyName: "Ll" },
        emails: [{ value: "full@one.test", type: "work", primary: true }],
        [enterprise]: { department: "D", employeeNumber: "7" },
      }),
    );
  });

  test("Q1 a startIndex below one is one, a negative count is none, and none still tells the total", async () => {
    await add(scim, "/Groups", { displayName: "Q1" });
    for (const endpoint of ["/Users", "/Groups"]) {
      const all = resourcesOf(await scim("GET", endpoint));
      for (const startIndex of [0, -5]) {
        const { body } = await scim("GET", `${endpoint}?startIndex=${startIndex}&count=1`);
        expect(body, endpoint).toMatchObject({
          startIndex: 1,
          totalResults: all.length,
          Resources: [{ id: all[0]?.id }],
        });
      }
      for (const count of [0, -1, -100]) {
        const { status, body } = await scim("GET", `${endpoint}?count=${count}`);
        expect(status).toBe(200);
        expect(body, endpoint).toMatchObject({ totalResults: all.length, itemsPerPage: 0, Resources: [] });
      }
    }
  });

  test("Q2 a page never holds more than count, and a count beyond the limit is brought down to it", async () => {
    const client = open(large.token.secret);
    for (const count of [1, 7, 1_000]) {
      const { body } = await client("GET", `/Groups?count=${count}&excludedAttributes=members`);
      expect(body).toMatchObject({ totalResults: teams, itemsPerPage: count });
      expect(body.Resources).toHaveLength(count);
    }
    for (const count of [1_001, 5_000, 999_999_999]) {
      const { status, body } = await client("GET", `/Groups?count=${count}&excludedAttributes=members`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ totalResults: teams, itemsPerPage: 1_000 });
      expect(body.Resources).toHaveLength(1_000);
    }
    expect((await client("GET", "/ServiceProviderConfig")).body).toMatchObject({ filter: { maxResults: 1_000 } });
  });

  test("Q3 without startIndex and count the first page is the default one", async () => {
    const client = open(large.token.secret);
    const { body } = await client("GET", "/Groups");
    expect(body).toMatchObject({ totalResults: teams, startIndex: 1, itemsPerPage: 100 });
    const first = await client("GET", "/Groups?startIndex=1&count=100");
    expect(body.Resources).toEqual(first.body.Resources);
  });

  test("Q4 past the end the page is empty, the total true, and startIndex repeated", async () => {
    const total = (await scim("GET", "/Users?count=0")).body.totalResults as number;
    for (const startIndex of [total + 1, total + 500]) {
      const { status, body } = await scim("GET", `/Users?startIndex=${startIndex}&count=5`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ totalResults: total, startIndex, itemsPerPage: 0, Resources: [] });
    }
    const filtered = await scim("GET", `/Users?startIndex=99&filter=${encodeURIComponent('userType eq "Page"')}`);
    expect(filtered.body).toMatchObject({ totalResults: 11, startIndex: 99, itemsPerPage: 0, Resources: [] });
  });

  test("Q5 itemsPerPage counts this page, totalResults what matches here and nowhere else, as integers", async () => {
    const other = await openWorkspace("qqother");
    await add(open(other.token.secret), "/Users", userBody(`page@${other.domain}`, { userType: "Page" }));
    const filter = encodeURIComponent('userType eq "Page"');
    const cases = [
      ["", 11],
      ["&count=4", 4],
      ["&count=4&startIndex=9", 3],
      ["&startIndex=11", 1],
      ["&count=0", 0],
    ] as const;
    for (const [more, items] of cases) {
      const { body } = await scim("GET", `/Users?filter=${filter}${more}`);
      expect(body.totalResults, more).toBe(11);
      expect(body.itemsPerPage, more).toBe(items);
      expect(body.Resources, more).toHaveLength(items);
      for (const name of ["totalResults", "itemsPerPage", "startIndex"])
        expect(Number.isInteger(body[name])).toBe(true);
    }
  });

  test("Q6 no match is 200 with an empty list that is there", async () => {
    for (const query of ['/Users?filter=userName eq "nobody"', '/Groups?filter=displayName eq "nothing"']) {
      const { status, body } = await scim("GET", query);
      expect(status).toBe(200);
      expect(body).toEqual({ schemas: [urn.list], totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] });
    }
  });

  test("Q7 the order is total: pages neither repeat nor miss anybody, also while rows change", async () => {
    const filter = encodeURIComponent('userType eq "Page"');
    for (const sort of [
      "",
      "&sortBy=title",
      "&sortBy=title&sortOrder=descending",
      "&sortBy=userType",
      "&sortBy=nickName",
    ]) {
      const seen: string[] = [];
      for (let startIndex = 1; startIndex <= 11; startIndex += 3) {
        const page = resourcesOf(await scim("GET", `/Users?filter=${filter}&count=3&startIndex=${startIndex}${sort}`));
        seen.push(...page.map(({ id }) => id));
        const [touched] = page; // a change that neither order depends on must move nobody
        await scim(
          "PATCH",
          `/Users/${touched?.id}`,
          patchBody({ op: "replace", path: "locale", value: `l${startIndex}${sort.length}` }),
        );
      }
      expect(seen, sort).toHaveLength(11);
      expect(new Set(seen).size, sort).toBe(11);
      const whole = resourcesOf(await scim("GET", `/Users?filter=${filter}${sort}`));
      expect(
        whole.map(({ id }) => id),
        sort,
      ).toEqual(seen);
    }
  });

  test("Q8 a paging parameter that is no number is 400 invalidValue, and an unknown parameter nothing", async () => {
    for (const query of [
      "count=many",
      "startIndex=first",
      "count=1.5",
      "startIndex=1e3",
      "count=0x10",
      "startIndex=1,2",
    ]) {
      for (const endpoint of ["/Users", "/Groups"]) {
        expectError(await scim("GET", `${endpoint}?${query}`), 400, "invalidValue");
      }
    }
    const plain = await scim("GET", "/Users?count=3");
    const noisy = await scim("GET", "/Users?aadOptscim062020&count=3&unknown=1&page=2&offset=5&limit=1&%5B%5D=x");
    expect(noisy.body).toEqual(plain.body);
  });

  test("Q9 lists are sorted by primary or first value, by case as the attribute says, the missing last going up", async () => {
    const sorted = async (query: string) => {
      const filter = encodeURIComponent('userType eq "Sort"');
      const list = resourcesOf(await scim("GET", `/Users?filter=${filter}&${query}`));
      return list.map(({ displayName, userName }) => displayName ?? String(userName).split("@")[0]);
    };
    const people: [string, Record<string, unknown>][] = [
      [
        "s1",
        {
          displayName: "beta",
          externalId: "b",
          emails: [
            { value: "z@x.test", type: "work" },
            { value: "a@x.test", type: "home", primary: true },
          ],
        },
      ],
      [
        "s2",
        {
          displayName: "Alpha",
          externalId: "C",
          name: { familyName: "Young" },
          emails: [{ value: "m@x.test" }, { value: "b@x.test" }],
        },
      ],
      [
        "s3",
        {
          displayName: "GAMMA",
          externalId: "a",
          active: false,
          name: { familyName: "abel" },
          emails: [{ value: "c@x.test" }],
        },
      ],
      ["s4", {}],
    ];
    for (const [name, more] of people) await add(scim, "/Users", userBody(at(name), { userType: "Sort", ...more }));
    expect(await sorted("sortBy=displayName")).toEqual(["Alpha", "beta", "GAMMA", "s4"]);
    expect(await sorted("sortBy=displayName&sortOrder=ascending")).toEqual(["Alpha", "beta", "GAMMA", "s4"]);
    expect(await sorted("sortBy=DISPLAYNAME&sortOrder=descending")).toEqual(["s4", "GAMMA", "beta", "Alpha"]);
    expect(await sorted("sortBy=externalId")).toEqual(["Alpha", "GAMMA", "beta", "s4"]); // C, a, b: case counts
    expect(await sorted("sortBy=emails")).toEqual(["beta", "GAMMA", "Alpha", "s4"]); // a (primary), c, m (first)
    expect(await sorted("sortBy=emails.value&sortOrder=descending")).toEqual(["s4", "Alpha", "GAMMA", "beta"]);
    expect((await sorted("sortBy=name.familyName")).slice(0, 2)).toEqual(["GAMMA", "Alpha"]);
    expect((await sorted("sortBy=active"))[0]).toBe("GAMMA"); // false before true
    expect(await sorted("sortBy=userName&count=2&startIndex=2")).toEqual(["Alpha", "GAMMA"]);
    expectError(await scim("GET", "/Users?sortBy=name"), 400, "invalidValue");
    expect((await scim("GET", "/ServiceProviderConfig")).body).toMatchObject({ sort: { supported: true } });
  });

  test("Q10 attributes asks for what is named besides what always comes", async () => {
    const path = `/Users/${full.id}`;
    const always = { schemas: [user], id: full.id };
    const only = async (attributes: string) => read(scim, `${path}?attributes=${encodeURIComponent(attributes)}`);
    expect(await only("displayName")).toEqual({ ...always, displayName: "Full" });
    expect(await only("DISPLAYNAME, Name.GivenName,emails.value")).toEqual({
      ...always,
      displayName: "Full",
      name: { givenName: "Fu" },
      emails: [{ value: "full@one.test" }],
    });
    expect(await only(`${user}:name.familyName,externalId`)).toEqual({
      ...always,
      externalId: "X-1",
      name: { familyName: "Ll" },
    });
    const both = { ...always, schemas: [user, enterprise] };
    expect(await only(`${enterprise}:department`)).toEqual({ ...both, [enterprise]: { department: "D" } });
    for (const name of [enterprise, enterprise.toUpperCase()]) {
      expect(await only(name)).toEqual({ ...both, [enterprise]: { department: "D", employeeNumber: "7" } });
    }
    expect(await only("nonsense,urn:acme:x,name.nonsense")).toEqual(always);
    expect(await only("id,schemas")).toEqual(always);
    expect(await only("meta")).toEqual({ ...always, meta: full.meta });
    expect(await only("meta.resourceType")).toEqual({ ...always, meta: { resourceType: "User" } });
  });

  test("Q11 excludedAttributes takes away what need not come, and never goes with attributes", async () => {
    const path = `/Users/${full.id}`;
    const without = async (names: string) => read(scim, `${path}?excludedAttributes=${encodeURIComponent(names)}`);
    const { displayName: _displayName, ...rest } = await read(scim, path);
    expect(await without("displayName")).toEqual(rest);
    expect(await without("id,schemas,DISPLAYNAME,nonsense")).toEqual(rest);
    expect(await without("name.familyName")).toMatchObject({ name: { givenName: "Fu" } });
    expect(await without("name.familyName")).not.toHaveProperty("name.familyName");
    expect(await without("meta")).not.toHaveProperty("meta");
    const plain = await without(enterprise);
    expect(plain).not.toHaveProperty([enterprise]);
    expect(plain.schemas).toEqual([user]);
    const both = "attributes=userName&excludedAttributes=title";
    for (const target of [path, "/Users", "/Groups"])
      expectError(await scim("GET", `${target}?${both}`), 400, "invalidValue");
  });

  test("Q12 both parameters work wherever a resource is answered, and a PATCH that names attributes is 200", async () => {
    const q = "attributes=title";
    const made = await scim("POST", `/Users?${q}`, userBody(at("q12"), { title: "T", nickName: "N" }));
    const { id } = made.body as Resource;
    const path = `/Users/${id}`;
    const bare = { schemas: [user], id, title: "T" };
    const body = userBody(at("q12"), { title: "T", nickName: "N" });
    const search = { schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], filter: `id eq "${id}"` };
    const replace = patchBody({ op: "replace", path: "title", value: "T" });
    const ones: [string, string, unknown, number][] = [
      ["GET", path, undefined, 200],
      ["PUT", path, body, 200],
      ["PATCH", path, replace, 200],
      ["PATCH", path, patchBody({ op: "replace", path: "nickName", value: "M" }), 200],
    ];
    expect(made).toMatchObject({ status: 201, body: bare });
    expect(made.body).toEqual(bare);
    for (const [method, target, sent, status] of ones) {
      const answer = await scim(method, `${target}?${q}`, sent);
      expect(answer.status, method).toBe(status);
      expect(answer.body, method).toEqual(bare);
      const excluded = await scim(method, `${target}?excludedAttributes=title`, sent);
      expect(excluded.body, method).toMatchObject({ id, nickName: expect.any(String), meta: { resourceType: "User" } });
      expect(excluded.body, method).not.toHaveProperty("title");
    }
    const filter = encodeURIComponent(search.filter);
    expect(resourcesOf(await scim("GET", `/Users?filter=${filter}&${q}`))).toEqual([bare]);
    expect(resourcesOf(await scim("POST", "/Users/.search", { ...search, attributes: ["title"] }))).toEqual([bare]);
    const [left] = resourcesOf(await scim("POST", "/Users/.search", { ...search, excludedAttributes: ["title"] }));
    expect(left).toMatchObject({ id, nickName: "M" });
    expect(left).not.toHaveProperty("title");

    const members = (await insertPeople(workspace, 1_001)).map((value) => ({ value }));
    const group = await add(scim, "/Groups", { displayName: "Q12", members });
    const rename = (name: string) => patchBody({ op: "replace", path: "displayName", value: name });
    expect(await scim("PATCH", `/Groups/${group.id}`, rename("Q12 a"))).toMatchObject({ status: 204, body: {} });
    const named = await scim("PATCH", `/Groups/${group.id}?attributes=displayName`, rename("Q12 b"));
    expect(named).toMatchObject({ status: 200, body: { id: group.id, displayName: "Q12 b" } });
    const asked = await scim("PATCH", `/Groups/${group.id}?attributes=members`, rename("Q12 c"));
    expect(asked.status).toBe(200);
    expect(asked.body.members).toHaveLength(1_001);
  });

  test("Q13 what is never returned is never returned, and schemas names what is there", async () => {
    const secret = "Never-Shown-7";
    const name = at("q13");
    const made = await scim("POST", "/Users?attributes=password,userName", userBody(name, { password: secret }));
    const { id } = made.body as Resource;
    const path = `/Users/${id}`;
    const password = patchBody({ op: "replace", path: "password", value: secret });
    const answers = [
      made,
      await scim("GET", `${path}?attributes=password`),
      await scim("GET", `${path}?attributes=${user}:password`),
      await scim("GET", path),
      await scim("PUT", `${path}?attributes=password`, userBody(name, { password: secret })),
      await scim("PATCH", `${path}?attributes=password`, password),
      await scim("PATCH", path, patchBody({ op: "replace", value: { password: secret, title: "T" } })),
      await scim("POST", "/Users", userBody(name, { password: secret })),
      await scim("POST", "/Users", userBody(at("q13b"), { password: secret, active: "nonsense" })),
    ];
    for (const [index, { body }] of answers.entries()) {
      expect(body, String(index)).not.toHaveProperty("password");
      expect(JSON.stringify(body), String(index)).not.toContain(secret);
    }
    await flushRequestLog();
    for (const rows of [
      await all(sql`SELECT t::text AS row FROM "AuditEvent" t WHERE "workspaceId" = ${workspace.id}`),
      await all(sql`SELECT t::text AS row FROM "Membership" t WHERE "workspaceId" = ${workspace.id} AND id = ${id}`),
    ]) {
      expect(rows.length).toBeGreaterThan(0);
      expect(JSON.stringify(rows)).not.toContain(secret);
    }
    const target = `/Users/${full.id}`;
    expect((await read(scim, target)).schemas).toEqual([user, enterprise]);
    expect((await read(scim, `${target}?attributes=userName`)).schemas).toEqual([user]);
    expect((await read(scim, `${target}?attributes=department`)).schemas).toEqual([user, enterprise]);
    expect((await read(scim, path)).schemas).toEqual([user]);
  });

  test("Q14 with excludedAttributes=members nothing of the members is loaded", async () => {
    const group = await add(scim, "/Groups", { displayName: "Q14", members: [{ value: full.id }] });
    const filter = encodeURIComponent('displayName eq "Q14"');
    // Whoever reads a row of TeamMember waits for this lock, and would be refused by its timeout.
    await inTransaction("Q14", async (tx) => {
      await tx.run(sql`LOCK TABLE "TeamMember" IN ACCESS EXCLUSIVE MODE`);
      const one = await scim("GET", `/Groups/${group.id}?excludedAttributes=members`);
      expect(one).toMatchObject({ status: 200, body: { displayName: "Q14" } });
      const list = resourcesOf(await scim("GET", `/Groups?excludedAttributes=members&filter=${filter}`));
      expect(list).toMatchObject([{ id: group.id }]);
      const rename = patchBody({ op: "replace", path: "externalId", value: "e" });
      const patched = await scim("PATCH", `/Groups/${group.id}?excludedAttributes=members`, rename);
      expect(patched).toMatchObject({ status: 200, body: { externalId: "e" } });
      for (const body of [one.body, list[0], patched.body]) expect(body).not.toHaveProperty("members");
    });
    expect((await find(scim, "/Groups", 'displayName eq "Q14"'))[0]?.members).toMatchObject([{ value: full.id }]);
  });

  test("Q17 the order of a list tells nothing of what is never returned", async () => {
    for (const [name, password] of [
      ["q17a", "zzz"],
      ["q17b", "aaa"],
    ] as const) {
      await add(scim, "/Users", userBody(at(name), { userType: "Q17", password }));
    }
    const filter = encodeURIComponent('userType eq "Q17"');
    for (const sortBy of ["password", "PASSWORD", `${user}:password`, "password.value"]) {
      for (const sortOrder of ["ascending", "descending"]) {
        const query = `/Users?filter=${filter}&sortBy=${sortBy}&sortOrder=${sortOrder}&attributes=id`;
        expectError(await scim("GET", query), 400, "invalidValue");
      }
    }
  });
});
