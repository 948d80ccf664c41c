import { beforeAll, describe, expect, test } from "vitest";
import type { ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { matches } from "@/lib/scim/filter/match";
import { parseFilter } from "@/lib/scim/filter/parser";
import { parseQuery } from "@/lib/scim/query/list";
import { compareBy, parseSort } from "@/lib/scim/query/sort";
import fc from "@/scripts/testing/fast-check";
import { userType } from "./columns";

// Every filter must find in PostgreSQL what the evaluator in memory finds in the very answers of the service.

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
let scim: ScimClient;
let people: Record<string, unknown>[] = [];

beforeAll(async () => {
  const workspace = await openWorkspace("filters");
  scim = workspace.scim;
  const at = (name: string) => `${name}@${workspace.domain}`;
  const bodies = [
    userBody(at("Ada"), { externalId: "aLpha", title: "50%_off\\", name: { givenName: "Ada", familyName: "Müller" } }),
    userBody(at("lin"), { active: false, emails: [{ value: at("lin"), type: "work", primary: true }] }),
    userBody(at("zoë.b").replace("ë", "e"), {
      displayName: "Zoë",
      emails: [
        { value: at("z1"), type: "home" },
        { value: "z2@other.test", type: "work" },
      ],
      [enterprise]: { employeeNumber: "9", department: "R&D", manager: { value: "m1" } },
    }),
    userBody(at("quote"), { displayName: 'O\'Brien "x"', nickName: "𐐷", [enterprise]: { employeeNumber: "10" } }),
    userBody(at("last"), {
      displayName: "zoë",
      nickName: "\uffee",
      locale: "de-AT",
      roles: [{ value: "x", primary: "True" }],
    }),
  ];
  for (const body of bodies) expect((await scim("POST", "/Users", body)).status).toBe(201);
  const list = await scim("GET", "/Users");
  people = list.body.Resources as Record<string, unknown>[];
});

async function found(filter: string): Promise<unknown[]> {
  const { status, body } = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}&attributes=id`);
  expect(status, filter).toBe(200);
  return (body.Resources as { id: string }[]).map(({ id }) => id).sort();
}

function expected(filter: string): unknown[] {
  const parsed = parseFilter(filter, userType);
  return people
    .filter((person) => matches(parsed, person))
    .map(({ id }) => id)
    .sort();
}

describe("filters in PostgreSQL agree with filters in memory", () => {
  test.each([
    'userName sw "ADA@"',
    'userName eq "nobody"',
    'title co "%_"',
    'title ew "\\\\"',
    'title sw "50%"',
    'name.familyName eq "MÜLLER"',
    'externalId eq "alpha"',
    'externalId eq "aLpha"',
    "active eq false",
    'active eq "True"',
    'not (active eq "True")',
    "displayName pr",
    "not (displayName pr)",
    'displayName eq "ZOË"',
    'displayName co "\'"',
    'displayName co "\\""',
    'displayName ne "zoë"',
    'displayName gt "o"',
    'displayName le "zoë"',
    'nickName gt "\\uffee"',
    'nickName lt "𐐷"',
    "emails pr",
    'emails[type eq "work"]',
    'emails[type eq "work" and value sw "z"]',
    'emails.type eq "work" and emails.value sw "z1"',
    'emails[type eq "work"].value eq "z2@OTHER.test"',
    'emails.type ne "work"',
    'emails[not (type eq "work")]',
    'emails[type eq "work" or type eq "home"]',
    "emails[primary eq true]",
    'roles[primary eq "True"]',
    `${enterprise}:employeeNumber eq "9"`,
    `${enterprise}:employeeNumber lt "9"`,
    `${enterprise}:manager.value eq "m1"`,
    `${enterprise}:manager pr`,
    'department eq "r&d"',
    `schemas eq "${enterprise}"`,
    "meta.resourceType eq User",
    'meta.created gt "2026-01-01T00:00:00Z"',
    'meta.lastModified lt "2026-01-01T00:00:00+01:00"',
    "name pr",
    "groups pr",
    'groups.display eq "x"',
    'id eq "00000000-0000-0000-0000-000000000000"',
    'id eq "not an id"',
    'locale eq "de-at" or title pr and externalId pr',
    '(locale eq "de-at" or title pr) and externalId pr',
  ])("T18 %s", async (filter) => {
    expect(await found(filter)).toEqual(expected(filter));
  });

  test("F23 id and meta.version of one person", async () => {
    const [person] = people as { id: string; meta: { version: string; location: string } }[];
    expect(await found(`id eq "${person?.id}"`)).toEqual([person?.id]);
    expect(await found(`meta.location eq "${person?.meta.location}"`)).toEqual([person?.id]);
  });

  test("T18 filters put together at random agree as well", async () => {
    const attribute = fc.constantFrom(
      "userName",
      "displayName",
      "title",
      "emails.value",
      "emails",
      "name.givenName",
      `${enterprise}:department`,
      "nickName",
    );
    const operator = fc.constantFrom("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le");
    const literal = fc.constantFrom("", "a", "zoë", "Ada", "%", "_", "\\", "'", "work", "𐐷", "z1@", "50%_off\\");
    const term = fc.oneof(
      fc.tuple(attribute, operator, literal).map(([name, op, value]) => `${name} ${op} ${JSON.stringify(value)}`),
      attribute.map((name) => `${name} pr`),
      fc
        .tuple(fc.constantFrom("work", "home"), literal)
        .map(([type, value]) => `emails[type eq "${type}" and value co ${JSON.stringify(value)}]`),
    );
    const filter = fc.letrec<{ any: string }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        term,
        fc
          .tuple(tie("any"), fc.constantFrom("and", "or"), tie("any"))
          .map(([left, word, right]) => `(${left} ${word} ${right})`),
        tie("any").map((inner) => `not (${inner})`),
      ),
    })).any;
    await fc.assert(
      fc.asyncProperty(filter, async (text) => {
        expect(await found(text), text).toEqual(expected(text));
      }),
      { numRuns: 400 },
    );
  });
});

describe("sorting in PostgreSQL agrees with sorting in memory", () => {
  /** Ids in the order of a list; the answers come by id, which a stable sort keeps for ties. */
  function expectedOrder(query: string): unknown[] {
    const sort = parseSort(parseQuery(query), userType);
    return (sort ? people.toSorted(compareBy(sort)) : people).map(({ id }) => id);
  }

  async function order(query: string): Promise<unknown[]> {
    const { status, body } = await scim("GET", `/Users?${query}&attributes=id`);
    expect(status, query).toBe(200);
    return (body.Resources as { id: string }[]).map(({ id }) => id);
  }

  const attributes = [
    "userName",
    "displayName",
    "externalId",
    "active",
    "title",
    "nickName",
    "locale",
    "name.familyName",
    "emails",
    "emails.value",
    "emails.type",
    "emails.primary",
    "roles.primary",
    `${enterprise}:employeeNumber`,
    `${enterprise}:manager`,
    "department",
    "schemas",
    "id",
    "meta.created",
    "meta.lastModified",
    "meta.resourceType",
  ];

  test.each(attributes)("Q9, Q7 by %s, both ways, page by page", async (name) => {
    for (const direction of ["ascending", "DESCENDING"]) {
      const query = `sortBy=${encodeURIComponent(name)}&sortOrder=${direction}`;
      const wanted = expectedOrder(query);
      expect(await order(query), query).toEqual(wanted);
      const pages = [await order(`${query}&count=4`), await order(`${query}&count=4&startIndex=5`)];
      expect(pages.flat(), query).toEqual(wanted);
    }
  });

  test("Q9 case counts as the attribute says, and the missing come last going up", async () => {
    const names = async (query: string) => {
      const { body } = await scim("GET", `/Users?${query}&attributes=displayName`);
      return (body.Resources as { displayName?: string }[]).map(({ displayName }) => displayName ?? null);
    };
    expect(await names("sortBy=displayName")).toEqual(['O\'Brien "x"', "Zoë", "zoë", null, null, null]);
    expect((await names("sortBy=displayName&sortOrder=descending")).slice(0, 3)).toEqual([null, null, null]);
  });

  test.each(["name", "nonsense", "password", "__proto__", "groups", "emails&sortOrder=sideways"])(
    "Q9, Q17 by %s is 400 invalidValue",
    async (query) => {
      const { status, body } = await scim("GET", `/Users?sortBy=${query}`);
      expect(status).toBe(400);
      expect(body.scimType).toBe("invalidValue");
    },
  );
});

describe("POST /Users/.search", () => {
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];

  test("Q15, Q12 it answers as the same GET does", async () => {
    const body = {
      schemas,
      filter: 'emails pr and displayName co "Z"',
      sortBy: "userName",
      sortOrder: "descending",
      attributes: ["userName", "emails.value"],
      startIndex: 1,
      count: 1,
    };
    const query = new URLSearchParams({
      ...body,
      schemas: "",
      attributes: "userName,emails.value",
      startIndex: "1",
      count: "1",
    });
    const [posted, got] = [await scim("POST", "/Users/.search", body), await scim("GET", `/Users?${query}`)];
    expect(posted.status).toBe(200);
    expect(posted.body).toEqual(got.body);
    expect(posted.body).toMatchObject({
      totalResults: 1,
      itemsPerPage: 1,
      Resources: [{ userName: expect.any(String) }],
    });
  });

  test("Q15 another schema is 400; other methods are 405; groups too", async () => {
    expect((await scim("POST", "/Users/.search", { filter: "id pr" })).status).toBe(200); // left out it is understood
    expect(await scim("POST", "/Users/.search", { schemas: ["x"] })).toMatchObject({ status: 400 });
    expect(await scim("POST", "/Users/.search", { schemas, filter: { a: 1 } })).toMatchObject({ status: 400 });
    expect((await scim("GET", "/Users/.search")).status).toBe(405);
    expect((await scim("POST", "/Usersx.search", { schemas })).status).toBe(404);
    expect((await scim("POST", "/Groups/.search", { schemas })).status).toBe(200);
  });
});
