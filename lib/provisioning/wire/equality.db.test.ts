import { beforeAll, describe, expect, test } from "vitest";
import { add, type Body, expectError, find, read } from "@/lib/provisioning/conformance/support";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";

// Filters compare an attribute as uniqueness does (D-74).

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let made = 0;

  beforeAll(async () => {
    workspace = await openWorkspace(adapter === "server.ts" ? "equals" : "equalr");
    scim = open(workspace.token.secret);
  });

  const ids = async (endpoint: string, filter: string) => (await find(scim, endpoint, filter)).map(({ id }) => id);

  test("E8 a group's name is taken with blanks around it, and found with them", async () => {
    const team = await add(scim, "/Groups", { displayName: "Sales " });
    expect((await read(scim, `/Groups/${team.id}`)).displayName).toBe("Sales ");
    for (const name of ["Sales", "Sales ", " sales", "\u00a0SALES\u00a0", "Ｓales"]) {
      expectError(await scim("POST", "/Groups", { displayName: name }), 409, "uniqueness");
      for (const filter of [
        `displayName eq "${name}"`,
        `displayName eq "${name}" and id pr`,
        `not (displayName ne "${name}")`,
      ])
        expect(await ids("/Groups", filter), filter).toContain(team.id);
      expect(await ids("/Groups", `displayName ge "${name}" and displayName le "${name}"`)).toEqual([team.id]);
      expect(await ids("", `displayName eq "${name}"`)).toEqual([team.id]);
      expect(await ids("/Groups", `displayName ne "${name}"`)).not.toContain(team.id);
    }
    const other = await add(scim, "/Groups", { displayName: "Sales North" });
    expect(await ids("/Groups", 'displayName sw "sales "')).toEqual([other.id]);
    expect(await ids("/Groups", 'displayName ew "sales"')).toEqual([team.id]);
  });

  test("E8 a userName likewise: taken, found, and never twice, however it is written", async () => {
    const name = `Blank.${++made}@${workspace.domain}`;
    const person = await add(scim, "/Users", userBody(` ${name}\t`));
    expect(person.userName).toBe(` ${name}\t`);
    for (const same of [name, ` ${name}`, `${name}  `, name.toUpperCase(), `\u2003${name}\n`]) {
      expectError(await scim("POST", "/Users", userBody(same)), 409, "uniqueness");
      const filter = `userName eq ${JSON.stringify(same)}`;
      expect(await ids("/Users", filter), filter).toEqual([person.id]);
    }
    const other = await add(scim, "/Users", userBody(`other.${++made}@${workspace.domain}`));
    const rename = patchBody({ op: "replace", path: "userName", value: `${name} ` });
    expectError(await scim("PATCH", `/Users/${other.id}`, rename), 409, "uniqueness");
    expectError(await scim("PUT", `/Users/${other.id}`, userBody(` ${name}`)), 409, "uniqueness");
    expect((await scim("DELETE", `/Users/${person.id}`)).status).toBe(204);
    expect(await ids("/Users", `userName eq "${name}"`)).toEqual([]);
    await add(scim, "/Users", userBody(name));
  });

  test("E8 a character that can't be seen or stored is named with its attribute, and nothing is made", async () => {
    const at = (text: string) => `inv${++made}${text}@${workspace.domain}`;
    const cases: [Body, string][] = [
      [userBody(at("\u200b")), "userName holds the character U+200B"],
      [userBody(at("\u00ad")), "userName holds the character U+00AD"],
      [userBody(at("\u202e")), "userName holds the character U+202E"],
      [userBody(at("\ufeff")), "userName holds the character U+FEFF"],
      [userBody(at("\u0000")), "userName holds the character U+0000"],
      [userBody(at(""), { title: "a\u0000b" }), "title holds the character U+0000"],
      [userBody(at(""), { name: { givenName: "\u0000" } }), "name.givenName holds the character U+0000"],
      [userBody(at(""), { emails: [{ value: "a" }, { value: "\u0000" }] }), "emails.value holds the character U+0000"],
      [userBody(at(""), { nickName: "\ud800" }), "nickName holds half of a surrogate pair (U+D800)"],
    ];
    for (const [body, words] of cases) {
      const answer = await scim("POST", "/Users", body);
      expectError(answer, 400, "invalidValue");
      expect(answer.body.detail).toContain(words);
    }
    const person = await add(scim, "/Users", userBody(at("")));
    for (const [operation, words] of [
      [{ op: "replace", path: "userName", value: at("\u200b") }, "userName holds the character U+200B"],
      [{ op: "replace", path: "title", value: "\u0000" }, "title holds the character U+0000"],
      [{ op: "add", path: "emails", value: [{ value: "\u0000" }] }, "emails.value holds the character U+0000"],
      [{ op: "add", value: { nickName: "\u0000" } }, "value.nickName holds the character U+0000"],
    ] as const) {
      const answer = await scim("PATCH", `/Users/${person.id}`, patchBody(operation));
      expectError(answer, 400, "invalidValue");
      expect(answer.body.detail).toContain(words);
    }
  });
});
