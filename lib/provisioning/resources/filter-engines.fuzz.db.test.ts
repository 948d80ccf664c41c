import { beforeAll, describe, expect, test } from "vitest";
import { all, statement } from "@/lib/db";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { matches } from "@/lib/scim/filter/match";
import { parseFilter } from "@/lib/scim/filter/parser";
import { filterToSql } from "@/lib/scim/filter/sql";
import type { Attribute, ResourceType } from "@/lib/scim/schema/schema";
import { common } from "@/lib/scim/schemas/common";
import fc from "@/scripts/testing/fast-check";
import { hunt } from "@/scripts/testing/hunt";
import { userColumns } from "./columns";
import { findRegistry } from "./registry";
import { declareSchemaExtension } from "./schema-extensions";
import { scimBase } from "./scim-base";

// F1–F24: generated filters over generated people, in memory and in PostgreSQL: twenty thousand without a disagreement.

const acme = "urn:acme:params:scim:schemas:extension:acme:1.0:User";

/** One attribute of each kind that the built-in schemas have not. */
const extension = {
  id: acme,
  name: "AcmeUser",
  attributes: [
    { name: "code", type: "string", caseExact: true },
    { name: "floor", type: "integer" },
    { name: "share", type: "decimal" },
    { name: "remote", type: "boolean" },
    { name: "since", type: "dateTime" },
    { name: "tags", type: "string", multiValued: true },
    { name: "levels", type: "integer", multiValued: true },
    { name: "days", type: "dateTime", multiValued: true },
    {
      name: "car",
      type: "complex",
      subAttributes: [{ name: "plate" }, { name: "seats", type: "integer" }, { name: "sold", type: "dateTime" }],
    },
    {
      name: "skills",
      type: "complex",
      multiValued: true,
      subAttributes: [
        { name: "value" },
        { name: "type" },
        { name: "primary", type: "boolean" },
        { name: "level", type: "integer" },
      ],
    },
  ],
};

const texts = fc.constantFrom(
  "a",
  "A",
  "ä",
  "Ä",
  "zoë",
  "work",
  "Work",
  "%",
  "_",
  "\\",
  "'",
  '"',
  "50%_off\\",
  "𐐷",
  "\uffee",
  "ﬁ",
  "ß",
  " ",
  "x@y.test",
  "true",
  "9",
  "10",
);
const numbers = fc.constantFrom(-1, 0, 1, 3, 9, 10, 100);
const decimals = fc.constantFrom(-0.5, 0, 1.5, 2, 10.25);
const times = fc.constantFrom(
  "2026-01-01T00:00:00Z",
  "2025-12-31T19:00:00-05:00",
  "2026-01-01T00:00:00.001Z",
  "1999-12-31T23:59:59.9999Z",
  "2026-06-01T00:00:00+02:00",
);
const byType: Record<Attribute["type"], fc.Arbitrary<unknown>> = {
  string: texts,
  reference: texts,
  binary: fc.constantFrom("AAAA", "BBBB", "aaaa"),
  boolean: fc.boolean(),
  integer: numbers,
  decimal: decimals,
  dateTime: times,
  complex: fc.constant({}),
};

/** A value for an attribute, as a client sends it. */
function arbitraryOf(attribute: Attribute): fc.Arbitrary<unknown> {
  const one =
    attribute.type === "complex"
      ? fc.record(Object.fromEntries(attribute.subAttributes.map((sub) => [sub.name, arbitraryOf(sub)])), {
          requiredKeys: [],
          noNullPrototype: true,
        })
      : byType[attribute.type];
  return attribute.multiValued ? fc.array(one, { maxLength: 3 }) : one;
}

function recordOf(attributes: readonly Attribute[]): fc.Arbitrary<Record<string, unknown>> {
  const writable = attributes.filter(({ mutability, name }) => mutability === "readWrite" && name !== "userName");
  return fc.record(Object.fromEntries(writable.map((one) => [one.name, arbitraryOf(one)])), {
    requiredKeys: [],
    noNullPrototype: true,
  });
}

function personOf(type: ResourceType): fc.Arbitrary<Record<string, unknown>> {
  const extensions = Object.fromEntries(type.extensions.map(({ schema }) => [schema.id, recordOf(schema.attributes)]));
  const externalId = fc.option(texts, { nil: undefined });
  return fc
    .tuple(
      recordOf(type.schema.attributes),
      fc.record(extensions, { requiredKeys: [], noNullPrototype: true }),
      externalId,
    )
    .map(([core, more, id]) => ({ ...core, ...more, externalId: id }));
}

// ── Filters ────────────────────────────────────────────────────────────────

/** What a client may compare a type by. */
function operatorsOf({ type }: Attribute): string[] {
  const textual = ["eq", "ne", "co", "sw", "ew"];
  if (type === "boolean") return ["eq", "ne"];
  if (type === "binary") return textual;
  return type === "string" || type === "reference"
    ? [...textual, "gt", "ge", "lt", "le"]
    : ["eq", "ne", "gt", "ge", "lt", "le"];
}

function comparison(path: string, attribute: Attribute): fc.Arbitrary<string> {
  const literal = byType[attribute.type].map((value) => JSON.stringify(value));
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...operatorsOf(attribute)), literal)
        .map(([word, text]) => `${path} ${word} ${text}`),
    },
    { weight: 1, arbitrary: fc.constantFrom(`${path} pr`, `${path} eq null`, `${path} ne null`) },
  );
}

function termsOf(attribute: Attribute, prefix: string): fc.Arbitrary<string>[] {
  const path = `${prefix}${attribute.name}`;
  if (attribute.type !== "complex") return [comparison(path, attribute)];
  const parts = attribute.subAttributes;
  const value = parts.find(({ name }) => name === "value");
  const plain = [
    ...parts.map((sub) => comparison(`${path}.${sub.name}`, sub)),
    ...(value ? [comparison(path, value)] : []),
    fc.constant(`${path} pr`),
  ];
  if (!attribute.multiValued || attribute.name === "groups") return plain;
  const inner = fc.oneof(...parts.map((sub) => comparison(sub.name, sub)));
  const both = fc.tuple(inner, fc.constantFrom("and", "or"), inner).map((words) => words.join(" "));
  const within = fc.oneof(
    inner,
    both,
    both.map((text) => `not (${text})`),
    fc.tuple(both, inner).map(([left, right]) => `(${left}) and ${right}`),
  );
  return [
    ...plain,
    within.map((text) => `${path}[${text}]`),
    ...(value ? [fc.tuple(within, comparison("", value)).map(([text, rest]) => `${path}[${text}].value${rest}`)] : []),
  ];
}

function filterOf(type: ResourceType): fc.Arbitrary<string> {
  const terms = [
    ...[...type.schema.attributes, ...common].flatMap((attribute) => termsOf(attribute, "")),
    ...type.extensions.flatMap(({ schema }) =>
      schema.attributes.flatMap((attribute) => termsOf(attribute, `${schema.id}:`)),
    ),
  ];
  return fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      { weight: 3, arbitrary: fc.oneof(...terms) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(tie("any"), fc.constantFrom("and", "or", "AND"), tie("any"))
          .map((words) => words.join(" ")),
      },
      { weight: 1, arbitrary: tie("any").map((inner) => `(${inner})`) },
      { weight: 1, arbitrary: tie("any").map((inner) => `not (${inner})`) },
    ),
  })).any;
}

// ── The comparison ─────────────────────────────────────────────────────────

/** Filters of one statement: each is a column of it, and every person a row. */
const batch = 25;

describe("filters", () => {
  let workspace: TestWorkspace;
  let type: ResourceType;
  let people: Record<string, unknown>[] = [];

  beforeAll(async () => {
    workspace = await openWorkspace("engines");
    await declareSchemaExtension(workspace.operator, "User", extension, false);
    const { stores } = await findRegistry({ workspaceId: workspace.id, settingsVersion: -1 });
    type = stores[0]?.type as ResourceType;
    for (const [index, person] of fc.sample(personOf(type), { numRuns: 60, seed: 20_261_125 }).entries()) {
      const { status, body } = await workspace.scim(
        "POST",
        "/Users",
        userBody(`${index % 2 ? "P" : "p"}${index}@${workspace.domain}`, person),
      );
      expect(status, JSON.stringify(body)).toBe(201);
    }
    people = (await workspace.scim("GET", "/Users?count=1000")).body.Resources as Record<string, unknown>[];
  });

  test("F1–F24, T18 twenty thousand filters find the same people in memory and in PostgreSQL", {
    timeout: 300_000,
  }, async () => {
    let nonTrivial = 0;
    await hunt(
      "filter-engines",
      fc.array(filterOf(type), { minLength: batch, maxLength: batch }),
      20_000 / batch,
      async (texts) => {
        const filters = texts
          .filter((text) => text.length <= 2_048)
          .map((text) => ({ text, filter: parseFilter(text, type) }));
        const values: unknown[] = [workspace.id];
        const columns = filters.map(({ filter }, index) => {
          const compiled = filterToSql(filter, userColumns(scimBase()), values.length);
          values.push(...compiled.values);
          return `coalesce(${compiled.text}, false) AS f${index}`;
        });
        const rows = await all<Record<string, unknown>>(
          statement(
            `SELECT m.id, ${columns.join(", ")} FROM "Membership" m WHERE m."workspaceId" = $1 AND m.state <> 'ended'`,
            values,
          ),
        );
        for (const [index, { text, filter }] of filters.entries()) {
          const inMemory = people.filter((person) => matches(filter, person)).map(({ id }) => id);
          const inSql = rows.filter((row) => row[`f${index}`] === true).map(({ id }) => id);
          expect(inSql.sort(), text).toEqual(inMemory.sort());
          if (inMemory.length > 0 && inMemory.length < people.length) nonTrivial++;
        }
      },
    );
    expect(nonTrivial).toBeGreaterThan(5_000);
  });
});
