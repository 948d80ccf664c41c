import { describe, expect, test } from "vitest";
import { groupType, userType } from "@/lib/provisioning/resources/columns";
import { isScimError } from "@/lib/scim/error";
import fc from "@/scripts/testing/fast-check";
import { matches } from "./match";
import { parseFilter, parsePath } from "./parser";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** A person that has one of everything a filter can meet. */
const ada = {
  id: "01a20d45-a4ea-73f1-840a-991fb3bb9e2f",
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User", enterprise],
  meta: { resourceType: "User", created: "2026-01-01T00:00:00.000Z", lastModified: "2026-01-02T10:00:00.000Z" },
  userName: "Ada@Example.com",
  externalId: "aLpha",
  active: false,
  displayName: "",
  title: 'Say "hi"\\',
  name: { givenName: "Ada", familyName: "Müller" },
  emails: [
    { value: "ada@example.com", type: "work", primary: true },
    { value: "ada@home.test", type: "home" },
  ],
  phoneNumbers: [],
  [enterprise]: { employeeNumber: "9", manager: { value: "boss-1" } },
};

const yes = (filter: string) => matches(parseFilter(filter, userType), ada);

describe("filters in memory", () => {
  test.each([
    ["F1 operators and names in any case", 'USERNAME Eq "ada@example.com"'],
    ["F1 logical words in any case", 'userName eq "x" OR NOT (userName eq "x") AnD id pr'],
    ["F2 and binds tighter than or", "title pr or displayName pr and phoneNumbers pr"],
    ["F3 not with and without a space", 'not(userName eq "x") and not (userName eq "y")'],
    ["F4 false is present", "active pr"],
    ["F4 empty text and empty list are not present", "not (displayName pr) and not (phoneNumbers pr)"],
    ["F5 escapes of JSON strings", String.raw`title eq "Say \"hi\"\\"`],
    ["F5 escapes by code point", String.raw`name.familyName eq "m\u00fcller"`],
    ["F6 eq null means not present", "displayName eq null and nickName eq null"],
    ["F6 ne null means present", "userName ne null"],
    ["F7 case does not count in userName", 'userName eq "ADA@EXAMPLE.COM"'],
    ["F7 case counts in externalId", 'externalId eq "aLpha" and not (externalId eq "alpha")'],
    ["F9 instants compare, not texts", 'meta.created eq "2025-12-31T19:00:00-05:00"'],
    ["F9 a later instant", 'meta.lastModified gt "2026-01-02T09:59:59Z"'],
    ["F11 any value of a list matches", 'emails.value ew "home.test"'],
    ["F11 also by ne", 'emails.type ne "work"'],
    ["F12 a complex list stands for its value", 'emails co "HOME"'],
    ["F13 a value path binds one element", 'emails[type eq "work" and value co "@example"]'],
    ["F13 which two comparisons do not", 'emails.type eq "work" and emails.value co "@home"'],
    ["F14, R-16 a sub-attribute behind a value path", 'emails[type eq "work"].value eq "ada@example.com"'],
    ["R-16 the documentation's form without it", 'emails[type eq "work"] eq "ada@example.com"'],
    ["F15, R-60 a URN before a core attribute", 'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ada"'],
    ["F15, R-60 a URN before an extension's", `${enterprise.toUpperCase()}:manager.value eq "boss-1"`],
    ["F15 an extension's attribute without its URN", 'employeeNumber eq "9"'],
    ["F16, R-17 a bare word is a text", "meta.resourceType eq User and externalId eq aLpha"],
    ["F16 schemas", `schemas eq "${enterprise}"`],
    ["R-45 booleans as text", 'active eq "False"'],
    ["F23 id", 'id eq "01a20d45-a4ea-73f1-840a-991fb3bb9e2f"'],
    ["F20 spaces and tabs", '  userName\t eq   "ada@example.com" '],
    ["P24 brackets and quotes inside a literal", String.raw`not (emails[value eq "a.b]\" eq "])`],
  ])("%s", (_, filter) => {
    expect(yes(filter)).toBe(true);
  });

  test.each([
    ["F2 brackets come first", "(title pr or displayName pr) and phoneNumbers pr"],
    ["F8 texts compare by code point", 'externalId lt "A"'],
    ["F13 not both in one element", 'emails[type eq "work" and value co "@home"]'],
    ["what is unassigned matches no comparison", 'nickName ne "x"'],
  ])("%s: no match", (_, filter) => {
    expect(yes(filter)).toBe(false);
  });

  test.each([
    ["F3 not without brackets", 'not userName eq "x"'],
    ["F8 order on a boolean", "active gt true"],
    ["F10 a part of a boolean", 'active co "t"'],
    ["F12 a single complex value", 'name eq "Ada"'],
    ["F18 an unknown attribute", 'nonsense eq "x"'],
    ["F19 an unknown operator", 'userName like "x"'],
    ["F19 garbage behind it", 'userName eq "x" garbage'],
    ["F19 nothing", ""],
    ["F19 an open bracket", '(userName eq "x"'],
    ["F5 an open quote", 'userName eq "x'],
    ["F5 a wrong escape", String.raw`userName eq "\q"`],
    ["a text where a boolean belongs", 'active eq "maybe"'],
    ["F9 a text where an instant belongs", 'meta.created gt "yesterday"'],
    ["F22 a password", 'password eq "x"'],
    ["T20 a prototype", 'constructor eq "x"'],
    ["T20 a prototype in a value path", 'emails[__proto__ eq "x"]'],
    ["a value path on a single value", 'userName[value eq "x"]'],
    ["F21 length", `userName eq "${"x".repeat(2_048)}"`],
    ["F21, T19 nesting", `${"(".repeat(21)}userName pr${")".repeat(21)}`],
    ["F21, T19 terms", Array.from({ length: 51 }, () => "userName pr").join(" or ")],
  ])("%s is 400 invalidFilter", (_, filter) => {
    expect(() => parseFilter(filter, userType)).toThrow(
      expect.objectContaining({ status: 400, scimType: "invalidFilter" }),
    );
  });

  test("F21, T19 nesting and terms at the limit are read", () => {
    expect(() => parseFilter(`${"(".repeat(20)}userName pr${")".repeat(20)}`, userType)).not.toThrow();
    expect(() => parseFilter(Array.from({ length: 50 }, () => "userName pr").join(" or "), userType)).not.toThrow();
  });

  test("F19, T18 whatever a client writes, it parses or is refused; nothing else happens", () => {
    const pieces = [
      "userName",
      "emails",
      "[",
      "]",
      "(",
      ")",
      '"',
      "eq",
      "pr",
      "not",
      "and",
      "or",
      "\\",
      ".",
      "value",
      "null",
      " ",
      "é",
    ];
    const words = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(" "));
    fc.assert(
      fc.property(fc.oneof(words, fc.string({ maxLength: 200 })), (text) => {
        try {
          matches(parseFilter(text, userType), ada);
        } catch (error) {
          if (!isScimError(error)) throw error;
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("paths of PATCH", () => {
  test("P24 a filter with dots and brackets in its literal", () => {
    const target = parsePath('emails[value eq "a.b]@x"].type', userType);
    expect(target?.attribute?.name).toBe("emails");
    expect(target?.sub?.name).toBe("type");
    expect(target?.filter).toMatchObject({ kind: "compare", value: "a.b]@x" });
  });

  test("R-60 a URN is split at the longest schema", () => {
    expect(parsePath(`${enterprise}:manager.value`, userType)).toMatchObject({
      extension: enterprise,
      attribute: { name: "manager" },
      sub: { name: "value" },
    });
    expect(parsePath(enterprise.toUpperCase(), userType)).toMatchObject({ extension: enterprise, attribute: null });
  });

  test("F17 $ref", () => {
    expect(parsePath('members[$ref eq "x"]', groupType)?.filter).toMatchObject({ kind: "compare" });
  });

  test("R-43 an unknown attribute is nothing to change; P6 a malformed path is 400 invalidPath", () => {
    expect(parsePath("urn:acme:2.0:User:badge", userType)).toBeNull();
    expect(() => parsePath("not a path", userType)).toThrow(expect.objectContaining({ scimType: "invalidPath" }));
    expect(() => parsePath("emails[type eq]", userType)).toThrow(
      expect.objectContaining({ scimType: "invalidFilter" }),
    );
  });
});
