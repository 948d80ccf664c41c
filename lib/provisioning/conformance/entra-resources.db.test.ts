import { beforeAll, describe, expect, test } from "vitest";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
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
  urn,
} from "./support";

// resources as Entra and Microsoft's validators send them and expect them back.

const { user, group, enterprise } = urn;
const microsoftGroup = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

type Declared = {
  name: string;
  type: string;
  multiValued: boolean;
  mutability: string;
  canonicalValues?: string[];
  subAttributes?: Declared[];
};

function isText({ type, mutability }: Declared): boolean {
  return type === "string" && mutability === "readWrite";
}

/** The paths that the gallery's validator flattens an attribute to. */
function flatten(declared: Declared, prefix: string): string[] {
  const { name, multiValued, subAttributes = [] } = declared;
  const subs = subAttributes.filter((sub) => isText(sub) && !["type", "display", "$ref"].includes(sub.name));
  if (declared.type !== "complex") return isText(declared) && !multiValued ? [`${prefix}${name}`] : [];
  if (!multiValued) return subs.map((sub) => `${prefix}${name}.${sub.name}`);
  if (declared.mutability === "readOnly") return [];
  const types = subAttributes.find((sub) => sub.name === "type")?.canonicalValues ?? [];
  const filters = types.length > 0 ? types.map((type) => `type eq "${type}"`) : ['primary eq "True"'];
  return filters.flatMap((filter) => subs.map((sub) => `${prefix}${name}[${filter}].${sub.name}`));
}

/** What stands in a resource at such a path. */
function valueAt(resource: Body, path: string): unknown {
  const [, schema = "", name = "", filter, literal = "", sub] =
    /^(urn:.*:)?(\w+)(?:\[(\w+) eq "(\w+)"\])?(?:\.(\w+))?$/.exec(path) ?? [];
  const holder = schema.includes("extension") ? (resource[schema.slice(0, -1)] as Body) : resource;
  const held = holder?.[name];
  if (sub === undefined) return held;
  const list = Array.isArray(held) ? (held as Body[]) : [held as Body];
  const chosen =
    filter === undefined ? list : list.filter((each) => String(each[filter]) === literal.replace("True", "true"));
  return chosen.length === 1 ? chosen[0]?.[sub] : chosen;
}

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let people = 0;

  const at = (name: string) => `${name}@${workspace.domain}`;
  const newName = () => at(`person${++people}`);
  const addUser = (more: Body = {}, name = newName()) => add(scim, "/Users", userBody(name, more));

  /** The user that the web validator sends, random texts and all. */
  function validatorUser(userName: string): Body {
    return {
      schemas: [user, enterprise],
      userName,
      externalId: "0A1B2C",
      active: true,
      displayName: "KQZTXW",
      title: "BHUYRF",
      nickName: "PLMOKN",
      preferredLanguage: "sl-rozaj-biske",
      userType: "IJNUHB",
      locale: "YGVTFC",
      timezone: "Antarctica/Nowhere",
      profileUrl: "RDXESZ",
      name: {
        formatted: "WAQXSC",
        familyName: "DEVFRB",
        givenName: "GTNHYM",
        middleName: "JUKILO",
        honorificPrefix: "P",
        honorificSuffix: "S",
      },
      emails: [{ primary: true, type: "work", value: "Tianna.Ullrich@Example.Name" }],
      addresses: [
        {
          primary: true,
          type: "work",
          formatted: "1\nWay",
          streetAddress: "2 Way",
          locality: "L",
          region: "R",
          postalCode: "?? 12",
          country: "Bosnia and Herzegovina",
        },
      ],
      phoneNumbers: [
        { primary: true, type: "work", value: "1-555-867-5309 x 99" },
        { type: "mobile", value: "(0) 12/34" },
        { type: "fax", value: "99-999-9999" },
      ],
      roles: [{ primary: "True", display: "ASDFGH", value: "QWERTY", type: "ZXCVBN" }],
      [enterprise]: {
        employeeNumber: "POIUYT",
        costCenter: "LKJHGF",
        organization: "MNBVCX",
        division: "EDCRFV",
        department: "TGBYHN",
        manager: { value: "RANDOM" },
      },
    };
  }

  beforeAll(async () => {
    workspace = await openWorkspace("rr");
    scim = open(workspace.token.secret);
  });

  test("R-26 every resource in every answer has its id, schemas and meta.resourceType, and the id never changes", async () => {
    const name = newName();
    for (const [endpoint, resourceType, schema, body, path] of [
      ["/Users", "User", user, userBody(name), "title"],
      ["/Groups", "Group", group, { schemas: [group], displayName: "R-26" }, "externalId"],
    ] as const) {
      const made = await scim("POST", endpoint, body);
      const { id } = made.body as Resource;
      expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      const target = `${endpoint}/${id}`;
      const answers = [
        made,
        await scim("GET", target),
        await scim("PUT", target, body),
        await scim("PATCH", target, patchBody({ op: "Replace", path, value: "x" })),
        await scim("PATCH", target, patchBody()),
        await scim("GET", `${target}?excludedAttributes=members,title`),
      ];
      const listed = await find(scim, endpoint, `id eq "${id}"`);
      expect(listed).toHaveLength(1);
      for (const resource of [...answers.map(({ body: answer }) => answer), ...listed]) {
        expect(resource).toMatchObject({ id, schemas: [schema], meta: { resourceType } });
      }
      for (const resource of resourcesOf(await scim("GET", endpoint))) {
        expect(resource).toMatchObject({
          id: expect.any(String),
          schemas: expect.arrayContaining([schema]),
          meta: { resourceType },
        });
      }
    }
  });

  test("R-27 POST of a user is 201 with the whole body and its Location", async () => {
    const sent = validatorUser(newName());
    const { status, headers, body } = await scim("POST", "/Users", sent);
    expect(status).toBe(201);
    const { id, meta } = body as Resource;
    expect(headers.get("location")).toBe(`http://muster.test/scim/v2/Users/${id}`);
    expect(headers.get("location")).toBe(meta.location);
    expect(body).toMatchObject({
      ...sent,
      roles: [{ primary: true, display: "ASDFGH", value: "QWERTY", type: "ZXCVBN" }],
    });
    expect(await read(scim, `/Users/${id}`)).toEqual(body);
  });

  test("R-28 a userName or a group's name that is taken is 409 uniqueness, in any case", async () => {
    const sent = validatorUser(newName());
    const first = await add(scim, "/Users", sent);
    const name = String(sent.userName);
    for (const userName of [name, name.toUpperCase(), name.replace("p", "P")]) {
      expectError(await scim("POST", "/Users", { ...sent, userName, title: "second" }), 409, "uniqueness");
    }
    expect(await read(scim, `/Users/${first.id}`)).toEqual(first);
    const team = await add(scim, "/Groups", { schemas: [group], displayName: "Ledger R-28", externalId: "a" });
    for (const displayName of ["Ledger R-28", "LEDGER r-28", " ledger R-28 "]) {
      expectError(await scim("POST", "/Groups", { schemas: [group], displayName, externalId: "b" }), 409, "uniqueness");
    }
    expect(await read(scim, `/Groups/${team.id}`)).toEqual(team);
    expect(await find(scim, "/Groups", 'displayName eq "ledger r-28"')).toHaveLength(1);
  });

  test("R-29 values come back as they were sent, in case, spacing and form, used here or not", async () => {
    const values = {
      externalId: "ÄÖ/ü-Case",
      displayName: "  Zoë   O'Neil ",
      preferredLanguage: "en-Latn-GB-boont-r-extended",
      locale: "de_at",
      name: { formatted: "DR.  ZOË", familyName: "O'NEIL", honorificPrefix: "dr." },
      emails: [{ value: "Zoe.ONEIL@Example.TEST", type: "Work", primary: true }],
      phoneNumbers: [{ value: "+44 (0)20 / 7946-0000 x9", type: "mobile" }],
      addresses: [{ formatted: "1 Way\r\nLeeds", country: "United Kingdom", postalCode: "ls1  4ap", type: "work" }],
      ims: [{ value: "zoe", type: "Carrier Pigeon" }],
      photos: [{ value: "HTTPS://X.test/a b.png", type: "photo" }],
      entitlements: [{ value: "café", display: "e\u0301" }],
      x509Certificates: [{ value: "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhMCVVMx" }],
      [enterprise]: { employeeNumber: "00701", costCenter: "1e3", department: "R&D <x>" },
    };
    const userName = newName().replace("person", "PeRsOn");
    const made = await addUser(values, userName);
    expect(made).toMatchObject({ ...values, userName });
    expect(await read(scim, `/Users/${made.id}`)).toEqual(made);
    expect(await find(scim, "/Users", `userName eq "${userName.toLowerCase()}"`)).toEqual([made]);
    const team = await add(scim, "/Groups", { displayName: "  Ledger   -(R-29) ", externalId: "Ä/b" });
    expect(await read(scim, `/Groups/${team.id}`)).toMatchObject({
      displayName: "  Ledger   -(R-29) ",
      externalId: "Ä/b",
    });
  });

  test("R-30 free-form values are never refused for their form, in no attribute that can be written", async () => {
    const { id } = await add(scim, "/Users", validatorUser(newName()));
    const schemas = resourcesOf(await scim("GET", "/Schemas")) as unknown as { id: string; attributes: Declared[] }[];
    const paths = [user, enterprise].flatMap((urnOf) => {
      const prefix = urnOf === user ? "" : `${urnOf}:`;
      return (schemas.find((schema) => schema.id === urnOf)?.attributes ?? []).flatMap((each) => flatten(each, prefix));
    });
    for (const path of [
      "userName",
      "name.givenName",
      'emails[type eq "work"].value',
      'roles[primary eq "True"].value',
      `${enterprise}:department`,
    ]) {
      expect(paths).toContain(path);
    }
    const update = paths.map((path, n) => ({ op: "Replace", path, value: `upd-${(0xa0000000 + n).toString(16)}` }));
    const stored = await change(scim, `/Users/${id}`, patchBody(...update));
    for (const { path, value } of update) expect([path, valueAt(stored, path)]).toEqual([path, value]);
    const odd = { value: "not an address", type: "work" };
    for (const userName of ["upd-1234abcd", "Jörg Ünü", "a b c", "💚", `${"x".repeat(300)}`]) {
      const made = await addUser({ emails: [odd], profileUrl: "RANDOM", timezone: "x" }, userName);
      expect(await read(scim, `/Users/${made.id}`)).toMatchObject({ userName, emails: [odd], profileUrl: "RANDOM" });
    }
    const team = await add(scim, "/Groups", { displayName: "R-30" });
    const renamed = await change(
      scim,
      `/Groups/${team.id}`,
      patchBody({ op: "Replace", path: "displayName", value: "upd-0badcafe" }),
    );
    expect(renamed).toMatchObject({ displayName: "upd-0badcafe" });
  });

  test("R-31 a manager who is nobody is taken", async () => {
    const made = await addUser({ schemas: [user, enterprise], [enterprise]: { manager: { value: "RANDOM" } } });
    expect(made).toMatchObject({ schemas: [user, enterprise], [enterprise]: { manager: { value: "RANDOM" } } });
    const stored = await change(
      scim,
      `/Users/${made.id}`,
      patchBody({ op: "replace", path: `${enterprise}:manager`, value: { value: nobody } }),
    );
    expect(stored).toMatchObject({ [enterprise]: { manager: { value: nobody } } });
  });

  test('R-32 "True" is a boolean in a POST and comes back as one', async () => {
    for (const text of ["True", "true"]) {
      const roles = [{ primary: text, display: "D", value: "V", type: "T" }];
      const emails = [{ value: "a@x.test", type: "work", primary: text }];
      const made = await addUser({ active: text, roles, emails });
      const wanted = { active: true, roles: [{ primary: true }], emails: [{ primary: true }] };
      expect(made).toMatchObject(wanted);
      expect(await read(scim, `/Users/${made.id}`)).toMatchObject(wanted);
    }
    const off = await addUser({ active: "False", roles: [{ value: "V", primary: "False" }] });
    expect(await read(scim, `/Users/${off.id}`)).toMatchObject({
      active: false,
      roles: [{ value: "V", primary: false }],
    });
  });

  test("R-33 null is as good as absent in a POST, and unknown attributes and schemas are ignored", async () => {
    const name = newName();
    const made = await add(scim, "/Users", {
      schemas: [user, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User", enterprise, "urn:acme:2.0:User"],
      userName: name,
      externalId: "r33",
      id: null,
      active: true,
      addresses: null,
      displayName: null,
      emails: [{ type: "work", value: "a@x.test", primary: null, display: null }],
      ims: null,
      manager: null,
      name: { formatted: null, familyName: "F", givenName: "G" },
      nickName: null,
      phoneNumbers: null,
      roles: [],
      entitlements: null,
      meta: { resourceType: "User", created: null },
      favouriteColour: "red",
      "urn:acme:2.0:User": { badge: 7 },
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": { department: "wrong" },
      [enterprise]: { manager: null, department: "D", shoeSize: 42 },
    });
    const wanted = { schemas: [user, enterprise], userName: name, externalId: "r33", active: true };
    const { id, meta, ...rest } = await read(scim, `/Users/${made.id}`);
    expect([id, meta]).toEqual([made.id, made.meta]);
    expect(rest).toEqual({
      ...wanted,
      emails: [{ type: "work", value: "a@x.test" }],
      name: { familyName: "F", givenName: "G" },
      [enterprise]: { department: "D" },
    });
  });

  test("R-34 active is in every answer, as a boolean", async () => {
    const made = await scim("POST", "/Users", userBody(newName()));
    const path = `/Users/${made.body.id}`;
    const off = await scim("PATCH", path, patchBody({ op: "Replace", path: "active", value: "False" }));
    const on = await scim("PUT", path, userBody(String(made.body.userName), { active: "True" }));
    const still = await scim("PATCH", path, patchBody({ op: "replace", value: { active: false } }));
    expect([made, off, on, still].map(({ body }) => body.active)).toEqual([true, false, true, false]);
    expect((await read(scim, path)).active).toBe(false);
    expect((await find(scim, "/Users", `userName eq "${made.body.userName}"`))[0]?.active).toBe(false);
    // `remove` of a state is refused, and an empty value for it changes nothing (D-84).
    expectError(await scim("PATCH", path, patchBody({ op: "Remove", path: "active" })), 400, "mutability");
    for (const operation of [
      { op: "Replace", path: "active", value: "" },
      { op: "replace", path: "active", value: null },
    ]) {
      expect((await change(scim, path, patchBody(operation))).active).toBe(false);
    }
    for (const { active } of resourcesOf(await scim("GET", "/Users?count=1000"))) expect(typeof active).toBe("boolean");
  });

  test("R-35 a manager is an object with its value, or is not there at all", async () => {
    const boss = await addUser();
    const made = await addUser({ [enterprise]: { manager: boss.id, department: "D" } });
    const managed = { [enterprise]: { manager: { value: boss.id } } };
    expect(made).toMatchObject(managed);
    const path = `/Users/${made.id}`;
    expect(await read(scim, path)).toMatchObject(managed);
    expect(await find(scim, "/Users", `id eq "${made.id}"`)).toMatchObject([managed]);
    const removed = await change(
      scim,
      path,
      patchBody({ op: "replace", path: `${enterprise}:manager`, value: { value: "" } }),
    );
    expect(removed[enterprise]).toEqual({ department: "D" });
    for (const manager of [null, "", {}, { value: "" }, { value: null }]) {
      const none = await addUser({ [enterprise]: { manager, department: "D" } });
      expect((await read(scim, `/Users/${none.id}`))[enterprise], JSON.stringify(manager)).toEqual({ department: "D" });
    }
  });

  test("R-36 userName and externalId come back by id and by filter as they were sent", async () => {
    const userName = at("Mixed.Case+Tag");
    const made = await addUser({ externalId: "Mail.Nick" }, userName);
    const wanted = { id: made.id, userName, externalId: "Mail.Nick" };
    expect(await read(scim, `/Users/${made.id}`)).toMatchObject(wanted);
    expect(await find(scim, "/Users", `userName eq "${userName.toLowerCase()}"`)).toMatchObject([wanted]);
    expect(await find(scim, "/Users", 'externalId eq "Mail.Nick"')).toMatchObject([wanted]);
    const stored = await change(
      scim,
      `/Users/${made.id}`,
      patchBody({ op: "Replace", path: "externalId", value: "Other.Nick" }),
    );
    expect(stored).toMatchObject({ userName, externalId: "Other.Nick" });
  });

  test("R-37 a group is taken without members, with none, and with a schema of Microsoft's own", async () => {
    const bodies: Body[] = [
      { schemas: [group], externalId: "c9b1", displayName: "R-37 a", meta: { resourceType: "Group" } },
      {
        schemas: [group, microsoftGroup],
        externalId: "c9b2",
        displayName: "R-37 b",
        members: [],
        meta: { resourceType: "Group" },
      },
      { schemas: [group], displayName: "R-37 c", members: null },
      { schemas: [microsoftGroup], displayName: "R-37 d" },
    ];
    for (const body of bodies) {
      const { id, displayName, externalId } = await add(scim, "/Groups", body);
      const stored = await read(scim, `/Groups/${id}`);
      expect(stored).toMatchObject({ schemas: [group], displayName: body.displayName });
      expect([displayName, externalId]).toEqual([body.displayName, body.externalId]);
      expect(await membersOf(scim, id)).toEqual([]);
      expect(await find(scim, "/Groups", `displayName eq "${body.displayName}"`)).toHaveLength(1);
    }
  });

  test("R-38 a user needs no more than schemas and userName", async () => {
    for (const userName of [newName(), "just.a.name"]) {
      const made = await add(scim, "/Users", { schemas: [user], userName });
      const { id, meta, ...rest } = await read(scim, `/Users/${made.id}`);
      expect([id, meta]).toEqual([made.id, made.meta]);
      expect(rest).toEqual({ schemas: [user], userName, active: true });
    }
    expectError(await scim("POST", "/Users", { schemas: [user], displayName: "No name" }), 400, "invalidValue");
  });

  test("R-39 DELETE is 204, and then 404 for GET, for another DELETE, and for what never was", async () => {
    const [person, team] = [await addUser(), await add(scim, "/Groups", { displayName: "R-39" })];
    for (const path of [`/Users/${person.id}`, `/Groups/${team.id}`]) {
      expect(await scim("DELETE", path)).toMatchObject({ status: 204, body: {} });
      expectError(await scim("GET", path), 404);
      expectError(await scim("DELETE", path), 404);
    }
    for (const path of [`/Users/${nobody}`, `/Groups/${nobody}`, `/Users/${team.id}`, "/Groups/x"]) {
      expectError(await scim("DELETE", path), 404);
    }
  });

  test("R-40 after a DELETE the name is free for a new one with a new id", async () => {
    const name = newName();
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const person = await addUser({ title: `T${round}` }, name);
      const team = await add(scim, "/Groups", {
        displayName: "R-40",
        externalId: `e${round}`,
        members: [{ value: person.id }],
      });
      expect(await find(scim, "/Users", `userName eq "${name}"`)).toMatchObject([
        { id: person.id, title: `T${round}` },
      ]);
      expect(await find(scim, "/Groups", 'displayName eq "R-40"')).toMatchObject([
        { id: team.id, externalId: `e${round}` },
      ]);
      for (const id of [person.id, team.id]) seen.add(id);
      expect((await scim("DELETE", `/Groups/${team.id}`)).status).toBe(204);
      expect((await scim("DELETE", `/Users/${person.id}`)).status).toBe(204);
      expect(await find(scim, "/Groups", 'displayName eq "R-40"')).toEqual([]);
    }
    expect(seen.size).toBe(6);
  });
});
