import { beforeAll, describe, expect, test } from "vitest";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { add, change, expectError, find, type Resource, read, resourcesOf, urn } from "./support";

// what Entra asks before it writes, in its own spelling.

const { user, group, enterprise } = urn;
const guid = "7f4bd1a5-3c5e-4be1-8f5a-0a3f4e2c9d10";

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let lin: Resource;
  let manager: Resource;
  let ledger: Resource;

  const at = (name: string) => `${name}@${workspace.domain}`;
  /** As Entra writes it: plus for a space, %22 and %40. */
  const ask = (endpoint: string, filter: string, more = "") =>
    scim("GET", `${endpoint}?filter=${encodeURIComponent(filter).replaceAll("%20", "+")}${more}`);
  const idsOf = async (endpoint: string, filter: string) => (await find(scim, endpoint, filter)).map(({ id }) => id);

  beforeAll(async () => {
    workspace = await openWorkspace("rq");
    scim = open(workspace.token.secret);
    manager = await add(scim, "/Users", userBody(at("Mo.Boss"), { externalId: "mo.boss" }));
    lin = await add(scim, "/Users", {
      schemas: [user, enterprise],
      externalId: "lin.osei",
      userName: at("Lin.Osei"),
      active: true,
      displayName: "Lin Osei",
      emails: [
        { primary: true, type: "work", value: at("lin.mail") },
        { type: "other", value: "lin@home.test" },
      ],
      meta: { resourceType: "User" },
      name: { formatted: "Lin Osei", familyName: "Osei", givenName: "Lin" },
      phoneNumbers: [{ primary: true, type: "work", value: "+44 20 7946 0101" }],
      roles: [],
      [enterprise]: { department: "Ledger", employeeNumber: "88213", manager: manager.id },
    });
    ledger = await add(scim, "/Groups", {
      schemas: [group],
      externalId: "c9b1-guid",
      displayName: "Ledger Team -(1)",
      members: [{ value: lin.id }],
      meta: { resourceType: "Group" },
    });
  });

  test("R-12 a filter without a match is 200 with an empty list", async () => {
    const empty = { schemas: [urn.list], totalResults: 0, Resources: [], startIndex: 1, itemsPerPage: 0 };
    for (const [endpoint, filter] of [
      ["/Users", `userName eq "${guid}"`],
      ["/Users", `externalId eq "${guid}"`],
      ["/Users", `emails[type eq "work"].value eq "${guid}"`],
      ["/Users", `id eq "${guid}"`],
      ["/Groups", `displayName eq "${guid}"`],
      ["/Groups", `externalId eq "${guid}"`],
    ] as const) {
      const answer = await ask(endpoint, filter);
      expect(answer.status, filter).toBe(200);
      expect(answer.body, filter).toEqual(empty);
    }
  });

  test("R-13 a filtered GET is a list, also for one hit", async () => {
    for (const [endpoint, filter, wanted] of [
      ["/Users", `userName eq "${at("lin.osei")}"`, lin],
      ["/Users", `id eq "${lin.id}"`, lin],
      ["/Groups", 'displayName eq "Ledger Team -(1)"', ledger],
      ["/Groups", `id eq "${ledger.id}"`, ledger],
    ] as const) {
      const { status, body } = await ask(endpoint, filter);
      expect(status).toBe(200);
      expect(body).toMatchObject({ schemas: [urn.list], totalResults: 1, startIndex: 1, itemsPerPage: 1 });
      expect(body.Resources).toEqual([await read(scim, `${endpoint}/${wanted.id}`)]);
    }
  });

  test("R-14 eq and and, with operators and names in any case", async () => {
    for (const filter of [
      `userName eq "${at("lin.osei")}" and active eq true`,
      `USERNAME EQ "${at("lin.osei")}" AND Active Eq True`,
      `username eq "${at("lin.osei")}" And externalid eq "lin.osei" and displayName Eq "Lin Osei"`,
    ]) {
      expect(await idsOf("/Users", filter), filter).toEqual([lin.id]);
    }
    expect(await idsOf("/Users", `userName eq "${at("lin.osei")}" and externalId eq "mo.boss"`)).toEqual([]);
    expect(await idsOf("/Groups", 'DisplayName eq "Ledger Team -(1)" AND externalId eq "c9b1-guid"')).toEqual([
      ledger.id,
    ]);
  });

  test("R-15 userName and a group's displayName match in any case", async () => {
    for (const name of [at("lin.osei"), at("LIN.OSEI"), at("Lin.Osei").toUpperCase()]) {
      const { body } = await ask("/Users", `userName eq "${name}"`);
      expect(body, name).toMatchObject({ totalResults: 1, Resources: [{ id: lin.id, userName: at("Lin.Osei") }] });
    }
    for (const name of ["ledger team -(1)", "LEDGER TEAM -(1)"]) {
      const { body } = await ask("/Groups", `displayName eq "${name}"`, "&excludedAttributes=members");
      expect(body, name).toMatchObject({
        totalResults: 1,
        Resources: [{ id: ledger.id, displayName: "Ledger Team -(1)" }],
      });
    }
  });

  test("R-16 everything that Entra matches or checks by can be filtered", async () => {
    const people = [
      `userName eq "${at("lin.osei")}"`,
      'externalId eq "lin.osei"',
      `id eq "${lin.id}"`,
      `emails[type eq "work"].value eq "${at("lin.mail")}"`,
      `emails[type eq "work"] eq "${at("lin.mail")}"`,
      `emails.value eq "lin@home.test"`,
      `${enterprise}:employeeNumber eq "88213"`,
      'displayName eq "Lin Osei"',
      `manager eq "${manager.id}"`,
      `${enterprise}:manager eq "${manager.id}"`,
      `id eq "${lin.id}" and manager eq "${manager.id}"`,
      `id eq "${lin.id}" and ${enterprise}:manager.value eq "${manager.id}"`,
    ];
    for (const filter of people) expect(await idsOf("/Users", filter), filter).toEqual([lin.id]);
    const groups = [
      'displayName eq "Ledger Team -(1)"',
      'externalId eq "c9b1-guid"',
      `id eq "${ledger.id}"`,
      `members eq "${lin.id}"`,
      `members.value eq "${lin.id}"`,
      `members[value eq "${lin.id}"]`,
      `id eq "${ledger.id}" and members eq "${lin.id}"`,
    ];
    for (const filter of groups) expect(await idsOf("/Groups", filter), filter).toEqual([ledger.id]);
    const none = [
      `emails[type eq "work"].value eq "lin@home.test"`,
      `manager eq "${lin.id}"`,
      `id eq "${lin.id}" and manager eq "x"`,
    ];
    for (const filter of none) expect(await idsOf("/Users", filter), filter).toEqual([]);
    expect(await idsOf("/Groups", `id eq "${ledger.id}" and members eq "${manager.id}"`)).toEqual([]);
  });

  test("R-17 a value may stand without quotes", async () => {
    const filters = ["externalId eq lin.osei", `userName eq ${at("lin.osei")}`, `id eq ${lin.id}`];
    filters.push(`emails[type eq work].value eq ${at("lin.mail")}`, `${enterprise}:employeeNumber eq 88213`);
    for (const filter of filters) expect(await idsOf("/Users", filter), filter).toEqual([lin.id]);
    expect(await idsOf("/Groups", "externalId eq c9b1-guid")).toEqual([ledger.id]);
  });

  test("R-18 an unsupported filter is 400 invalidFilter, neither an empty list nor everybody", async () => {
    for (const [endpoint, filter] of [
      ["/Users", 'favouriteColour eq "red"'],
      ["/Users", `userName like "${at("lin.osei")}"`],
      ["/Users", "userName eq"],
      ["/Users", 'urn:acme:2.0:User:badge eq "1"'],
      ["/Groups", `userName eq "${at("lin.osei")}"`],
      ["/Groups", "displayName"],
    ] as const) {
      const answer = await ask(endpoint, filter);
      expectError(answer, 400, "invalidFilter");
      expect(answer.body).not.toHaveProperty("Resources");
      expect(answer.body).not.toHaveProperty("totalResults");
    }
    expectError(await scim("GET", "/Users?filter="), 400, "invalidFilter");
  });

  test("R-19 inactive people are found by filter, by id and in lists", async () => {
    const name = at("inactive");
    const { id } = await add(scim, "/Users", userBody(name, { externalId: "gone" }));
    await change(scim, `/Users/${id}`, patchBody({ op: "Replace", path: "active", value: "False" }));
    expect(await read(scim, `/Users/${id}`)).toMatchObject({ userName: name, active: false });
    for (const filter of [
      `userName eq "${name}"`,
      'externalId eq "gone"',
      `id eq "${id}"`,
      `active eq false and id eq "${id}"`,
    ]) {
      expect(await find(scim, "/Users", filter), filter).toMatchObject([{ id, active: false }]);
    }
    expect(resourcesOf(await scim("GET", "/Users")).map((each) => each.id)).toContain(id);
  });

  test("R-20 results are this tenant's only, and each of them once", async () => {
    const other = await openWorkspace("rqother");
    const theirs = open(other.token.secret);
    await add(theirs, "/Users", userBody(at("lin.osei"), { externalId: "lin.osei", displayName: "Lin Osei" }));
    await add(theirs, "/Groups", { displayName: "Ledger Team -(1)", externalId: "c9b1-guid" });
    for (let n = 0; n < 3; n++)
      await add(scim, "/Groups", { displayName: `Fan ${n}`, members: [{ value: lin.id }, { value: manager.id }] });
    for (const filter of [
      "groups pr",
      'groups.display sw "fan"',
      "emails pr",
      'emails.value co "lin" or groups.type eq "direct"',
      "id pr",
    ]) {
      const ids = await idsOf("/Users", filter);
      expect(new Set(ids).size, filter).toBe(ids.length);
      expect(ids, filter).toContain(lin.id);
    }
    const teams = await idsOf("/Groups", `members eq "${lin.id}" or members eq "${manager.id}"`);
    expect(teams).toHaveLength(4);
    expect(new Set(teams).size).toBe(4);
    expect(await idsOf("/Users", 'externalId eq "lin.osei"')).toEqual([lin.id]);
    expect(await idsOf("/Users", 'displayName eq "Lin Osei"')).toEqual([lin.id]);
    expect(await idsOf("/Groups", 'externalId eq "c9b1-guid"')).toEqual([ledger.id]);
  });

  test("R-21 excludedAttributes=members leaves members out, and without it a filter shows them", async () => {
    const filter = 'displayName eq "Ledger Team -(1)"';
    const member = [{ value: lin.id }];
    expect(await read(scim, `/Groups/${ledger.id}`)).toMatchObject({ members: member });
    expect((await ask("/Groups", filter)).body).toMatchObject({ Resources: [{ members: member }] });
    const excluded = [
      await read(scim, `/Groups/${ledger.id}?excludedAttributes=members`),
      ...resourcesOf(await ask("/Groups", filter, "&excludedAttributes=members")),
      ...resourcesOf(await scim("GET", `/Groups?excludedAttributes=members&filter=${encodeURIComponent(filter)}`)),
      ...resourcesOf(await scim("GET", "/Groups?excludedAttributes=members")),
    ];
    expect(excluded.length).toBeGreaterThan(3);
    for (const resource of excluded) {
      expect(resource).not.toHaveProperty("members");
      expect(resource).toMatchObject({
        schemas: [group],
        displayName: expect.any(String),
        meta: { resourceType: "Group" },
      });
    }
  });

  test("R-22 attributes=id answers with the id", async () => {
    const [found] = resourcesOf(
      await ask("/Users", `id eq "${lin.id}" and manager eq "${manager.id}"`, "&attributes=id"),
    );
    expect(found).toEqual({ schemas: [user], id: lin.id });
    const [team] = resourcesOf(
      await ask("/Groups", `id eq "${ledger.id}" and members eq "${lin.id}"`, "&attributes=id"),
    );
    expect(team).toEqual({ schemas: [group], id: ledger.id });
    expect(await read(scim, `/Users/${lin.id}?attributes=id`)).toEqual({ schemas: [user], id: lin.id });
  });

  test("R-23 pages hold exactly count, follow each other by startIndex, and repeat it", async () => {
    const own = await openWorkspace("rqpages");
    const client = open(own.token.secret);
    for (let n = 0; n < 12; n++) {
      await add(client, "/Users", userBody(`p${n}@${own.domain}`)); // with the admin 13 people
      await add(client, "/Groups", { displayName: `P${n}` });
    }
    for (const [endpoint, total] of [
      ["/Users", 13],
      ["/Groups", 12],
    ] as const) {
      const seen: string[] = [];
      for (let page = 0; page < Math.ceil(total / 5); page++) {
        const startIndex = 5 * page + 1;
        const answer = await client("GET", `${endpoint}?startIndex=${startIndex}&count=5`);
        const resources = resourcesOf(answer);
        expect(answer.body).toMatchObject({ totalResults: total, startIndex, itemsPerPage: resources.length });
        expect(resources).toHaveLength(Math.min(5, total - 5 * page));
        expect(seen).toHaveLength(startIndex - 1);
        seen.push(...resources.map(({ id }) => id));
      }
      expect(new Set(seen).size).toBe(total);
      expect(resourcesOf(await client("GET", endpoint)).map(({ id }) => id)).toEqual(seen);
    }
  });

  test("R-24 a filter on groups is answered where there are none", async () => {
    const own = await openWorkspace("rqnone");
    const client = open(own.token.secret);
    for (const query of [
      `filter=displayName+eq+%22${guid}%22`,
      `excludedAttributes=members&filter=displayName+eq+%22${guid}%22`,
      "",
    ]) {
      const { status, body } = await client("GET", `/Groups?${query}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ schemas: [urn.list], totalResults: 0, Resources: [] });
    }
  });

  test("R-25 the health probes of a job are answered amid its own bursts, never refused", async () => {
    const probes = [
      `/Users?filter=userName+eq+%22${guid}%22`,
      `/Groups?excludedAttributes=members&filter=displayName+eq+%22${guid}%22`,
    ];
    for (let round = 0; round < 4; round++) {
      const work = Array.from({ length: 25 }, (_, n) => scim("POST", "/Users", userBody(at(`burst${round}-${n}`))));
      const health = Array.from({ length: 6 }, (_, n) => scim("GET", probes[n % 2] ?? ""));
      const [made, answered] = [await Promise.all(work), await Promise.all(health)];
      expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
      for (const { status, headers, body } of answered) {
        expect(status).toBe(200);
        expect(headers.get("retry-after")).toBeNull();
        expect(body).toMatchObject({ totalResults: 0, Resources: [] });
      }
    }
  });
});
