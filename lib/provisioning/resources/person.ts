import type { Role } from "@/lib/db";
import { withoutSecrets } from "@/lib/provisioning/http/redact";
import { badRequest } from "@/lib/scim/error";
import { foldValues } from "@/lib/scim/filter/sql";
import { isObject } from "@/lib/scim/json";
import { isEqual } from "@/lib/scim/patch/patch";
import type { ParsedResource } from "@/lib/scim/resource/resource";
import type { ResourceType, Values } from "@/lib/scim/schema/schema";
import { musterUser } from "@/lib/scim/schemas/muster-user";
import { fold, whyInvisible } from "@/lib/scim/text";
import type { NewPerson, Person, PersonChange } from "@/lib/workspace/members/person";
import { checkSize } from "./resource-size";
import { uniqueKey } from "./unique-key";

// Translates the values of a SCIM User into changes of the workspace.

function elementsOf(values: Values, name: string): Record<string, unknown>[] {
  const list = values[name];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** userName, primary email, work email: the candidates for a login email address (D-22). */
function candidatesOf(values: Values): string[] {
  const emails = elementsOf(values, "emails");
  const primary = emails.find((email) => email.primary === true);
  const work = emails.find((email) => typeof email.type === "string" && email.type.toLowerCase() === "work");
  const found = [values.userName, primary?.value, work?.value];
  return [...new Set(found.filter((value) => typeof value === "string"))];
}

/** The role in `roles` and `appRole`: admin wins, unknown words mean member, and no word means no role (T06). */
function namedRole(values: Values): Role | null {
  const extension = values[musterUser.id];
  const appRole = isObject(extension) ? extension.appRole : undefined;
  const words = [...elementsOf(values, "roles").map(({ value }) => value), appRole].filter(
    (word) => typeof word === "string",
  );
  if (words.length === 0) return null;
  return words.some((word) => fold(word.trim()) === "admin") ? "admin" : "member";
}

/** Whether values name no role, or the person's current one. */
export function isInRole({ role }: { role: Role }, values: Values): boolean {
  const named = namedRole(values);
  return named === null || named === role;
}

/** The person that values describe; `active` is undefined if they don't set it, `saidRole` if the role isn't set anew. */
function toPerson(
  values: Values,
  type: ResourceType,
  active: boolean | undefined,
  saidRole: Role | null | undefined,
): Person {
  const { userName, externalId, active: _active, groups: _groups, ...attributes } = values;
  const name = isObject(values.name) ? values.name : {};
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return {
    userName: text(userName),
    userNameKey: uniqueKey("userName", text(userName)),
    externalId: typeof externalId === "string" ? externalId : null,
    givenName: text(name.givenName),
    familyName: text(name.familyName),
    attributes,
    folded: foldValues(attributes, type),
    candidates: candidatesOf(values),
    active,
    saidRole,
  };
}

/** A new userName must be readable. An unreadable one that is already stored doesn't block other changes. Throws 400 `invalidValue`. */
function checkUserName(userName: unknown): void {
  const why = typeof userName === "string" ? whyInvisible(userName, "userName") : null;
  if (why !== null) throw badRequest("invalidValue", why);
}

/** The change that values describe. With `namesRole` it sets the role, and withdraws it if the values no longer have one. */
export function toChange(before: Values, after: Values, type: ResourceType, namesRole: boolean): PersonChange {
  if (before.userName !== after.userName) checkUserName(after.userName);
  checkSize("person", after, before);
  return {
    ...toPerson(after, type, after.active === true, namesRole ? namedRole(after) : undefined),
    addressesChanged: !isEqual(candidatesOf(before), candidatesOf(after)),
    heldRole: namedRole(before),
    told: { before: auditedAttributes(before, type), after: auditedAttributes(after, type) },
  };
}

/** Whether a PUT names a role. */
export function putNamesRole({ values, cleared }: ParsedResource): boolean {
  return (
    ["roles", musterUser.id].some((name) => name in values) ||
    cleared.has("roles") ||
    cleared.has(`${musterUser.id}:appRole`)
  );
}

/** The person that a POST describes; the store decides whether it is a new one. */
export function toNewPerson(values: Values, type: ResourceType): NewPerson {
  checkUserName(values.userName);
  checkSize("person", values, null);
  const active = typeof values.active === "boolean" ? values.active : undefined;
  return { ...toPerson(values, type, active, namedRole(values)), audited: auditedAttributes(values, type) };
}

/** The attributes that the audit log may show; it records userName, externalId and state separately. */
function auditedAttributes(values: Values, type: ResourceType): Values {
  const { userName: _userName, externalId: _externalId, active: _active, ...attributes } = values;
  return withoutSecrets(attributes, type);
}

/** A PUT that leaves these out keeps them (D-65). */
export function keepOmitted(before: Values, { values, cleared }: ParsedResource): Values {
  const next = { ...values };
  for (const name of ["roles", "externalId"]) {
    if (!(name in values) && !cleared.has(name) && before[name] !== undefined) next[name] = before[name];
  }
  if (!("active" in values)) next.active = before.active;
  const wasThere = isObject(before[musterUser.id]) && !(musterUser.id in values);
  if (wasThere && !cleared.has(`${musterUser.id}:appRole`)) next[musterUser.id] = before[musterUser.id];
  return next;
}

/** Attributes in which an identity provider can set a role. */
export const ofRole = new Set(["roles", "appRole"]);

/** Attributes that can change the state, role, seat or login, and so need the workspace's lock. */
export const decisiveAttributes = new Set(["userName", "emails", "active", "roles", "appRole"]);
