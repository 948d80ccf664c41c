import { readFileSync } from "node:fs";

// The models and enums of schema.prisma as types, to compare with the rows that statements are declared to return.

const schema = readFileSync("prisma/schema.prisma", "utf8");

/** Each enum as a union of its values. */
export const enums = new Map(
  [...schema.matchAll(/^enum (\w+) \{([^}]*)\}/gm)].map(([, name = "", values = ""]) => [
    name,
    [...values.matchAll(/^ {2}(\w+)$/gm)].map(([, value]) => `"${value}"`).join(" | "),
  ]),
);

const scalars: Record<string, string> = {
  String: "string",
  Int: "number",
  Float: "number",
  Boolean: "boolean",
  DateTime: "Date",
  Json: "object",
  Bytes: "Buffer",
};

function fieldsIn(body: string): Map<string, string> {
  const fields = [...body.matchAll(/^ {2}(\w+)\s+(\w+)(\[\])?(\?)?/gm)].flatMap(
    ([, name = "", type = "", list, optional]) => {
      const known = scalars[type] ?? enums.get(type);
      return known ? [[name, `${known}${list ?? ""}${optional ? " | null" : ""}`] as const] : [];
    },
  );
  return new Map(fields);
}

const models = new Map(
  [...schema.matchAll(/^model (\w+) \{([\s\S]*?)^\}/gm)].map(([, name = "", body = ""]) => [
    `${name}Model`,
    fieldsIn(body),
  ]),
);

/** The columns of a model by name, such as those of MembershipModel; null if there is no such model. */
export function modelNamed(name: string): Map<string, string> | null {
  return models.get(name) ?? null;
}
