import { afterEach, describe, expect, test } from "vitest";
import { groupType, userColumns, userType } from "@/lib/provisioning/resources/columns";
import { parseBulk } from "@/lib/scim/bulk/bulk";
import { parseFilter, parsePath } from "@/lib/scim/filter/parser";
import fc from "@/scripts/testing/fast-check";
import { hunt } from "@/scripts/testing/hunt";
import { findReferences, resolveReferences } from "./bulk/references";
import { isScimError } from "./error";
import { matches } from "./filter/match";
import { filterToSql, foldValues } from "./filter/sql";
import { parsePatch } from "./patch/operations";
import { applyPatch } from "./patch/patch";
import { parseListQuery, parseQuery } from "./query/list";
import { parseBody } from "./resource/body";
import { parseResource } from "./resource/resource";
import { segmentsOf } from "./route";
import type { Values } from "./schema/schema";

// Fifty thousand inputs to the parsers in `npm test`, a million in `npm run fuzz`: each ends in a result or in a 4xx of ours.

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const reading = () => ({ notes: [], strict: false });
const strictly = () => ({ notes: [], strict: true });

const ada: Values = {
  id: "00000000-0000-7000-8000-000000000001",
  userName: "ada@acme.test",
  active: true,
  name: { givenName: "Ada", familyName: "Osei" },
  emails: [
    { value: "ada@acme.test", type: "work", primary: true },
    { value: "a@home.test", type: "home" },
  ],
  [enterprise]: { department: "Ledger", manager: { value: "m1" } },
};

/** Runs a parser: its result, or null for a refusal. Anything else that is thrown is what the hunt is for. */
function attempt<Result>(parse: () => Result): Result | null {
  try {
    return parse();
  } catch (error) {
    if (isScimError(error) && error.status >= 400 && error.status < 500 && error.message !== "") return null;
    throw error;
  }
}

const names = fc.constantFrom(
  "userName",
  "USERNAME",
  "emails",
  "emails.value",
  "name",
  "name.givenName",
  "active",
  "meta",
  "meta.created",
  "id",
  "externalId",
  "schemas",
  "groups",
  "roles",
  "members",
  "members.value",
  "password",
  "title",
  "x509Certificates",
  "$ref",
  "value",
  "type",
  "primary",
  enterprise,
  `${enterprise}:manager`,
  `${enterprise}:manager.value`,
  `${enterprise}:`,
  "urn:x",
  "a.b.c",
  ".",
  "..",
  "",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
  "emails.__proto__",
  "name.constructor",
);
const literals = fc.oneof(
  fc.constantFrom(
    '"a"',
    '"',
    '""',
    "true",
    "True",
    "false",
    "null",
    "1",
    "-1e9",
    "1e999",
    "9007199254740993",
    '"\\u0000"',
    '"\\ud800"',
    '"2026-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59-14:00"',
    "bare",
    '"%_\\\\"',
  ),
  fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
);
const operators = fc.constantFrom(
  "eq",
  "Eq",
  "ne",
  "co",
  "sw",
  "ew",
  "gt",
  "ge",
  "lt",
  "le",
  "pr",
  "and",
  "or",
  "not",
  "xx",
);
const pieces = fc.oneof(
  names,
  literals,
  operators,
  fc.constantFrom("(", ")", "[", "]", "not (", " ", "\t", ",", ";", "\\", "\u0000", "é", "\u{1F642}"),
);
const texts = fc.oneof(
  { weight: 6, arbitrary: fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join(" ")) },
  { weight: 2, arbitrary: fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("(", "not(", "emails[", "a."), fc.nat(3_000))
      .map(([part, times]) => part.repeat(times)),
  },
);
/** Filters that are mostly right, so that what comes after the parser is reached, too. */
const wellFormed = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(names, operators, literals).map((parts) => parts.join(" ")),
    names.map((name) => `${name} pr`),
    fc.tuple(names, names, operators, literals).map(([list, ...rest]) => `${list}[${rest.join(" ")}]`),
    fc.tuple(tie("any"), fc.constantFrom("and", "or"), tie("any")).map((parts) => `(${parts.join(" ")})`),
    tie("any").map((inner) => `not (${inner})`),
  ),
})).any;

const keys = fc.oneof(
  names,
  fc.constantFrom("Operations", "op", "path", "value", "data", "bulkId", "method", "failOnErrors", "schemas"),
);
const leaves = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    "",
    "True",
    "x",
    0,
    -1,
    1.5,
    1e21,
    "bulkId:a",
    "add",
    "Replace",
    "remove",
    "2026-01-01T00:00:00Z",
    '{"value":"admin"}',
    "\u0000",
  ),
  fc.string({ maxLength: 8 }),
);
const json = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    leaves,
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(keys, tie("any"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).any;
const patchOperation = fc.record(
  {
    op: fc.constantFrom("add", "Replace", "remove", "REMOVE", "x"),
    path: fc.oneof(names, texts, wellFormed),
    value: json,
  },
  { requiredKeys: ["op"], noNullPrototype: true },
);
const message = (name: string) => [`urn:ietf:params:scim:api:messages:2.0:${name}`];

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).admin).toBeUndefined();
});

describe("every input to a parser ends in a result or a 4xx", () => {
  test("F19, F21, T18, T19 filters", { timeout: 120_000 }, () =>
    hunt("filters", fc.oneof(texts, wellFormed), 16_000, (text) => {
      for (const [type, unknown] of [
        [userType, "refused"],
        [userType, "absent"],
        [groupType, "absent"],
      ] as const) {
        const filter = attempt(() => parseFilter(text, type, unknown));
        if (!filter) continue;
        matches(filter, ada);
        if (type === userType) filterToSql(filter, userColumns("http://muster.test/scim/v2"), 1);
      }
    }),
  );

  test("P6, P23, T20 paths of PATCH", { timeout: 120_000 }, () =>
    hunt(
      "paths",
      fc.oneof(
        names,
        texts,
        wellFormed,
        fc.tuple(wellFormed, names).map((parts) => parts.join(".")),
      ),
      10_000,
      (text) => {
        attempt(() => parsePath(text, userType));
        attempt(() => parsePath(text, groupType));
      },
    ),
  );

  test("T21 bodies: bytes of any kind", { timeout: 120_000 }, () =>
    hunt(
      "bodies",
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 80 }),
        fc
          .array(
            fc.constantFrom(
              "{",
              "}",
              "[",
              "]",
              ":",
              ",",
              '"',
              '"a"',
              '"__proto__"',
              "1",
              "null",
              "\\u0000",
              "\\",
              " ",
              "é",
            ),
            { maxLength: 30 },
          )
          .map((parts) => parts.join("")),
        json.map((value) => JSON.stringify(value)),
      ),
      8_000,
      (text) => {
        const body = attempt(() => parseBody(Buffer.from(text, "utf8"), "application/scim+json"));
        if (body) attempt(() => parseResource(body, userType, reading()));
      },
    ),
  );

  test("P1–P26, T20 PATCH bodies, parsed and applied", { timeout: 120_000 }, () => {
    const frozen = freeze(structuredClone(ada));
    return hunt(
      "patches",
      fc.oneof(fc.array(patchOperation, { maxLength: 5 }), fc.array(json, { maxLength: 3 })),
      8_000,
      (operations) => {
        const bytes = Buffer.from(JSON.stringify({ schemas: message("PatchOp"), Operations: operations }));
        const body = attempt(() => parseBody(bytes, undefined));
        for (const read of body === null ? [] : [reading(), strictly()]) {
          const parsed = attempt(() => parsePatch(body, userType, read)) ?? [];
          foldValues(attempt(() => applyPatch(frozen, parsed)) ?? {}, userType);
        }
      },
    );
  });

  test("W11–W13, T20, T22 resources", { timeout: 120_000 }, () =>
    hunt("resources", json, 6_000, (body) => {
      for (const type of [userType, groupType])
        for (const read of [reading(), strictly()]) attempt(() => parseResource(body, type, read));
    }),
  );

  test("K4, K6 Bulk bodies and their references", { timeout: 120_000 }, () =>
    hunt("bulks", fc.array(json, { maxLength: 5 }), 1_000, (operations) => {
      attempt(() => parseBulk({ schemas: message("BulkRequest"), Operations: operations }, 4));
      findReferences(operations, ["a", "x"]);
      resolveReferences(operations, new Map([["a", "1"]]));
    }),
  );

  test("Q8, T17 queries and paths of requests", { timeout: 120_000 }, () =>
    hunt(
      "queries",
      fc.tuple(
        fc.constantFrom(
          "filter",
          "sortBy",
          "attributes",
          "excludedAttributes",
          "count",
          "startIndex",
          "cursor",
          "x",
          "FILTER",
        ),
        texts,
      ),
      1_000,
      ([name, text]) => {
        const query = parseQuery(`${name}=${encodeURIComponent(text.replace(/\p{Surrogate}/gu, ""))}&${name}=1`);
        attempt(() => parseListQuery(query, userType, "/Users", { seal: (sealed) => sealed, open: () => null }));
        attempt(() => segmentsOf(`/${text}`));
      },
    ),
  );
});

function freeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) freeze(part);
    Object.freeze(value);
  }
  return value;
}
