import { beforeAll, describe, expect, test } from "vitest";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { type Resource, urn } from "./support";

const searchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    workspace = await openWorkspace("search");
    scim = open(workspace.token.secret);
    for (const [name, displayName] of [
      ["a", "Zoë"],
      ["b", "Anna"],
      ["c", undefined],
    ])
      await scim("POST", "/Users", userBody(`${name}@${workspace.domain}`, { displayName, externalId: `x${name}` }));
    for (const displayName of ["Engineering", "Ops"])
      await scim("POST", "/Groups", { displayName, externalId: `x${displayName}` });
  });

  const search = (path: string, more: Record<string, unknown>) =>
    scim("POST", path, { schemas: [searchRequest], ...more });
  const get = (query: string) => scim("GET", `/?${query}`);
  const typesOf = (resources: unknown) => (resources as Resource[]).map(({ meta }) => meta.resourceType);

  test("Q15 POST .search answers as the GET of the same parameters, at the types and at the root; another body is 400", async () => {
    const parameters = {
      filter: 'externalId sw "x"',
      sortBy: "displayName",
      sortOrder: "descending",
      startIndex: 2,
      count: 2,
    };
    const query = new URLSearchParams({
      ...parameters,
      startIndex: "2",
      count: "2",
      attributes: "displayName,externalId",
    });
    for (const path of ["/Users", "/Groups", ""]) {
      const posted = await search(`${path}/.search`, { ...parameters, attributes: ["displayName", "externalId"] });
      const got = await scim("GET", `${path}/?${query}`);
      expect(posted.status, path).toBe(200);
      expect(posted.body).toEqual(got.body);
      expect(posted.body).toMatchObject({ schemas: [urn.list], startIndex: 2 });
      expect((posted.body.Resources as unknown[]).length).toBeGreaterThan(0);
      for (const schemas of [undefined, null, []])
        expect(
          (await scim("POST", `${path}/.search`, { schemas, filter: "id pr" })).status,
          "as if it named its own",
        ).toBe(200);
      const walk = await search(`${path}/.search`, { cursor: "", count: 1 });
      expect(walk.body).toMatchObject({ itemsPerPage: 1, nextCursor: expect.any(String) });
      const next = await search(`${path}/.search`, { cursor: walk.body.nextCursor, count: 1 });
      expect(next.body.Resources).not.toEqual(walk.body.Resources);
      for (const body of [{ schemas: ["x"] }, [], { schemas: [searchRequest], filter: { a: 1 } }]) {
        const refused = await scim("POST", `${path}/.search`, body);
        expect(refused, `${path} ${JSON.stringify(body)}`).toMatchObject({
          status: 400,
          body: { scimType: "invalidSyntax" },
        });
      }
      expect((await scim("GET", `${path}/.search`)).status).toBe(405);
    }
    for (const path of ["/Usersx.search", "/xsearch", "/Users/xsearch"])
      expect((await search(path, {})).status).toBeGreaterThanOrEqual(404);
  });

  test("Q16 a query of the root spans the types; each resource has its own schemas and type, and pages keep it from being too broad", async () => {
    const { status, body } = await get("");
    expect(status).toBe(200);
    expect(body).toMatchObject({ totalResults: 6, itemsPerPage: 6, startIndex: 1 });
    const resources = body.Resources as Resource[];
    expect(typesOf(resources)).toEqual(["User", "User", "User", "User", "Group", "Group"]);
    for (const { schemas, meta } of resources) {
      const isUser = meta.resourceType === "User";
      expect(schemas).toEqual([isUser ? urn.user : urn.group]);
      expect(meta.location).toContain(isUser ? "/Users/" : "/Groups/");
    }
    const page = await get("startIndex=4&count=2");
    expect(page.body).toMatchObject({ totalResults: 6, startIndex: 4, itemsPerPage: 2 });
    expect(page.body.Resources).toEqual(resources.slice(3, 5));
    expect((await get("count=0")).body).toMatchObject({ totalResults: 6, Resources: [] });
  });

  test("Q16 an attribute that a type has not is absent from its resources, and a broken filter is refused", async () => {
    const filters: [string, string[]][] = [
      ['displayName co "n"', ["User", "Group"]],
      ['meta.resourceType eq "Group"', ["Group", "Group"]],
      ['userName sw "a@"', ["User"]],
      ["not (userName pr)", ["Group", "Group"]],
      ["userName eq null", ["Group", "Group"]],
      ['members.value eq "x" or emails[type eq "work"].value pr', ["User"]],
      ['nonsense eq "1" or nonsense[a eq 1].b pr or urn:x:y pr', []],
      ['externalId eq "xOps" or externalId eq "xa"', ["User", "Group"]],
    ];
    for (const [filter, types] of filters) {
      const answer = await get(`filter=${encodeURIComponent(filter)}`);
      expect(answer.status, filter).toBe(200);
      expect(typesOf(answer.body.Resources), filter).toEqual(types);
      expect(answer.body.totalResults).toBe(types.length);
    }
    for (const filter of ["userName", "userName foo 1", '__proto__ eq "1"', "active gt true", "("])
      expect(await get(`filter=${encodeURIComponent(filter)}`), filter).toMatchObject({
        status: 400,
        body: { scimType: "invalidFilter" },
      });
  });

  test("Q16 pages and cursors go over the types in one order", async () => {
    const names = async (query: string) => {
      const { Resources } = (await get(`attributes=displayName&${query}`)).body;
      return (Resources as { displayName?: string }[]).map(({ displayName }) => displayName ?? null);
    };
    const rising = ["Anna", "Engineering", "Ops", "Zoë"];
    expect(await names("sortBy=displayName")).toEqual([...rising, null, null]);
    expect(await names("sortBy=displayName&sortOrder=descending")).toEqual([null, null, ...rising.toReversed()]);
    expect((await names("sortBy=userName")).slice(4)).toEqual(["Engineering", "Ops"]);
    for (const by of ["nonsense", "name", "__proto__"]) expect((await get(`sortBy=${by}`)).status, by).toBe(400);

    const walked: unknown[] = [];
    let cursor = "";
    do {
      const { body: part } = await get(`cursor=${cursor}&count=2&sortBy=displayName`);
      walked.push(...(part.Resources as Resource[]).map(({ id }) => id));
      cursor = String(part.nextCursor ?? "");
    } while (cursor !== "");
    expect(walked).toEqual(((await get("sortBy=displayName")).body.Resources as Resource[]).map(({ id }) => id));
  });
});
