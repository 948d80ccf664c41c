import { beforeAll, describe, expect, test } from "vitest";
import { all, sql } from "@/lib/db";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { add, expectError, find, type Resource, read, sendBare, urn } from "./support";

// F1–F24: filters (RFC 7644 §3.4.2.2; D-73).

const { user, enterprise } = urn;
const certificate = "AbCdEfGh";
const noted = 'O\'Neil "the \\ é" 𐐷';

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let ada: Resource;
  let team: Resource;

  const at = (name: string) => `${name}@${workspace.domain}`;

  /** Who a filter finds, by the local parts of their names. */
  async function who(filter: string): Promise<string[]> {
    const found = await find(scim, "/Users", filter);
    return found.map(({ userName }) => String(userName).split("@")[0] ?? "").sort();
  }

  async function refused(filter: string, endpoint = "/Users"): Promise<void> {
    const answer = await scim("GET", `${endpoint}?filter=${encodeURIComponent(filter)}`);
    expect(answer.body, filter).not.toHaveProperty("Resources");
    expectError(answer, 400, "invalidFilter");
  }

  beforeAll(async () => {
    workspace = await openWorkspace("ff");
    scim = open(workspace.token.secret);
    const people = {
      Ada: {
        externalId: "Ext-A",
        displayName: "Ada",
        title: "Director",
        profileUrl: "https://Example.test/Ada",
        name: { givenName: "Ada", familyName: "Byron" },
        emails: [
          { value: "ada@one.test", type: "work", primary: true },
          { value: "ada@two.test", type: "home", primary: false },
        ],
        x509Certificates: [{ value: certificate }],
        schemas: [user, enterprise],
        [enterprise]: { employeeNumber: "9", department: "R&D", manager: { value: "Boss-1" } },
      },
      bob: {
        active: false,
        title: "Clerk",
        emails: [
          { value: "bob@two.test", type: "work" },
          { value: "bob@one.test", type: "home" },
        ],
        [enterprise]: { employeeNumber: "10", department: "Lab" },
      },
      cyd: { emails: [{ value: "cyd@one.test", type: "work" }], phoneNumbers: [{ value: "+44 1", type: "work" }] },
      dan: { displayName: noted, [enterprise]: { employeeNumber: "-1.5e3" } },
    };
    const made: Resource[] = [];
    for (const [name, more] of Object.entries(people)) made.push(await add(scim, "/Users", userBody(at(name), more)));
    [ada] = made as [Resource];
    team = await add(scim, "/Groups", { displayName: "Team", externalId: "Team-A", members: [{ value: ada.id }] });
    await add(scim, "/Groups", { displayName: "Empty", members: [] });
  });

  test("F1 attribute names, operators, and, or, not, pr and true count in any case", async () => {
    const same = [
      [`userName eq "${at("Ada")}"`, `USERNAME Eq "${at("Ada")}"`, ["Ada"]],
      ["title pr and emails pr", "Title PR AND Emails Pr", ["Ada", "bob"]],
      ["title pr or phoneNumbers pr", "title pr Or phonenumbers pr", ["Ada", "bob", "cyd"]],
      ["not (emails pr)", "NOT (EMAILS PR)", ["dan"]],
      ['emails[type eq "home" and value co "bob"]', 'EMAILS[Type EQ "home" And VALUE Co "bob"]', ["bob"]],
      [`${enterprise}:employeeNumber sw "1"`, `${enterprise.toUpperCase()}:EMPLOYEENUMBER SW "1"`, ["bob"]],
      ["active eq false", "ACTIVE Eq FALSE", ["bob"]],
    ] as const;
    for (const [lower, mixed, names] of same) {
      expect(await who(lower), lower).toEqual(names);
      expect(await who(mixed), mixed).toEqual(names);
    }
  });

  test("F2 parentheses bind before not, not before and, and before or", async () => {
    const bits = [0, 1, 2, 3, 4, 5, 6, 7];
    for (const bit of bits) {
      const has = (mask: number) => (bit & mask) !== 0;
      const more = {
        ...(has(4) && { nickName: "a" }),
        ...(has(2) && { locale: "b" }),
        ...(has(1) && { timezone: "c" }),
      };
      await add(scim, "/Users", userBody(at(`f2-${bit}`), { userType: "F2", ...more }));
    }
    const [a, b, c] = ["nickName pr", "locale pr", "timezone pr"];
    const table: [string, (a: boolean, b: boolean, c: boolean) => boolean][] = [
      [`${a} or ${b} and ${c}`, (x, y, z) => x || (y && z)],
      [`${a} or (${b} and ${c})`, (x, y, z) => x || (y && z)],
      [`(${a} or ${b}) and ${c}`, (x, y, z) => (x || y) && z],
      [`${a} and ${b} or ${c}`, (x, y, z) => (x && y) || z],
      [`${a} and (${b} or ${c})`, (x, y, z) => x && (y || z)],
      [`not (${a}) and ${b}`, (x, y) => !x && y],
      [`not (${a} and ${b})`, (x, y) => !(x && y)],
      [`not (${a}) or not (${b} or ${c})`, (x, y, z) => !x || !(y || z)],
      [`not (not (${a} or ${b}) and ${c})`, (x, y, z) => !(!(x || y) && z)],
      [`((${a}) or ((${b}) and (${c})))`, (x, y, z) => x || (y && z)],
    ];
    for (const [filter, truth] of table) {
      const wanted = bits.filter((bit) => truth((bit & 4) !== 0, (bit & 2) !== 0, (bit & 1) !== 0));
      expect(await who(`userType eq "F2" and (${filter})`), filter).toEqual(wanted.map((bit) => `f2-${bit}`));
    }
    const open = bits.filter((bit) => (bit & 4) !== 0 || ((bit & 2) !== 0 && (bit & 1) !== 0));
    const bare = await who(`userType eq "F2" and ${a} or userType eq "F2" and ${b} and ${c}`);
    expect(bare).toEqual(open.map((bit) => `f2-${bit}`));
  });

  test("F3 not needs parentheses, with or without a space before them", async () => {
    expect(await who("not (emails pr) and displayName pr")).toEqual(["dan"]);
    expect(await who("not(emails pr) and displayName pr")).toEqual(["dan"]);
    for (const filter of ["not emails pr", "not title eq null", "title pr and not emails pr", "not"])
      await refused(filter);
  });

  test("F4 pr is false for what is missing, null, empty or has empty parts only, and true for false", async () => {
    const empty = {
      userType: "F4",
      active: false,
      title: null,
      nickName: "",
      emails: [],
      name: { givenName: "", familyName: null },
      phoneNumbers: [{ value: "" }],
      addresses: [{ type: "work" }],
      ims: [{ value: "im", primary: false }],
      [enterprise]: { department: "", manager: { value: "" } },
    };
    await add(scim, "/Users", userBody(at("f4"), empty));
    const unassigned = ["title", "nickName", "emails", "emails.value", "name", "name.givenName", "phoneNumbers"];
    unassigned.push("displayName", "addresses.locality", `${enterprise}:department`, `${enterprise}:manager`, "groups");
    for (const name of unassigned) {
      expect(await who(`userType eq "F4" and ${name} pr`), name).toEqual([]);
      expect(await who(`userType eq "F4" and not (${name} pr)`), name).toEqual(["f4"]);
    }
    for (const name of ["active", "ims.primary", "ims", "addresses", "userName", "id", "meta.created", "schemas"]) {
      expect(await who(`userType eq "F4" and ${name} pr`), name).toEqual(["f4"]);
    }
  });

  test("F5 literals are those of JSON: true, false, null, numbers, and texts with their escapes", async () => {
    expect(await who(`displayName eq ${JSON.stringify(noted)}`)).toEqual(["dan"]);
    expect(await who('displayName eq "O\'Neil \\u0022the \\u005c \\u00e9\\u0022 \\ud801\\udc37"')).toEqual(["dan"]);
    expect(await who('displayName co "\\"the"')).toEqual(["dan"]);
    expect(await who("active eq false")).toEqual(["bob", "f4"]);
    expect(await who('active eq true and title eq "Director"')).toEqual(["Ada"]);
    expect(await who(`title eq null and displayName pr`)).toEqual(["dan"]);
    expect(await who(`${enterprise}:employeeNumber eq -1.5e3`)).toEqual(["dan"]);
    expect(await who(`${enterprise}:employeeNumber eq 9`)).toEqual(["Ada"]);
    for (const literal of ['"', '"\\x"', '"\\u12"', '"a\nb"', "'a'b\"", '"a" "b"'])
      await refused(`title eq ${literal}`);
    for (const literal of ['"yes"', "1", "null null"]) await refused(`active eq ${literal}`);
  });

  test("F6 eq null means not present, and ne null means present", async () => {
    const names = [
      "title",
      "emails",
      "emails.value",
      "name.familyName",
      "phoneNumbers",
      `${enterprise}:manager`,
      "groups",
    ];
    for (const name of names) {
      const [present, absent] = [await who(`${name} pr`), await who(`not (${name} pr)`)];
      expect(present.length * absent.length, name).toBeGreaterThan(0);
      expect(await who(`${name} ne null`), name).toEqual(present);
      expect(await who(`${name} eq null`), name).toEqual(absent);
    }
    for (const operator of ["gt", "co", "sw", "le"]) await refused(`title ${operator} null`);
  });

  test("F7 texts compare as their caseExact says", async () => {
    const folded = [
      `userName eq "${at("ADA").toUpperCase()}"`,
      'emails.value eq "ADA@ONE.TEST"',
      'displayName eq "aDA"',
    ];
    folded.push('name.familyName sw "bYR"', 'emails[type eq "HOME" and value ew "TWO.TEST" and value sw "A"]');
    for (const filter of folded) expect(await who(filter), filter).toEqual(["Ada"]);
    const { resourceType, version, location } = (await read(scim, `/Users/${ada.id}`)).meta; // joined a group since
    const exact = [
      ["id", ada.id],
      ["externalId", "Ext-A"],
      ["profileUrl", "https://Example.test/Ada"],
      ["x509Certificates.value", certificate],
      [`${enterprise}:manager.value`, "Boss-1"],
      ["meta.resourceType", String(resourceType)],
      ["meta.version", String(version)],
      ["meta.location", String(location)],
    ] as const;
    for (const [name, value] of exact) {
      const is = (text: string) => who(`title eq "Director" and ${name} eq ${JSON.stringify(text)}`);
      expect(await is(value), name).toEqual(["Ada"]);
      const other = value.toUpperCase() === value ? value.toLowerCase() : value.toUpperCase();
      expect(await is(other), `${name} ${other}`).toEqual([]);
    }
    expect(await find(scim, "/Groups", 'displayName eq "tEAM"')).toMatchObject([{ id: team.id }]);
    expect(await find(scim, "/Groups", 'externalId eq "team-a"')).toEqual([]);
    expect(await find(scim, "/Groups", `members.value eq "${ada.id.toUpperCase()}"`)).toEqual([]);
  });

  test("F8 order is not defined on booleans and binaries, and lexicographic on texts", async () => {
    for (const operator of ["gt", "ge", "lt", "le"]) {
      await refused(`active ${operator} true`);
      await refused(`emails.primary ${operator} "true"`);
      await refused(`x509Certificates.value ${operator} "A"`);
    }
    const number = `${enterprise}:employeeNumber`;
    expect(await who(`${number} lt "9"`)).toEqual(["bob", "dan"]);
    expect(await who(`${number} le "9"`)).toEqual(["Ada", "bob", "dan"]);
    expect(await who(`${number} gt "10"`)).toEqual(["Ada"]);
    expect(await who(`${number} ge "10"`)).toEqual(["Ada", "bob"]);
    expect(await who('title gt "CLERK" and title lt "e"')).toEqual(["Ada"]);
  });

  test("F9 times compare as instants, whatever their offset and fraction", async () => {
    const cyd = (await find(scim, "/Users", `userName eq "${at("cyd")}"`))[0];
    await all(sql`UPDATE "Membership" SET "updatedAt" = '2026-01-01T00:00:00Z' WHERE id = ${cyd?.id}`);
    const equal = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00", "2025-12-31T19:00:00-05:00"];
    equal.push("2026-01-01T00:00:00.000Z", "2026-01-01T05:30:00.0+05:30");
    for (const time of equal) {
      expect(await who(`meta.lastModified eq "${time}"`), time).toEqual(["cyd"]);
      expect(await who(`meta.lastModified le "${time}"`), time).toEqual(["cyd"]);
      expect(await who(`meta.lastModified lt "${time}"`), time).toEqual([]);
      expect(await who(`meta.lastModified ne "${time}" and emails.value eq "cyd@one.test"`), time).toEqual([]);
    }
    expect(await who('meta.lastModified lt "2025-12-31T20:00:00-05:00"')).toEqual(["cyd"]); // later, though "2025" is less
    expect(
      await who('meta.lastModified gt "2026-01-01T04:00:00+05:00" and meta.lastModified lt "2026-01-02T00:00:00Z"'),
    ).toEqual(["cyd"]);
    expect(await who(`meta.lastModified eq "${ada.meta.lastModified}" and title eq "Director"`)).toEqual(["Ada"]);
    await refused('meta.lastModified gt "yesterday"');
  });

  test("F10 co, sw and ew are for texts only", async () => {
    for (const operator of ["co", "sw", "ew"]) {
      await refused(`active ${operator} "t"`);
      await refused(`emails.primary ${operator} "t"`);
      await refused(`emails[primary ${operator} "t"]`);
      await refused(`meta.created ${operator} "2026"`);
    }
    expect(await who('title co "RECT"')).toEqual(["Ada"]);
  });

  test("F11 a list matches when any of its values does, also by ne", async () => {
    expect(await who('emails.value ew "one.test"')).toEqual(["Ada", "bob", "cyd"]);
    expect(await who('emails.type eq "home"')).toEqual(["Ada", "bob"]);
    expect(await who('emails.value ne "ada@one.test"')).toEqual(expect.arrayContaining(["Ada", "bob", "cyd"]));
    expect(await who('emails.value ne "cyd@one.test"')).not.toContain("cyd");
    expect(await who('emails.type ne "work" and emails.value co ".test" and title pr')).toEqual(["Ada", "bob"]);
  });

  test("F12 a list of complex values stands for its values; a single complex one needs a sub-attribute", async () => {
    expect(await who('emails co "@two"')).toEqual(["Ada", "bob"]);
    expect(await who('emails eq "CYD@one.test"')).toEqual(["cyd"]);
    expect(await who('phoneNumbers sw "+44"')).toEqual(["cyd"]);
    expect(await find(scim, "/Groups", `members eq "${ada.id}"`)).toMatchObject([{ id: team.id }]);
    for (const filter of ['name eq "Ada"', 'name co "A"', 'meta eq "User"', 'addresses eq "x"']) await refused(filter);
  });

  test("F13 all conditions in brackets hold for one and the same element", async () => {
    expect(await who('emails[type eq "work" and value co "@two"]')).toEqual(["bob"]);
    expect(await who('emails.type eq "work" and emails.value co "@two"')).toEqual(["Ada", "bob"]);
    expect(await who('emails[type eq "home" and not (value co "@two")]')).toEqual(["bob"]);
    expect(await who('emails[(type eq "work" or type eq "home") and value eq "ada@two.test"]')).toEqual(["Ada"]);
    expect(await who('emails[type eq "work" and type eq "home"]')).toEqual([]);
  });

  test("F14 a value path may be compared as a whole or by the sub-attribute behind it", async () => {
    expect(await who('emails[type eq "work"].value eq "bob@two.test"')).toEqual(["bob"]);
    expect(await who('emails[type eq "work"].value ew "two.test"')).toEqual(["bob"]);
    expect(await who('emails[type eq "home"].value eq "bob@two.test"')).toEqual([]);
    expect(await who('emails[type eq "work"].value pr and phoneNumbers pr')).toEqual(["cyd"]);
    expect(await who('emails[value eq "ada@two.test"]')).toEqual(["Ada"]);
    expect(await find(scim, "/Groups", `members[value eq "${ada.id}"]`)).toMatchObject([{ id: team.id }]);
    expect(await find(scim, "/Groups", 'members[value eq "nobody"]')).toEqual([]);
  });

  test("F15 names may carry the URN of their schema, in any case; an extension's may go without", async () => {
    const filters = [
      `${user}:userName eq "${at("ada")}"`,
      `${user}:name.familyName eq "Byron"`,
      `${user.toUpperCase()}:emails[type eq "work" and value eq "ada@one.test"]`,
      `${user}:emails.value eq "ada@two.test"`,
      `${enterprise}:employeeNumber eq "9"`,
      `${enterprise.toUpperCase()}:department eq "r&d"`,
      `${enterprise}:manager.value eq "Boss-1"`,
      `${enterprise}:manager eq "Boss-1"`,
      'department eq "R&D"',
      'manager.value eq "Boss-1"',
    ];
    for (const filter of filters) expect(await who(filter), filter).toEqual(["Ada"]);
    const unknown = [`${enterprise}:userName eq "x"`, `${user}:department eq "x"`, 'urn:acme:2.0:User:x eq "x"'];
    unknown.push(`${enterprise} eq "x"`, `${enterprise}.department eq "R&D"`);
    for (const filter of unknown) await refused(filter);
  });

  test("F16 schemas and meta.resourceType are filtered, with or without quotes round the literal", async () => {
    for (const literal of [`"${enterprise}"`, enterprise]) {
      expect(await who(`schemas eq ${literal}`), literal).toEqual(["Ada", "bob", "dan"]);
    }
    const { totalResults: everybody } = (await scim("GET", "/Users?count=0")).body;
    for (const literal of ['"User"', "User"]) {
      const { body } = await scim("GET", `/Users?count=0&filter=meta.resourceType+eq+${literal}`);
      expect(body.totalResults, literal).toBe(everybody);
    }
    expect(await who("(meta.resourceType eq User) and (title eq Director)")).toEqual(["Ada"]);
    expect(await who('meta.resourceType eq "Group"')).toEqual([]);
    expect(await find(scim, "/Groups", "(meta.resourceType eq User) or (meta.resourceType eq Group)")).toHaveLength(2);
  });

  test("F17 a name may hold a dollar sign: members.$ref finds what is shown", async () => {
    const [{ $ref }] = team.members as [{ $ref: string }];
    expect($ref).toContain(ada.id);
    for (const filter of [`members.$ref eq "${$ref}"`, "members.$ref pr", `members[$ref co "${ada.id}"]`]) {
      expect(await find(scim, "/Groups", filter), filter).toMatchObject([{ id: team.id }]);
    }
    expect(await who(`groups.$ref eq "${team.meta.location}"`)).toEqual(["Ada"]);
  });

  test("F18 an unknown attribute is 400 at an endpoint, and absent in a search from the root", async () => {
    const names = ["nonsense", "name.nonsense", "emails.nonsense", "userName.value", "displayname2", "members"];
    for (const name of names) for (const operator of ['eq "x"', "pr"]) await refused(`${name} ${operator}`);
    await refused('emails[nonsense eq "x"]');
    await refused('userName eq "x"', "/Groups");
    const root = async (filter: string) => {
      const answer = await scim("GET", `?filter=${encodeURIComponent(filter)}`);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return (answer.body.Resources as Resource[]).map(({ id }) => id).sort();
    };
    expect(await root("nonsense pr")).toEqual([]);
    expect(await root('nonsense eq "x"')).toEqual([]);
    expect(await root('title eq "Director" or displayName eq "Team"')).toEqual([ada.id, team.id].sort());
  });

  test("F19 an unknown operator or garbage is 400 with a text for people, never everybody", async () => {
    const garbage = [
      'userName xx "a"',
      'userName = "a"',
      "userName",
      "userName eq",
      '"userName" eq "a"',
      "(",
      "()",
      ")",
    ];
    garbage.push(
      'userName eq "a" and',
      'and userName eq "a"',
      'userName eq "a" title pr',
      '(userName eq "a"',
      "*",
      " ",
    );
    garbage.push('userName eq "a")', 'emails[type eq "work"', "emails[]", 'emails["work"]', 'title[value eq "a"]', "%");
    garbage.push('userName eq "a" or or title pr', 'userName eq "a"; DROP TABLE', "1 eq 1", 'userName pr "a"', "''");
    for (const filter of garbage) {
      await refused(filter);
      await refused(filter, "/Groups");
    }
  });

  test("F20 plus is a space and %2B a plus; tabs, doubled spaces and unencoded characters are taken", async () => {
    await add(scim, "/Users", userBody(at("plus+tag")));
    const encoded = at("plus%2Btag").replace("@", "%40");
    const plain = at("plus%2Btag");
    const spellings = [
      `userName+eq+%22${encoded}%22`,
      `userName%20eq%20%22${encoded}%22`,
      `userName%09eq%09%22${plain}%22`,
    ];
    spellings.push(`++userName++eq%20%20%22${plain}%22+`, `userName eq "${plain}"`, `userName+eq+"${plain}"`);
    for (const spelling of spellings) {
      const { status, body } = await scim("GET", `/Users?filter=${spelling}`);
      expect(status, spelling).toBe(200);
      expect(body, spelling).toMatchObject({ totalResults: 1, Resources: [{ userName: at("plus+tag") }] });
    }
    expect(
      (await scim("GET", `/Users?filter=userName+eq+%22plus+tag%40${workspace.domain}%22`)).body.totalResults,
    ).toBe(0);
    const headers = { authorization: `Bearer ${workspace.token.secret}` };
    const raw = await sendBare(adapter, "GET", `/Users?filter=userName+eq+"${plain}"`, headers);
    expect(JSON.parse(raw.text)).toMatchObject({ totalResults: 1 });
  });

  test("F21 length, depth and terms are bounded, and what is within the bounds is answered", async () => {
    const nested = (depth: number) => `${"(".repeat(depth)}title eq "F21"${")".repeat(depth)}`;
    const negated = (depth: number) => `${"not (".repeat(depth)}title eq "F21"${")".repeat(depth)}`;
    const terms = (count: number) => Array.from({ length: count }, (_, n) => `title eq "F21-${n}"`).join(" or ");
    const long = (length: number) => `title eq "${"x".repeat(length - 11)}"`;
    for (const filter of [nested(20), terms(50), long(2_048)]) expect(await who(filter)).toEqual([]);
    expect((await scim("GET", `/Users?filter=${encodeURIComponent(negated(20))}`)).status).toBe(200);
    const beyond = [nested(21), negated(21), terms(51), long(2_049), "(".repeat(2_000), "[".repeat(2_000)];
    beyond.push(
      `title eq "${"\\".repeat(1_999)}`,
      "a.".repeat(1_000),
      `${"not ".repeat(400)}(title pr)`,
      " ".repeat(3_000),
    );
    for (const filter of beyond) {
      const answer = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
      expect(answer.status, filter.slice(0, 40)).toBe(400);
      expect(["invalidFilter", "tooMany"]).toContain(answer.body.scimType);
      expect(answer.body).not.toHaveProperty("Resources");
    }
  });

  test("F22 a password is never filtered on", async () => {
    await add(scim, "/Users", userBody(at("f22"), { password: "hunter2" }));
    const guesses = [
      "password pr",
      'password eq "hunter2"',
      'password sw "h"',
      'not (password eq "x")',
      "password ne null",
    ];
    guesses.push(`${user}:password eq "hunter2"`, 'userName pr and PASSWORD co "hunter"');
    for (const filter of guesses) await refused(filter);
  });

  test("F23 id, externalId and meta.lastModified are filtered for every type, and active for people", async () => {
    const [person, group] = [`title eq "Director" and`, `displayName eq "Team" and`];
    for (const [endpoint, scope, resource] of [
      ["/Users", person, ada],
      ["/Groups", group, team],
    ] as const) {
      const { lastModified, created } = resource.meta;
      const filters = [
        `id eq "${resource.id}"`,
        `externalId eq "${resource.externalId}"`,
        `id eq "${resource.id}" and id pr`,
      ];
      filters.push(
        `${scope} meta.lastModified gt "2020-01-01T00:00:00Z"`,
        `${scope} meta.lastModified ge "${lastModified}"`,
      );
      filters.push(`${scope} meta.created eq "${created}"`, `${scope} meta.lastModified lt "2999-01-01T00:00:00Z"`);
      for (const filter of filters) {
        expect(
          (await find(scim, endpoint, filter)).map(({ id }) => id),
          `${endpoint} ${filter}`,
        ).toEqual([resource.id]);
      }
      expect(await find(scim, endpoint, 'meta.lastModified gt "2999-01-01T00:00:00Z"')).toEqual([]);
    }
    expect(await who(`${person} active eq true`)).toEqual(["Ada"]);
    expect(await who(`title eq "Clerk" and active eq true`)).toEqual([]);
  });

  test("F24 a filter sees the defaults that the writer was shown", async () => {
    const made = await add(scim, "/Users", userBody(at("f24"), { userType: "F24" }));
    expect(made.active).toBe(true);
    expect(await who('userType eq "F24" and active eq true')).toEqual(["f24"]);
    expect(await who('userType eq "F24" and active eq false')).toEqual([]);
    expect(await who(`userType eq "F24" and meta.version eq ${JSON.stringify(made.meta.version)}`)).toEqual(["f24"]);
    expect(await who(`userType eq "F24" and schemas eq "${user}"`)).toEqual(["f24"]);
    expect(team.members).toMatchObject([{ value: ada.id, type: "User" }]);
    expect(await find(scim, "/Groups", 'members.type eq "User"')).toMatchObject([{ id: team.id }]);
    expect(await who('groups[type eq "direct" and display eq "team"]')).toEqual(["Ada"]);
  });
});
