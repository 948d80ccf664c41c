import { isObject } from "@/lib/scim/json";
import type { AttributePath } from "@/lib/scim/schema/path";
import type { Attribute, ResourceType, Values } from "@/lib/scim/schema/schema";
import { fold, instant } from "@/lib/scim/text";
import type { Filter, Operator } from "./filter";

/** Where an attribute is stored. Expressions are trusted text from the caller; only literals come from a client. */
export type Location =
  /**
   * A scalar expression in comparable form. `uuid` and `time` are compared as such; for a text that may be long, an index holds the first
   * `indexed` characters.
   */
  | { kind: "column"; sql: string; type?: "uuid" | "time"; indexed?: number }
  /** In a JSONB document of folded values, under its own name. */
  | { kind: "document"; sql: string }
  /** An array of texts. */
  | { kind: "array"; sql: string }
  /**
   * Rows of another table: `from` with its join condition, and an expression for each sub-attribute; `id` is the indexed id of the value.
   */
  | { kind: "rows"; from: string; columns: Record<string, string>; id: string };

export type Columns = (path: AttributePath) => Location;

/** A condition with its parameters, numbered from the caller's offset. */
export type Compiled = { text: string; values: unknown[] };

/** How many terms of a filter examine every value of a list: of a list in a document, and of rows in another table. */
export type Walks = { lists: number; rows: number };

/**
 * Compiles a filter to a PostgreSQL condition; the caller adds the workspace's condition. The first `offset` parameters are the caller's.
 */
export function filterToSql(filter: Filter, columns: Columns, offset: number): Compiled & { walks: Walks } {
  const compiler = new Compiler(columns, offset);
  return { text: compiler.condition(filter), values: compiler.values, walks: compiler.walks };
}

const signs: Record<"eq" | "ne" | "gt" | "ge" | "lt" | "le", string> = {
  eq: "=",
  ne: "<>",
  gt: ">",
  ge: ">=",
  lt: "<",
  le: "<=",
};

/** `%`, `_` and `\` in a literal match themselves (T18). */
function likePattern(operator: "co" | "sw" | "ew", value: string): string {
  const literal = value.replace(/[\\%_]/g, "\\$&");
  return `${operator === "sw" ? "" : "%"}${literal}${operator === "ew" ? "" : "%"}`;
}

function quote(name: string): string {
  return `'${name.replaceAll("'", "''")}'`;
}

class Compiler {
  readonly values: unknown[] = [];
  readonly walks: Walks = { lists: 0, rows: 0 };
  readonly #columns: Columns;
  readonly #offset: number;
  #aliases = 0;

  constructor(columns: Columns, offset: number) {
    this.#columns = columns;
    this.#offset = offset;
  }

  #parameter(value: unknown): string {
    this.values.push(value);
    return `$${this.#offset + this.values.length}`;
  }

  condition(filter: Filter): string {
    switch (filter.kind) {
      case "and":
      case "or":
        return `(${this.condition(filter.left)} ${filter.kind.toUpperCase()} ${this.condition(filter.right)})`;
      case "not":
        // Three-valued logic ends here: an unassigned attribute doesn't match, so its negation does.
        return `NOT coalesce(${this.condition(filter.filter)}, false)`;
      case "present":
      case "compare":
        return this.#attribute(filter);
      case "valuePath":
        return this.#valuePath(filter);
      case "absent":
        return "false";
      default:
        return filter satisfies never;
    }
  }

  #attribute(filter: Extract<Filter, { kind: "present" | "compare" }>): string {
    const { path } = filter;
    const location = this.#columns(path);
    switch (location.kind) {
      case "column":
        return this.#scalar(filter, location);
      case "document":
        return path.attribute.multiValued ? this.#inList(filter, location.sql) : this.#inDocument(filter, location.sql);
      case "array":
        return this.#inArray(filter, location.sql);
      case "rows":
        return this.#inRows(filter, location);
      default:
        return location satisfies never;
    }
  }

  #scalar(
    filter: Extract<Filter, { kind: "present" | "compare" }>,
    location: Extract<Location, { kind: "column" }>,
  ): string {
    if (filter.kind === "present") return `${location.sql} IS NOT NULL`;
    if (location.type === "uuid") return this.#identifier(filter, location.sql);
    if (location.type === "time") {
      return `${location.sql} ${signs[filter.operator as keyof typeof signs]} ${this.#parameter(filter.value)}::timestamptz`;
    }
    if (location.indexed !== undefined && filter.operator === "eq") return this.#begins(location, filter.value);
    return this.#compare(location.sql, filter);
  }

  /** Equality of a text, using the index on its first characters. */
  #begins({ sql, indexed }: Extract<Location, { kind: "column" }>, value: unknown): string {
    const parameter = `${this.#parameter(value)} COLLATE "C"`;
    return `(left(${sql}, ${indexed}) = left(${parameter}, ${indexed}) AND ${sql} = ${parameter})`;
  }

  /** `eq` uses an index on the id; text that is not a canonical UUID matches no id. */
  #identifier(filter: Extract<Filter, { kind: "compare" }>, sql: string): string {
    if (filter.operator !== "eq") return this.#compare(`${sql}::text`, filter);
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(String(filter.value));
    return isUuid ? `${sql} = ${this.#parameter(filter.value)}::uuid` : "false";
  }

  /** One comparison on a text, number or boolean expression. */
  #compare(sql: string, { operator, value }: { operator: Operator; value: unknown }): string {
    if (operator === "co" || operator === "sw" || operator === "ew") {
      return `${sql} LIKE ${this.#parameter(likePattern(operator, String(value)))}`;
    }
    const collation = typeof value === "string" ? ' COLLATE "C"' : "";
    return `${sql} ${signs[operator]} ${this.#parameter(value)}${collation}`;
  }

  /** A single value in a document; equality becomes containment, which a GIN index supports. */
  #inDocument(filter: Extract<Filter, { kind: "present" | "compare" }>, document: string): string {
    const { extension, attribute, sub } = filter.path;
    const names = [...(extension === null ? [] : [extension]), attribute.name, ...(sub === null ? [] : [sub.name])];
    if (filter.kind === "present") return `${document} #> ${this.#parameter(names)}::text[] IS NOT NULL`;
    if (filter.operator === "eq") {
      const shape = names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), filter.value);
      return `${document} @> ${this.#parameter(JSON.stringify(shape))}::jsonb`;
    }
    return this.#compare(typed(`(${document} #>> ${this.#parameter(names)}::text[])`, filter.value), filter);
  }

  /** Any element of a list in a document. */
  #inList(filter: Extract<Filter, { kind: "present" | "compare" }>, document: string): string {
    const { extension, attribute, sub } = filter.path;
    const names = [...(extension === null ? [] : [extension]), attribute.name];
    if (filter.kind === "present" && sub === null)
      return `${document} #> ${this.#parameter(names)}::text[] IS NOT NULL`;
    if (filter.kind === "compare" && filter.operator === "eq") {
      const element = sub === null ? filter.value : { [sub.name]: filter.value };
      const shape = names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), [element]);
      return `${document} @> ${this.#parameter(JSON.stringify(shape))}::jsonb`;
    }
    this.walks.lists++;
    return this.#existsElement(document, names, (element) => this.#ofElement(filter, sub, element));
  }

  #existsElement(document: string, names: string[], condition: (element: string) => string): string {
    const element = `e${++this.#aliases}`;
    const list = `jsonb_path_query(${document}, ${this.#parameter(`$.${names.map((name) => JSON.stringify(name)).join(".")}[*]`)}::jsonpath)`;
    return `EXISTS (SELECT 1 FROM ${list} AS ${element} WHERE ${condition(element)})`;
  }

  /** A condition on one element of a list: on one of its sub-attributes, or on the element itself. */
  #ofElement(filter: Extract<Filter, { kind: "present" | "compare" }>, sub: Attribute | null, element: string): string {
    if (filter.kind === "present") return sub === null ? "true" : `${element} ? ${quote(sub.name)}`;
    const text = sub === null ? `(${element} #>> '{}')` : `(${element} ->> ${quote(sub.name)})`;
    return this.#compare(typed(text, filter.value), filter);
  }

  #inArray(filter: Extract<Filter, { kind: "present" | "compare" }>, sql: string): string {
    if (filter.kind === "present") return "true";
    if (filter.operator === "eq") return `${this.#parameter(filter.value)} = ANY(${sql})`;
    const element = `e${++this.#aliases}`;
    return `EXISTS (SELECT 1 FROM unnest(${sql}) AS ${element} WHERE ${this.#compare(element, filter)})`;
  }

  #inRows(
    filter: Extract<Filter, { kind: "present" | "compare" }>,
    location: Extract<Location, { kind: "rows" }>,
  ): string {
    const { sub } = filter.path;
    const { from } = location;
    if (filter.kind === "present" && sub === null) return `EXISTS (SELECT 1 FROM ${from})`;
    return `EXISTS (SELECT 1 FROM ${from} AND ${this.#ofRow(filter, sub?.name ?? "value", location)})`;
  }

  #ofRow(
    filter: Extract<Filter, { kind: "present" | "compare" }>,
    name: string,
    { columns, id }: Extract<Location, { kind: "rows" }>,
  ): string {
    if (filter.kind === "compare" && filter.operator === "eq" && name === "value") return this.#identifier(filter, id);
    const sql = columns[name];
    if (sql === undefined) return "false";
    this.walks.rows++;
    if (filter.kind === "present") return `${sql} IS NOT NULL`;
    return this.#compare(sql, filter);
  }

  /** One element must satisfy all conditions of a value path (F13). */
  #valuePath({ path, filter }: Extract<Filter, { kind: "valuePath" }>): string {
    const location = this.#columns(path);
    if (location.kind === "rows")
      return `EXISTS (SELECT 1 FROM ${location.from} AND ${this.#within(filter, (leaf) => this.#ofRow(leaf, leaf.path.attribute.name, location))})`;
    if (location.kind !== "document") throw new Error(`${path.attribute.name} is not kept as a list`);
    const names = [...(path.extension === null ? [] : [path.extension]), path.attribute.name];
    const element = equalities(filter);
    if (element !== null) {
      const shape = names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), [element]);
      return `${location.sql} @> ${this.#parameter(JSON.stringify(shape))}::jsonb`;
    }
    return this.#existsElement(location.sql, names, (alias) =>
      this.#within(filter, (leaf) => {
        this.walks.lists++;
        return this.#ofElement(leaf, leaf.path.attribute, alias);
      }),
    );
  }

  /** A filter on one element; `leaf` compiles its leaves. */
  #within(filter: Filter, leaf: (filter: Extract<Filter, { kind: "present" | "compare" }>) => string): string {
    switch (filter.kind) {
      case "and":
      case "or":
        return `(${this.#within(filter.left, leaf)} ${filter.kind.toUpperCase()} ${this.#within(filter.right, leaf)})`;
      case "not":
        return `NOT coalesce(${this.#within(filter.filter, leaf)}, false)`;
      case "present":
      case "compare":
        return leaf(filter);
      case "valuePath":
      case "absent":
        throw new Error(`${filter.kind} does not stand inside a value path`);
      default:
        return filter satisfies never;
    }
  }
}

/** Casts a JSON text to the type of the literal it is compared with. */
function typed(text: string, value: unknown): string {
  if (typeof value === "number") return `${text}::numeric`;
  return typeof value === "boolean" ? `${text}::boolean` : `${text} COLLATE "C"`;
}

/** The element that a conjunction of equalities describes, or null if the filter is anything else. */
function equalities(filter: Filter): Values | null {
  if (filter.kind === "and") {
    const [left, right] = [equalities(filter.left), equalities(filter.right)];
    const isTwice = left && right && Object.keys(left).some((name) => name in right);
    return left && right && !isTwice ? { ...left, ...right } : null;
  }
  const isEquality = filter.kind === "compare" && filter.operator === "eq";
  return isEquality ? { [filter.path.attribute.name]: filter.value } : null;
}

/** The folded copy of a resource's values for filters: texts folded if case doesn't matter, instants as UTC text. */
export function foldValues(values: Values, type: ResourceType): Values {
  const folded = foldAll(values, type.schema.attributes);
  for (const { schema } of type.extensions) {
    const held = values[schema.id];
    if (isObject(held)) folded[schema.id] = foldAll(held, schema.attributes);
  }
  return folded;
}

function foldAll(values: Values, attributes: readonly Attribute[]): Values {
  const folded: Values = {};
  for (const attribute of attributes) {
    const value = values[attribute.name];
    if (value !== undefined) folded[attribute.name] = foldOne(value, attribute);
  }
  return folded;
}

function foldOne(value: unknown, attribute: Attribute): unknown {
  if (Array.isArray(value)) return value.map((element) => foldOne(element, attribute));
  if (isObject(value)) return foldAll(value, attribute.subAttributes);
  if (typeof value !== "string") return value;
  if (attribute.type === "dateTime") return instant(value) ?? value;
  return attribute.caseExact ? value : fold(value);
}
