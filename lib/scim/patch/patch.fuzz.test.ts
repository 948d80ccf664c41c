import { describe, expect, test } from "vitest";
import { groupType, userType } from "@/lib/provisioning/resources/columns";
import { isScimError } from "@/lib/scim/error";
import type { Values } from "@/lib/scim/schema/schema";
import fc from "@/scripts/testing/fast-check";
import { hunt } from "@/scripts/testing/hunt";
import { foldDelta } from "./delta";
import { type Operation, parsePatch } from "./operations";
import { applyPatch, isEqual } from "./patch";

// What holds of every PATCH (RFC 7644 §3.5.2): it is sequential, atomic, and idempotent where its paths name no element.

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
type Op = { op: string; path?: string; value?: unknown };

const parse = (Operations: Op[], type = userType) =>
  parsePatch({ schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations }, type, {
    notes: [],
    strict: false,
  });

/** The result, or null where the operations are refused. */
function tryApply(values: Values, operations: readonly Operation[]): Values | null {
  try {
    return applyPatch(values, operations);
  } catch (error) {
    if (isScimError(error)) return null;
    throw error;
  }
}

const texts = fc.constantFrom("a", "b", "Ä", "", "True");
const elements = fc.record(
  { value: texts, type: fc.constantFrom("work", "home", "WORK"), primary: fc.boolean() },
  { requiredKeys: ["value"], noNullPrototype: true },
);
const op = fc.constantFrom("add", "replace", "remove");
const simple = fc.record(
  {
    op,
    path: fc.constantFrom("title", "userName", "name.givenName", "active", `${enterprise}:department`),
    value: texts,
  },
  { noNullPrototype: true },
);
const lists = fc.record(
  { op, path: fc.constantFrom("emails", "phoneNumbers"), value: fc.array(elements, { maxLength: 3 }) },
  { noNullPrototype: true },
);
const complexes = fc.record(
  {
    op: fc.constantFrom("add", "replace"),
    path: fc.constantFrom("name"),
    value: fc.record({ givenName: texts, familyName: texts }, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);
const whole = fc.record(
  {
    op: fc.constantFrom("add", "replace"),
    value: fc.record(
      { title: texts, "name.familyName": texts, emails: fc.array(elements, { maxLength: 2 }) },
      { noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
);
const filtered = fc.record(
  {
    op,
    path: fc.constantFrom(
      'emails[type eq "work"].value',
      'emails[type eq "home"]',
      "emails[primary eq true].type",
      'emails[value eq "a"].primary',
      "emails[not (type pr)].value",
    ),
    value: fc.oneof(texts, elements),
  },
  { noNullPrototype: true },
);
const anything = fc.oneof(simple, lists, complexes, whole, filtered) as fc.Arbitrary<Op>;
const plain = fc.oneof(simple, lists, complexes, whole) as fc.Arbitrary<Op>;

const people = fc.record(
  {
    userName: fc.constant("ada"),
    active: fc.boolean(),
    title: fc.constantFrom("a", "b"),
    emails: fc.array(
      elements.filter(({ value }) => value !== ""),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: ["userName"], noNullPrototype: true },
);

/** Operations that are read; what a client may not say at all is the parsers' hunt. */
function readable(operations: Op[]): Operation[] | null {
  try {
    return parse(operations);
  } catch (error) {
    if (isScimError(error)) return null;
    throw error;
  }
}

describe("PATCH", () => {
  test(
    "P3 is sequential: two requests one after the other are one with the operations of both",
    { timeout: 120_000 },
    () =>
      hunt(
        "patch-sequential",
        fc.tuple(people, fc.array(anything, { maxLength: 3 }), fc.array(anything, { maxLength: 3 })),
        3_000,
        ([person, first, second]) => {
          const [one, two] = [readable(first), readable(second)];
          if (!one || !two) return;
          const middle = tryApply(person, one);
          expect(tryApply(person, [...one, ...two])).toEqual(middle && tryApply(middle, two));
        },
      ),
  );

  test(
    "P2, P8 is atomic, and what changes nothing is told by identity: the person before is never touched",
    { timeout: 120_000 },
    () =>
      hunt("patch-atomic", fc.tuple(people, fc.array(anything, { maxLength: 4 })), 3_000, ([person, given]) => {
        const operations = readable(given);
        if (!operations) return;
        const before = JSON.stringify(person);
        const after = tryApply(person, operations);
        expect(JSON.stringify(person)).toBe(before);
        if (after) expect(after === person).toBe(isEqual(after, person));
      }),
  );

  test("R-44 is idempotent where no path names an element by what the operation changes", { timeout: 120_000 }, () =>
    hunt("patch-idempotent", fc.tuple(people, plain), 3_000, ([person, given]) => {
      const operations = readable([given]);
      const once = operations && tryApply(person, operations);
      if (once) expect(tryApply(once, operations)).toBe(once);
    }),
  );

  test("P9 leaves at most one primary value, and no element without a value", { timeout: 120_000 }, () =>
    hunt("patch-primary", fc.array(anything, { maxLength: 5 }), 3_000, (given) => {
      const operations = readable(given);
      const after = operations && tryApply({ userName: "ada" }, operations);
      const emails = (after?.emails ?? []) as { primary?: boolean }[];
      expect(emails.filter(({ primary }) => primary === true).length).toBeLessThanOrEqual(1);
      expect(after?.emails).not.toEqual([]);
    }),
  );

  test("R-51, R-52 members folded into a change of rows come out as members in a list", { timeout: 120_000 }, () => {
    const ids = fc.constantFrom("a", "b", "c", "d", "e");
    const members = fc.array(
      ids.map((value) => ({ value })),
      { maxLength: 3 },
    );
    const operation = fc.oneof(
      fc.record({ op, path: fc.constant("members"), value: members }, { noNullPrototype: true }),
      fc.constant({ op: "remove", path: "members" }),
      ids.map((id) => ({ op: "remove", path: `members[value eq "${id}"]` })),
      members.map((value) => ({ op: "replace", value: { members: value } })),
    ) as fc.Arbitrary<Op>;
    return hunt("members-folded", fc.tuple(members, fc.array(operation, { maxLength: 6 })), 3_000, ([held, given]) => {
      const operations = parse(given, groupType);
      const group = { displayName: "G", members: [...new Map(held.map((one) => [one.value, one])).values()] };
      const list = (applyPatch(group, operations).members ?? []) as { value: string }[];
      const delta = foldDelta(operations, "members");
      const rows = new Set<string>(delta?.keep ? group.members.map(({ value }) => value) : []);
      for (const id of delta?.remove ?? []) rows.delete(id);
      for (const id of delta?.add.keys() ?? []) rows.add(id);
      expect([...rows].sort()).toEqual(list.map(({ value }) => value).sort());
    });
  });
});
