import { isObject } from "@/lib/scim/json";
import type { Attribute, ResourceType, Schema, Values } from "@/lib/scim/schema/schema";
import { cutText } from "@/lib/text";
import { isSecretName, mayHoldSecret, redacted, redactFilter, redactText } from "./secret-text";

/** Characters of a request body that the log keeps. */
const maxBody = 16_000;

/** Characters of a response body that the log keeps: a group can be long, and is sent back with each change. */
export const maxAnswer = 4_000;

/**
 * Lower-case names of attributes that must never be readable again: the password, and every attribute that the workspace's schemas never
 * return (Q13, W19).
 */
export type Secrets = ReadonlySet<string>;

function isHidden({ returned }: Attribute): boolean {
  return returned === "never";
}

/** The secrets of resource types. */
export function secretsOf(types: readonly ResourceType[]): Secrets {
  const attributes = types.flatMap((type) => schemasOf(type).flatMap((schema) => schema.attributes));
  const all = attributes.flatMap((attribute) => [attribute, ...attribute.subAttributes]);
  return new Set(all.filter(isHidden).map(({ name }) => name.toLowerCase()));
}

function schemasOf(type: ResourceType): Schema[] {
  return [type.schema, ...type.extensions.map(({ schema }) => schema)];
}

/** Members that name the attribute of the `value` next to them. */
const namesValue = new Set(["path", "name", "key", "attribute"]);

/** Members that hold or may hold a filter. */
const holdsFilter = new Set(["filter", "path"]);

/** Removes secrets from JSON: by name, by the name next to a value, and inside texts. */
function clean(value: unknown, secrets: Secrets): unknown {
  if (typeof value === "string") return cleanText(value, secrets);
  if (Array.isArray(value)) return value.map((element) => clean(element, secrets));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, part]) => ({ name, key: name.toLowerCase(), part }));
  const isOfSecret = members.some(
    ({ key, part }) => namesValue.has(key) && typeof part === "string" && isSecretName(part, secrets),
  );
  return Object.fromEntries(
    members.map(({ name, key, part }) => {
      const isTaken = isSecretName(name, secrets) || (isOfSecret && key === "value");
      return [redactText(name, secrets), isTaken ? redacted : cleanMember(key, part, secrets)];
    }),
  );
}

function cleanMember(key: string, part: unknown, secrets: Secrets): unknown {
  return holdsFilter.has(key) && typeof part === "string" ? redactFilter(part, secrets) : clean(part, secrets);
}

/** A text may itself be JSON, such as Entra's app roles. */
function cleanText(text: string, secrets: Secrets): string {
  if (!mayHoldSecret(text, secrets)) return text;
  const isPacked = /^\s*[{[]/.test(text);
  const inner = isPacked ? readJson(text) : undefined;
  return inner === undefined ? redactText(text, secrets) : JSON.stringify(clean(inner, secrets));
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A body as the log keeps it: without secrets, without NUL, and cut. */
export function redact(body: string | null, secrets: Secrets, limit = maxBody): string | null {
  if (body === null) return null;
  const text = mayHoldSecret(body.slice(0, limit), secrets) ? cleaned(body, secrets) : body;
  const kept = text.length > limit ? `${cutText(text, limit)}…` : text;
  return kept.replaceAll("\u0000", "\uFFFD");
}

function cleaned(body: string, secrets: Secrets): string {
  const json = readJson(body);
  return json === undefined
    ? "(not kept: it is no JSON and may hold a password)"
    : JSON.stringify(clean(json, secrets));
}

/** A resource's values without its secrets, for the audit log. */
export function withoutSecrets(values: Values, type: ResourceType): Values {
  const hidden = schemasOf(type).some(({ attributes }) =>
    attributes.some((attribute) => isHidden(attribute) || attribute.subAttributes.some(isHidden)),
  );
  return hidden ? (clean(values, secretsOf([type])) as Values) : values;
}
