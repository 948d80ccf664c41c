import type { Attribute, ResourceType, Schema, Values } from "@/lib/scim/schema";
import { isObject } from "@/lib/scim/tolerance";

/** Characters of a request that the log keeps. */
const maxBody = 16_000;

/** Characters of an answer that the log keeps: a group may be long, and comes back with each of its changes. */
export const maxAnswer = 4_000;

const redacted = "(redacted)";

/** Names of what is never to be read again, in lower case: a password, and what the workspace's schemas never return (Q13, W19). */
export type Secrets = ReadonlySet<string>;

const always = ["password"];

function isHidden({ returned }: Attribute): boolean {
  return returned === "never";
}

/** The secrets of resource types. */
export function secretsOf(types: readonly ResourceType[]): Secrets {
  const attributes = types.flatMap((type) => schemasOf(type).flatMap((schema) => schema.attributes));
  const all = attributes.flatMap((attribute) => [attribute, ...attribute.subAttributes]);
  return new Set([...always, ...all.filter(isHidden).map(({ name }) => name.toLowerCase())]);
}

function schemasOf(type: ResourceType): Schema[] {
  return [type.schema, ...type.extensions.map(({ schema }) => schema)];
}

/** Whether a name, or the last part of a path, is a secret: `password`, `urn:…:User:password`, `car.code`. */
function isSecret(name: string, secrets: Secrets): boolean {
  return secrets.has(name.slice(Math.max(name.lastIndexOf(":"), name.lastIndexOf(".")) + 1).toLowerCase());
}

/** JSON with its secrets taken out, also those that stand as the `value` of an operation with their path. */
function clean(value: unknown, secrets: Secrets): unknown {
  if (Array.isArray(value)) return value.map((element) => clean(element, secrets));
  if (!isObject(value)) return value;
  const isOperation = Object.entries(value).some(
    ([name, path]) => name.toLowerCase() === "path" && typeof path === "string" && isSecret(path.trim(), secrets),
  );
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const isTaken = isSecret(name, secrets) || (isOperation && name.toLowerCase() === "value");
      return [name, isTaken ? redacted : clean(part, secrets)];
    }),
  );
}

/** A body as the log keeps it: without what should never be read again, without NUL, and cut. */
export function redact(body: string | null, secrets: Secrets, limit = maxBody): string | null {
  if (body === null) return null;
  const text = mayHold(body.slice(0, limit), secrets) ? cleaned(body, secrets) : body;
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return shown.replaceAll("\u0000", "\uFFFD");
}

/** Names can be written with escapes, so a backslash is reason enough to look. */
function mayHold(body: string, secrets: Secrets): boolean {
  const text = body.toLowerCase();
  return text.includes("\\u") || [...secrets].some((name) => text.includes(name));
}

function cleaned(body: string, secrets: Secrets): string {
  try {
    return JSON.stringify(clean(JSON.parse(body), secrets));
  } catch {
    return "(not kept: it is no JSON and may hold a password)";
  }
}

/** A resource's values without its secrets, for the audit log. */
export function withoutSecrets(values: Values, type: ResourceType): Values {
  const hidden = schemasOf(type).some(({ attributes }) =>
    attributes.some((attribute) => isHidden(attribute) || attribute.subAttributes.some(isHidden)),
  );
  return hidden ? (clean(values, secretsOf([type])) as Values) : values;
}
