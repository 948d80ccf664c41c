import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { all, run, sql } from "@/lib/db";
import {
  add,
  type Body,
  expectError,
  find,
  insertPeople,
  nobody,
  type Resource,
  read,
  urn,
} from "@/lib/provisioning/conformance/support";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody, versionIs } from "@/lib/provisioning/testing/fixtures";
import { displayNameOf } from "@/lib/workspace/accounts/display-name";
import { listPeople } from "@/lib/workspace/members/directory";
import { listAdmins, listMembers } from "@/lib/workspace/members/list";
import { listTeamMembers } from "@/lib/workspace/teams/teams";

// Computed values: display names (D-51, D-60), tags that count groups (D-70), URLs of managers (E16).

type Member = { value: string; display?: string; $ref: string; type: string };

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let made = 0;

  beforeAll(async () => {
    workspace = await openWorkspace(adapter === "server.ts" ? "shows" : "showr");
    scim = open(workspace.token.secret);
  });

  const named = (more: Body = {}) => userBody(`p${++made}@${workspace.domain}`, more);
  const addUser = (more: Body = {}) => add(scim, "/Users", named(more));
  const addGroup = (...people: { id: string }[]) =>
    add(scim, "/Groups", { displayName: `G${++made}`, members: people.map(({ id }) => ({ value: id })) });
  const membersOf = (body: Body) => body.members as Member[];
  const tagOf = async (path: string) => (await scim("GET", path)).headers.get("etag") ?? "";

  test("E3 members have the display name of their user, else the userName, in every answer", async () => {
    const one = await addUser({ displayName: 'Zoë "Z" Ångström' });
    const two = await addUser();
    const group = await addGroup(one, two);
    const shown = (answer: Body) => Object.fromEntries(membersOf(answer).map(({ value, display }) => [value, display]));
    const expected = { [one.id]: 'Zoë "Z" Ångström', [two.id]: two.userName };
    const path = `/Groups/${group.id}`;
    const add3 = await addUser({ name: { givenName: "Lin", familyName: "Osei" } });
    const patched = await scim("PATCH", path, patchBody({ op: "add", path: "members", value: [{ value: add3.id }] }));
    const all3 = { ...expected, [add3.id]: "Lin Osei" };
    const listed = (await find(scim, "/Groups", `displayName eq "${group.displayName}"`))[0];
    const put = await scim("PUT", path, { ...(await read(scim, path)) });
    const root = (await find(scim, "", `displayName eq "${group.displayName}"`))[0];
    const projected = (await scim("GET", `${path}?attributes=members.value,members.display`)).body;
    expect(shown(group)).toEqual(expected);
    for (const body of [patched.body, await read(scim, path), listed ?? {}, put.body, root ?? {}, projected])
      expect(shown(body)).toEqual(all3);
    expect(membersOf((await scim("GET", `${path}?excludedAttributes=members.display`)).body)[0]).not.toHaveProperty(
      "display",
    );
    await scim("PATCH", `/Users/${two.id}`, patchBody({ op: "replace", path: "displayName", value: "Mina" }));
    expect(shown(await read(scim, path))).toEqual({ ...all3, [two.id]: "Mina" });
  });

  test("E3 members are found by their display, and a PATCH path may name them by it", async () => {
    const one = await addUser({ displayName: "ÄRA One" });
    const group = await addGroup(one, await addUser());
    const name = "ära one";
    for (const filter of [
      `members.display eq "${name}"`,
      `members[display eq "${name}" and type eq "User"]`,
      `members.display sw "ÄRA O"`,
    ])
      expect(
        (await find(scim, "/Groups", filter)).map(({ id }) => id),
        filter,
      ).toEqual([group.id]);
    const path = `/Groups/${group.id}`;
    const { body } = await scim("PATCH", path, patchBody({ op: "remove", path: `members[display eq "${name}"]` }));
    expect(membersOf(body)).toHaveLength(1);
    expectError(
      await scim(
        "PATCH",
        path,
        patchBody({ op: "replace", path: `members[value eq "${one.id}"].display`, value: "x" }),
      ),
      400,
      "mutability",
    );
  });

  test("E3 a very large group leaves the names out, and its schema says so; a very long name is cut", async () => {
    const people = await insertPeople(workspace, 1_001);
    const group = await add(scim, "/Groups", {
      displayName: `G${++made}`,
      members: people.map((value) => ({ value })),
    });
    expect(membersOf(await read(scim, `/Groups/${group.id}`))[0]).not.toHaveProperty("display");
    const { attributes } = (await read(scim, `/Schemas/${urn.group}`)) as unknown as {
      attributes: { name: string; subAttributes: { name: string; description: string }[] }[];
    };
    const display = attributes
      .find(({ name }) => name === "members")
      ?.subAttributes.find(({ name }) => name === "display");
    expect(display?.description).toContain("left out in groups of more than 1,000 members");
    const long = await addGroup(await addUser({ displayName: "n".repeat(100_000) }));
    expect(membersOf(await read(scim, `/Groups/${long.id}`))[0]?.display).toBe("n".repeat(256));
  });

  test("E4 a User's conditional GET works: the tag counts groups, and 304 comes only where nothing has changed", async () => {
    const person = await addUser();
    const path = `/Users/${person.id}`;
    const conditional = (tag: string, query = "") => scim("GET", path + query, undefined, { "if-none-match": tag });
    const first = await tagOf(path);
    expect(first).toEqual(versionIs(1));
    expect((await read(scim, path)).meta.version).toBe(first);
    for (const tag of [first, first.replace("W/", ""), "*", `"x", ${first}`]) {
      const answer = await conditional(tag);
      expect([answer.status, answer.body, answer.headers.get("etag")]).toEqual([304, {}, first]);
    }
    expect((await conditional('W/"1"')).status).toBe(200);
    const group = await addGroup(person);
    const joined = await tagOf(path);
    expect((await conditional(first)).status, "joined a group").toBe(200);
    expect((await conditional(joined)).status).toBe(304);
    await scim("PATCH", `/Groups/${group.id}`, patchBody({ op: "replace", path: "displayName", value: `G${++made}` }));
    expect((await conditional(joined)).status, "the group has another name").toBe(200);
    const renamed = await tagOf(path);
    await scim("PATCH", `/Groups/${group.id}`, patchBody({ op: "replace", path: "externalId", value: "x" }));
    expect((await conditional(renamed)).status, "the group shows the same here").toBe(304);
    await scim("DELETE", `/Groups/${group.id}`);
    expect((await conditional(renamed)).status, "the group is gone").toBe(200);
    expect(await tagOf(path), "it is what it was").toBe(first);
    await scim("PATCH", path, patchBody({ op: "replace", path: "title", value: "Dr" }));
    expect((await conditional(first)).status).toBe(200);
  });

  test("E4 the tag tells of manager.$ref, which goes when the manager does: in every answer, and in filters", async () => {
    const boss = await addUser();
    const person = await addUser({ [urn.enterprise]: { manager: { value: boss.id } } });
    const path = `/Users/${person.id}`;
    const first = await tagOf(path);
    const isFoundBy = async (tag: string) => {
      const filter = `meta.version eq ${JSON.stringify(tag)} and userName eq "${person.userName}"`;
      const found = [...(await find(scim, "/Users", filter)), ...(await find(scim, "", filter))];
      for (const { meta } of found) expect(meta.version).toBe(tag);
      return found.length === 2;
    };
    expect(person.meta.version).toBe(first);
    expect(await tagOf(`${path}?attributes=userName`)).toBe(first);
    expect(await isFoundBy(first)).toBe(true);
    await scim("DELETE", `/Users/${boss.id}`);
    const answer = await scim("GET", path, undefined, { "if-none-match": first });
    expect([answer.status, JSON.stringify(answer.body).includes(`/Users/${boss.id}`)]).toEqual([200, false]);
    const second = await tagOf(path);
    expect([await isFoundBy(first), await isFoundBy(second)]).toEqual([false, true]);
    const patch = patchBody({ op: "replace", path: "title", value: "Dr" });
    expect((await scim("PATCH", path, patch, { "if-match": first })).status, "nothing to overwrite").toBe(200);
  });

  test("E4 one tag in every answer: lists, search, projections, writes, filters on meta.version", async () => {
    const person = await addUser({ emails: [{ value: "a@x.test" }] });
    await addGroup(person, await addUser());
    const path = `/Users/${person.id}`;
    const tag = await tagOf(path);
    for (const query of [
      "?attributes=userName",
      "?excludedAttributes=groups",
      "?attributes=groups",
      "?attributes=meta",
    ])
      expect(await tagOf(path + query), query).toBe(tag);
    const version = (body: Body | undefined) => (body?.meta as Body | undefined)?.version;
    const filter = encodeURIComponent(`userName eq "${person.userName}"`);
    for (const query of ["", "&excludedAttributes=groups", "&attributes=meta.version", "&sortBy=userName"]) {
      const { body } = await scim("GET", `/Users?filter=${filter}${query}`);
      expect(version((body.Resources as Body[])[0]), query).toBe(tag);
    }
    const list = (await scim("GET", "/Users?count=1000")).body.Resources as Resource[];
    expect(version(list.find(({ id }) => id === person.id))).toBe(tag);
    const root = await find(scim, "", `userName eq "${person.userName}"`);
    expect(version(root[0])).toBe(tag);
    for (const path of ["/Users", ""])
      expect((await find(scim, path, `meta.version eq ${JSON.stringify(tag)}`)).map(({ id }) => id)).toContain(
        person.id,
      );
    const patched = await scim("PATCH", path, patchBody({ op: "replace", path: "title", value: "Dr" }));
    expect([patched.headers.get("etag"), version(patched.body)]).toEqual([await tagOf(path), await tagOf(path)]);
    const put = await scim("PUT", path, await read(scim, path), { "if-match": await tagOf(path) });
    expect([put.status, put.headers.get("etag")]).toEqual([200, await tagOf(path)]);
  });

  test("E4 If-Match compares what stands before the dash; tags are weak or strong; a proxy's suffix is named", async () => {
    const person = await addUser();
    const path = `/Users/${person.id}`;
    const stale = await tagOf(path);
    const group = await addGroup(person);
    const title = (value: string) => patchBody({ op: "replace", path: "title", value });
    for (const [index, tag] of [stale, '"2"', 'W/"3"', '"4-beef"', "*", `W/"9", W/"6-0"`].entries())
      expect((await scim("PATCH", path, title(`T${index}`), { "if-match": tag })).status, tag).toBe(200);
    for (const tag of ['W/"1"', '"70"', 'W/"-7"', '"x-7"', "7"])
      expectError(await scim("PATCH", path, title("no"), { "if-match": tag }), 412);
    const teamPath = `/Groups/${group.id}`;
    const rename = patchBody({ op: "replace", path: "externalId", value: "x" });
    const foreign = await scim("PATCH", teamPath, rename, { "if-match": 'W/"1-gzip"' });
    expectError(foreign, 412);
    expect(foreign.body.detail).toMatch(/proxy adds a suffix/);
    expect((await scim("PATCH", teamPath, rename, { "if-match": '"1"' })).status).toBe(200);
    const old = await scim("PATCH", teamPath, rename, { "if-match": '"1"' });
    expectError(old, 412);
    expect(old.body.detail).not.toContain("proxy");
  });

  test("E6 a manager has an address only where there is one: not of nobody, of another workspace, or of who has ended", async () => {
    const elsewhere = await openWorkspace("boss");
    const foreign = (await elsewhere.scim("POST", "/Users", userBody(`b@${elsewhere.domain}`))).body.id as string;
    const boss = await addUser();
    const at = `${boss.meta.location}`;
    const managerOf = (body: Body) => (body[urn.enterprise] as { manager: Body }).manager;
    for (const [value, $ref] of [
      [boss.id, at],
      [nobody, undefined],
      [foreign, undefined],
      [boss.id.toUpperCase(), undefined],
      ["b7", undefined],
    ] as const) {
      const expected = { value, ...($ref !== undefined && { $ref }) };
      const posted = await addUser({ [urn.enterprise]: { manager: { value } } });
      const path = `/Users/${posted.id}`;
      const set = patchBody({ op: "replace", path: `${urn.enterprise}:manager`, value: { value } });
      const patched = await scim("PATCH", `/Users/${(await addUser()).id}`, set);
      const listed = await find(scim, "/Users", `userName eq "${posted.userName}"`);
      const root = await find(scim, "", `userName eq "${posted.userName}"`);
      const projected = (await scim("GET", `${path}?attributes=${urn.enterprise}:manager`)).body;
      for (const body of [posted, patched.body, await read(scim, path), listed[0] ?? {}, root[0] ?? {}, projected])
        expect(managerOf(body), String(value)).toEqual(expected);
      const found = await find(scim, "/Users", `${urn.enterprise}:manager.$ref eq "${at}"`);
      expect(found.some(({ id }) => id === posted.id)).toBe($ref !== undefined);
    }
    const report = await addUser({ [urn.enterprise]: { manager: { value: boss.id } } });
    await scim("PATCH", `/Users/${boss.id}`, patchBody({ op: "replace", path: "active", value: false }));
    expect(managerOf(await read(scim, `/Users/${report.id}`))).toEqual({ value: boss.id, $ref: at });
    await scim("DELETE", `/Users/${boss.id}`);
    expect(managerOf(await read(scim, `/Users/${report.id}`))).toEqual({ value: boss.id });
    expect(await find(scim, "/Users", `${urn.enterprise}:manager.$ref pr and id eq "${report.id}"`)).toEqual([]);
  });

  test("E6 documentationUri leads to a page that is there", async () => {
    const { documentationUri } = (await open(null)("GET", "/ServiceProviderConfig")).body;
    const url = new URL(String(documentationUri));
    expect(url.origin).toBe("http://muster.test");
    expect(existsSync(`public${url.pathname}`)).toBe(true);
  });
});

describe("display names", () => {
  const space = "\u00a0\u2003\ufeff\t";
  const cases: [Body, string | null][] = [
    [{ displayName: "D", name: { formatted: "F", givenName: "G", familyName: "N" } }, "D"],
    [{ displayName: space, name: { formatted: "F", givenName: "G" } }, "F"],
    [{ displayName: ` D${space}` }, "D"],
    [{ name: { formatted: ` ${space}`, givenName: "G", familyName: "N" } }, "G N"],
    [{ name: { familyName: "N" } }, "N"],
    [{ name: { givenName: "G" } }, "G"],
    [{ name: { givenName: space, familyName: " " } }, null],
    [{ displayName: "\u200b\u200d", name: { formatted: "\u2060", givenName: "G", familyName: "\u200b" } }, "G \u200b"],
    [{ displayName: " \u200b\u3164", name: { givenName: "\u00ad", familyName: "\u200e" } }, null],
    [{}, null],
  ];

  test("E9 a name of characters that show nothing is blank, for statements and the rest alike", async () => {
    const rows = await all<{ code: number; name: string | null }>(sql`
      SELECT n AS code, muster_display_name(jsonb_build_object('displayName', chr(n)), '', '') AS name FROM generate_series(1, 65535) n
      WHERE n NOT BETWEEN 55296 AND 57343`);
    const others = rows.filter(({ code, name }) => {
      const displayName = String.fromCodePoint(code);
      return displayNameOf({ attributes: { displayName }, givenName: "", familyName: "" }) !== name;
    });
    expect(others).toEqual([]);
    expect(rows.find(({ code }) => code === 0x200b)).toMatchObject({ name: null });
    const { scim } = await openWorkspace("names");
    for (const displayName of ["\u200b", " \u2060\u00ad"])
      expectError(await scim("POST", "/Groups", { schemas: [urn.group], displayName }), 400, "invalidValue");
  });

  test("E9 the first that is not blank of displayName, formatted, given and family name, in every list, answer and mail", async () => {
    const workspace = await openWorkspace("names");
    for (const [index, [values, expected]] of cases.entries()) {
      const userName = `n${index}@${workspace.domain}`;
      const { id } = await add(workspace.scim, "/Users", userBody(userName, values));
      const name = expected ?? userName;
      const [row] = await all<{
        attributes: Record<string, unknown>;
        givenName: string;
        familyName: string;
        name: string | null;
      }>(
        sql`SELECT *, muster_display_name(attributes, "givenName", "familyName") AS name FROM "Membership" WHERE id = ${id}`,
      );
      expect(row && displayNameOf(row)).toBe(expected);
      expect(row?.name).toBe(expected);
      const group = await add(workspace.scim, "/Groups", { displayName: `G${index}`, members: [{ value: id }] });
      expect((group.members as Member[])[0]?.display).toBe(name);
      expect((await listTeamMembers(workspace.id, group.id, {})).members[0]?.name).toBe(name);
      expect((await listMembers(workspace.id, { search: userName })).members[0]?.name).toBe(name);
      expect((await listPeople(workspace.id, { id, limit: 1 })).people[0]?.name).toBe(name);
      const [mail] = await all<{ data: { name: string } }>(
        sql`SELECT data FROM "Mail" WHERE kind = 'welcome' AND data->>'membership' = ${id}`,
      );
      expect(mail?.data.name).toBe(expected ?? "");
      await run(sql`UPDATE "Membership" SET role = 'admin' WHERE id = ${id}`);
      expect((await listAdmins(workspace.id)).find(({ email }) => email === userName)?.name).toBe(expected ?? "");
    }
  });
});
