import { describe, expect, test } from "vitest";
import { groupType, userType } from "@/lib/provisioning/resources/columns";
import { isScimError } from "@/lib/scim/error";
import type { ResourceType, Values } from "@/lib/scim/schema/schema";
import fc from "@/scripts/testing/fast-check";
import { foldDelta } from "./delta";
import { parsePatch } from "./operations";
import { applyPatch } from "./patch";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

type Op = Record<string, unknown>;

function parse(operations: Op[], type: ResourceType = userType) {
  return parsePatch({ schemas: [patchOp], Operations: operations }, type, { notes: [], strict: false });
}

function patched(values: Values, ...operations: Op[]): Values {
  return applyPatch(values, parse(operations));
}

const ada: Values = {
  userName: "ada@acme.test",
  active: true,
  title: "Engineer",
  name: { givenName: "Ada", familyName: "Osei" },
  emails: [{ value: "ada@acme.test", type: "work", primary: true }],
  [enterprise]: { department: "Ledger", manager: { value: "m1" } },
};

describe("users", () => {
  test("R-41, P1 operation names, keys and paths in any case", () => {
    const body = { Schemas: [patchOp], operations: [{ OP: "RePlace", Path: "TITLE", VALUE: "Analyst" }] };
    const read = parsePatch(body, userType, { notes: [], strict: false });
    expect(applyPatch(ada, read)).toMatchObject({ title: "Analyst" });
  });

  test.each([
    ["with a path", { op: "Replace", path: "active", value: "False" }],
    ["without a path", { op: "Replace", value: { active: "False" } }],
    ["as a boolean", { op: "replace", value: { active: false } }],
  ])("R-45 active false %s", (_, operation) => {
    expect(patched(ada, operation).active).toBe(false);
  });

  test("R-45 a text that is no boolean is 400 invalidValue, not true", () => {
    expect(() => parse([{ op: "replace", path: "active", value: "nope" }])).toThrow(
      expect.objectContaining({ status: 400, scimType: "invalidValue" }),
    );
  });

  test.each(["add", "Replace"])("R-46 %s on a value path that matches nothing makes the element", (op) => {
    const next = patched({ userName: "x" }, { op, path: 'emails[type eq "work"].value', value: "x@acme.test" });
    expect(next.emails).toEqual([{ type: "work", value: "x@acme.test" }]);
  });

  test("R-47 several operations on one value path make one element", () => {
    const next = patched(
      { userName: "x" },
      { op: "Add", path: 'phoneNumbers[type eq "mobile"].value', value: "+1 5" },
      { op: "Add", path: 'phoneNumbers[type eq "mobile"].primary', value: "True" },
      { op: "Add", path: 'phoneNumbers[type eq "mobile"].display', value: "M" },
    );
    expect(next.phoneNumbers).toEqual([{ type: "mobile", value: "+1 5", primary: true, display: "M" }]);
  });

  test("P12 replace on a value path that describes nobody in particular is 400 noTarget", () => {
    expect(() => patched(ada, { op: "replace", path: 'emails[value eq "x@y.z"].type', value: "home" })).toThrow(
      expect.objectContaining({ scimType: "noTarget" }),
    );
  });

  test("R-48 an object without a path: plain, dotted, URN and value-path keys, nothing else touched", () => {
    const next = patched(ada, {
      op: "Replace",
      value: {
        displayName: "Ada O",
        "name.givenName": "Adah",
        [`${enterprise}:department`]: "Sales",
        [enterprise]: { employeeNumber: "7" },
        'emails[type eq "work"].value': "new@acme.test",
      },
    });
    expect(next).toEqual({
      ...ada,
      displayName: "Ada O",
      name: { givenName: "Adah", familyName: "Osei" },
      emails: [{ value: "new@acme.test", type: "work", primary: true }],
      [enterprise]: { department: "Sales", manager: { value: "m1" }, employeeNumber: "7" },
    });
  });

  test("R-49, P14 replace with a part of a complex value merges", () => {
    const next = patched(ada, { op: "replace", path: "name", value: { familyName: "Lovelace" } });
    expect(next.name).toEqual({ givenName: "Ada", familyName: "Lovelace" });
  });

  test("R-50, P7 add on a single value replaces it", () => {
    expect(patched(ada, { op: "Add", path: "title", value: "Lead" }).title).toBe("Lead");
  });

  test.each([
    ["empty text", { op: "Replace", path: "title", value: "" }, "title"],
    ["null", { op: "replace", path: "title", value: null }, "title"],
    ["remove", { op: "remove", path: "title" }, "title"],
    ["R-57 remove with a superfluous value", { op: "Remove", path: "title", value: "Engineer" }, "title"],
  ])("R-53, P21 cleared by %s", (_, operation, name) => {
    expect(patched(ada, operation)).not.toHaveProperty(name);
  });

  test("R-53 taking the value of an element leaves no ghost", () => {
    expect(patched(ada, { op: "replace", path: 'emails[type eq "work"].value', value: "" })).not.toHaveProperty(
      "emails",
    );
  });

  test.each([
    ["text", "m2", "m2"],
    ["object", { value: "m2" }, "m2"],
    ["list", [{ value: "m2", $ref: "../Users/m2" }], "m2"],
    ["P20 managerId", { managerId: "m2" }, "m2"],
    ["empty text", "", undefined],
    ["null", null, undefined],
    ["object with an empty value", { value: "" }, undefined],
  ])("R-54 manager as %s", (_, value, expected) => {
    const next = patched(ada, { op: "replace", path: `${enterprise}:manager`, value });
    const held = (next[enterprise] as Values).manager as Values | undefined;
    expect(held?.value).toBe(expected);
  });

  test("R-56 roles packed into a text are unpacked, and state the whole set", () => {
    const packed = (value: string) => ({ value: JSON.stringify({ id: "1", value, displayName: value }) });
    const one = patched(ada, { op: "Add", path: "roles", value: [packed("Admin")] });
    expect(one.roles).toMatchObject([{ value: "Admin" }]);
    const two = patched(one, { op: "Add", path: "roles", value: [packed("Member")] });
    expect(two.roles).toMatchObject([{ value: "Member" }]);
  });

  test("R-58 no operations change nothing", () => {
    expect(patched(ada)).toBe(ada);
  });

  test("P8, R-44 what is there already changes nothing: the very same object", () => {
    const same = patched(
      ada,
      { op: "add", path: "emails", value: [{ value: "ada@acme.test", type: "work" }] },
      { op: "replace", path: "active", value: true },
      { op: "remove", path: 'emails[type eq "other"]' },
    );
    expect(same).toBe(ada);
  });

  test("P9 one primary only", () => {
    const next = patched(ada, { op: "add", path: "emails", value: { value: "b@acme.test", primary: true } });
    expect(next.emails).toEqual([
      { value: "ada@acme.test", type: "work", primary: false },
      { value: "b@acme.test", primary: true },
    ]);
  });

  test("P3 later operations see earlier ones", () => {
    const next = patched(
      ada,
      { op: "add", path: "emails", value: [{ value: "h@x.test", type: "home" }] },
      { op: "replace", path: 'emails[value eq "h@x.test"].type', value: "other" },
    );
    expect(next.emails).toContainEqual({ value: "h@x.test", type: "other" });
  });

  test("P2, R-43 one wrong operation fails all of them", () => {
    const run = () => patched(ada, { op: "replace", path: "title", value: "X" }, { op: "remove", path: "userName" });
    expect(run).toThrow(expect.objectContaining({ scimType: "mutability" }));
    expect(ada.title).toBe("Engineer");
  });

  test("R-43 an unknown attribute is ignored with a note and does not stop active:false", () => {
    const notes: string[] = [];
    const body = {
      schemas: [patchOp],
      Operations: [
        { op: "Add", path: "urn:x:y:badge", value: "1" },
        { op: "Replace", path: "active", value: "False" },
      ],
    };
    const read = parsePatch(body, userType, { notes, strict: false });
    expect(applyPatch(ada, read).active).toBe(false);
    expect(notes).toEqual([expect.stringContaining("badge")]);
  });

  test.each([
    ["P5 remove without a path", { op: "remove" }, "noTarget"],
    ["P4 a text without a path", { op: "add", value: "x" }, "invalidValue"],
    ["P6 a malformed path", { op: "add", path: "a b c", value: 1 }, "invalidPath"],
    ["P6 a broken filter", { op: "add", path: "emails[type eq", value: 1 }, "invalidFilter"],
    ["P17 a read-only attribute", { op: "replace", path: "meta.created", value: "x" }, "mutability"],
    ["P1 an unknown op", { op: "move", path: "title" }, "invalidSyntax"],
    ["P23, T20 a prototype in a path", { op: "add", path: "__proto__.admin", value: true }, "invalidPath"],
    ["P23, T20 a prototype in a key", { op: "add", value: { "constructor.prototype.admin": true } }, "invalidPath"],
  ])("%s is 400", (_, operation, scimType) => {
    expect(() => parse([operation])).toThrow(expect.objectContaining({ status: 400, scimType }));
  });

  test("P17 id, meta and groups that travel along in an object are passed over", () => {
    const next = patched(ada, { op: "replace", value: { id: "x", meta: {}, groups: [], schemas: [], title: "T" } });
    expect(next).toEqual({ ...ada, title: "T" });
  });

  test("P19 an extension as a whole", () => {
    expect(patched(ada, { op: "remove", path: enterprise })).not.toHaveProperty([enterprise]);
    const next = patched(ada, { op: "add", path: enterprise, value: { costCenter: "9" } });
    expect(next[enterprise]).toEqual({ department: "Ledger", manager: { value: "m1" }, costCenter: "9" });
  });

  test("R-59, T21 a thousand operations are read, one more is 413", () => {
    const many = (count: number) => Array.from({ length: count }, () => ({ op: "replace", path: "title", value: "x" }));
    expect(parse(many(1_000))).toHaveLength(1_000);
    expect(() => parse(many(1_001))).toThrow(expect.objectContaining({ status: 413 }));
  });

  test("T20 nothing that a client sends reaches a prototype or ends in anything but a SCIM error", () => {
    const keys = fc.constantFrom(
      "__proto__",
      "constructor",
      "prototype",
      "name",
      "emails",
      "title",
      enterprise,
      "a.b",
      "x[",
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(null, true, "x", 1),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(keys, tie("value"), { maxKeys: 3 }),
      ),
    })).value;
    const operation = fc.record({
      op: fc.constantFrom("add", "replace", "remove"),
      path: fc.oneof(keys, fc.constant(undefined)),
      value: json,
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 4 }), (operations) => {
        try {
          patched(ada, ...operations);
        } catch (error) {
          if (!isScimError(error)) throw error;
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("members of groups", () => {
  const group: Values = { displayName: "Team", members: [{ value: "a" }, { value: "b" }, { value: "c" }] };
  const ids = (values: Values) => ((values.members ?? []) as Values[]).map(({ value }) => value);
  const on = (...operations: Op[]) => applyPatch(group, parse(operations, groupType));

  const cases: [string, Op[], string[]][] = [
    [
      "R-51 remove with a value takes these only",
      [{ op: "Remove", path: "members", value: [{ value: "a" }] }],
      ["b", "c"],
    ],
    ["R-51 remove with a value path takes one", [{ op: "remove", path: 'members[value eq "b"]' }], ["a", "c"]],
    ["R-51 remove without a value clears", [{ op: "remove", path: "members" }], []],
    ["R-51 a value path with or", [{ op: "remove", path: 'members[value eq "a" or value eq "c"]' }], ["b"]],
    ["R-52 replace sets exactly this list", [{ op: "replace", path: "members", value: [{ value: "d" }] }], ["d"]],
    ["P15 replace with an empty list clears", [{ op: "replace", path: "members", value: [] }], []],
    [
      "R-52, P16 a replace of the name leaves members",
      [{ op: "Replace", value: { displayName: "T" } }],
      ["a", "b", "c"],
    ],
    ["R-44 adding a member again", [{ op: "Add", path: "members", value: [{ value: "a" }] }], ["a", "b", "c"]],
    ["R-44 removing nobody", [{ op: "Remove", path: "members", value: [{ value: "z" }] }], ["a", "b", "c"]],
    [
      "R-55 bare texts and null parts",
      [{ op: "Add", path: "members", value: ["d", { value: "e", $ref: null, display: null }] }],
      ["a", "b", "c", "d", "e"],
    ],
    ["R-48 without a path", [{ op: "Add", value: { members: [{ value: "d" }] } }], ["a", "b", "c", "d"]],
    [
      "P26 the same member twice",
      [{ op: "add", path: "members", value: [{ value: "d" }, { value: "d" }] }],
      ["a", "b", "c", "d"],
    ],
    [
      "P3 in order",
      [
        { op: "remove", path: "members" },
        { op: "add", path: "members", value: [{ value: "b" }] },
      ],
      ["b"],
    ],
  ];

  test.each(cases)("%s", (_, operations, expected) => {
    expect(ids(on(...operations))).toEqual(expected);
  });

  test.each(cases)("%s: folded into a change of rows, the same", (_, operations, expected) => {
    const delta = foldDelta(parse(operations, groupType), "members");
    expect(delta).not.toBeNull();
    const kept = new Set(delta?.keep ? ids(group) : []);
    for (const id of delta?.remove ?? []) kept.delete(id);
    for (const id of delta?.add.keys() ?? []) kept.add(id);
    expect([...kept]).toEqual(expected);
  });

  test("P18 a member's value can't be replaced", () => {
    expect(() => parse([{ op: "replace", path: 'members[value eq "a"].value', value: "b" }], groupType)).toThrow(
      expect.objectContaining({ scimType: "mutability" }),
    );
  });

  test("T21 ten thousand members are read, one more is 413", () => {
    const many = (count: number) => [
      { op: "add", path: "members", value: Array.from({ length: count }, (_, at) => ({ value: `m${at}` })) },
    ];
    expect(parse(many(10_000), groupType)).toHaveLength(1);
    expect(() => parse(many(10_001), groupType)).toThrow(expect.objectContaining({ status: 413, scimType: "tooMany" }));
  });
});
