import { beforeAll, expect, test } from "vitest";
import { openDnsServer } from "@/e2e/support/dns-server";
import { env } from "@/lib/env";
import fc from "@/scripts/testing/fast-check";
import { hunt } from "@/scripts/testing/hunt";
import { describeApi } from "./openapi";
import { type Filled, openFilled } from "./support";
import { endpoints } from "./table";

// Requests made from the OpenAPI document: fitting, at the edges, of a wrong type, with something missing or too much. Whatever is
// sent, the answer is one that the document tells of, fits its schema (support.ts checks each) and is never a 5xx.

type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
};
type Parameter = { name: string; in: string; schema: Schema };
type Operation = { parameters?: Parameter[]; requestBody?: { content: Record<string, { schema: Schema }> } };
type Described = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } };

/** Texts that have broken something somewhere. */
const nasty = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "ﬃ",
  '\'; DROP TABLE "Team"; --',
  "%",
  "__proto__",
  "../..",
  "a@b",
  "x".repeat(300),
];
const nastyText = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: "binary", maxLength: 30 }));
const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), nastyText, fc.constantFrom(-1, 0, 1.5, 1e308, 2 ** 53));

const addresses = fc.constantFrom("new@else.example", "LIN@else.example", "a@b", "@", "guest@else.example");
const urls = fc.constantFrom(
  "http://127.0.0.1:9/",
  "https://10.0.0.1/",
  "https://example.com/",
  "ftp://x",
  "https://[::1]/",
);
const times = fc.constantFrom(
  "2026-01-01T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "0000-01-01T00:00:00Z",
);

/** A text within the length that is asked for, often one that means something here. */
function textOf({ format, pattern, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<unknown> {
  if (format === "date-time" || pattern?.includes("T(?:")) return times;
  const edges = [minLength, minLength + 1, maxLength].map((length) => "x".repeat(Math.min(length, 2_000)));
  return fc.oneof(
    fc.string({ minLength, maxLength: Math.min(maxLength, 40) }),
    fc.constantFrom(...edges),
    addresses,
    urls,
  );
}

function numberOf({ minimum = -10, maximum = 10 }: Schema): fc.Arbitrary<unknown> {
  return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum));
}

function objectOf({ properties = {}, required = [] }: Schema, schemas: Described["components"]["schemas"]) {
  const fields = Object.entries(properties).map(([name, schema]) => [name, fitting(schema, schemas)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: required as never[] });
}

/** Values that fit a schema. */
function fitting(schema: Schema, schemas: Described["components"]["schemas"]): fc.Arbitrary<unknown> {
  if (schema.$ref) return fitting(schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, schemas);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => fitting(one, schemas)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const simple: Record<string, () => fc.Arbitrary<unknown>> = {
    string: () => textOf(schema),
    integer: () => numberOf(schema),
    boolean: () => fc.boolean(),
    array: () => fc.array(fitting(schema.items ?? {}, schemas), { maxLength: 4 }),
    object: () => objectOf(schema, schemas),
  };
  return simple[String(schema.type)]?.() ?? anything;
}

/** A body and what goes wrong with it: a field of another type, missing, or too many; or all of it. */
function broken(body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const edit = fc.record({
    how: fc.constantFrom("type", "missing", "extra"),
    which: fc.nat(10),
    value: anything,
    name: nastyText,
  });
  const edited = fc.tuple(body, edit).map(([value, { how, which, value: other, name }]) => {
    const fields = Object.entries((value ?? {}) as object);
    const [key] = fields[which % Math.max(fields.length, 1)] ?? [name];
    if (how === "missing") return Object.fromEntries(fields.filter(([field]) => field !== key));
    return Object.fromEntries([...fields, [how === "type" ? key : name, other]]);
  });
  return fc.oneof(edited, anything);
}

type Case = { id: string; places: string[]; query: Record<string, string>; body?: unknown };

/** Ids stand for rows of the workspace by name, so that a case can be kept. */
const places = fc.constantFrom(
  "managed",
  "group",
  "guest",
  "team",
  "domain",
  "webhook",
  "delivery",
  "nobody",
  "x",
  "%00",
  "%2F",
);

function caseOf(
  id: string,
  { parameters = [], requestBody }: Operation,
  schemas: Described["components"]["schemas"],
): fc.Arbitrary<Case> {
  const inQuery = parameters.filter((parameter) => parameter.in === "query");
  const fields = inQuery.map(
    ({ name, schema }) => [name, fc.oneof(fitting(schema, schemas).map(String), nastyText)] as const,
  );
  const query = fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>;
  const extra = fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(nastyText, nastyText, { maxKeys: 2 }) },
  );
  const schema = requestBody?.content["application/json"]?.schema;
  const fits = schema && fitting(schema, schemas);
  return fc.record({
    id: fc.constant(id),
    places: fc.array(places, { minLength: 2, maxLength: 2 }),
    query: fc.tuple(query, extra).map(([asked, more]) => ({ ...asked, ...more }) as Record<string, string>),
    ...(fits && { body: fc.oneof(fits, broken(fits)) }),
  });
}

let ours: Filled;
beforeAll(async () => {
  env().MUSTER_API_RATE = 0;
  env().MUSTER_DNS_SERVERS = [(await openDnsServer()).address];
  ours = await openFilled("fuzz");
});

test("whatever is sent, REST answers as its document says, and never with a 5xx", async () => {
  const { paths, components } = describeApi(endpoints) as Described;
  const known = endpoints.filter(({ access }) => access !== "nobody");
  const cases = known.map(({ id, method, path }) =>
    caseOf(id, paths[path]?.[method.toLowerCase()] ?? {}, components.schemas),
  );
  const statuses = new Map<number, number>();
  const check = async ({ id, places: [first = "", second = ""], query, body }: Case) => {
    const endpoint = known.find((one) => one.id === id);
    const idOf = (name: string) =>
      (ours.ids as Record<string, string>)[name] ?? (name === "nobody" ? "00000000-0000-7000-8000-000000000000" : name);
    const filled = [first, second].reduce((path, name) => path.replace(/\{\w+\}/, idOf(name)), endpoint?.path ?? "");
    const { status } = await ours.api(endpoint?.method ?? "", `${filled}?${new URLSearchParams(query)}`, body);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  await hunt("rest", fc.oneof(...cases), 1_500, check);
  // The hunt met successes and refusals of every kind that it was made for.
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 204, 400, 404, 409, 422]));
}, 120_000);
