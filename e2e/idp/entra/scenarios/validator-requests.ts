import { filterQuery, patchBody } from "@/e2e/idp/entra/connector/dialect";
import { enterprise } from "@/e2e/idp/entra/connector/mapping";
import { buildResource, isRecord, type Resource, readPath } from "@/e2e/idp/entra/connector/resource";
import type { Answer, Wire } from "@/e2e/idp/entra/connector/wire";
import { randomId, randomText } from "@/e2e/idp/entra/random";

/** One run of a validator; its people have addresses on `host`. */
export type Validator = {
  wire: Wire;
  host: string;
  /** Attribute that users are joined by. */
  joinBy: "userName" | "externalId";
  /** How a manager is written and taken away; both forms are known from runs. */
  managerForm: "object" | "text";
};

export type Case = (validator: Validator) => Promise<void>;

export const coreUser = "urn:ietf:params:scim:schemas:core:2.0:User";

export const coreGroup = "urn:ietf:params:scim:schemas:core:2.0:Group";

export const manager = `${enterprise}:manager`;

/** Sends, and insists on one of these statuses. */
export async function expectStatus(
  { wire }: Validator,
  statuses: readonly number[],
  [method, path, body]: [method: string, path: string, body?: unknown],
): Promise<Answer> {
  const answer = await wire.send(method, path, body);
  const detail = JSON.stringify(answer.body)?.slice(0, 300);
  wire.check(
    statuses.includes(answer.status),
    `${method} ${path}: ${statuses.join(" or ")}, not ${answer.status} ${detail}`,
  );
  return answer;
}

export async function create(validator: Validator, path: "/Users" | "/Groups", body: Resource): Promise<Resource> {
  const made = (await expectStatus(validator, [201], ["POST", path, body])).body as Resource;
  validator.wire.checkResource(`POST ${path}`, made, false);
  return made;
}

/** A PATCH of a user answers with the user, or with nothing and the next read has it. */
export async function patchUser(validator: Validator, id: unknown, ...operations: Resource[]): Promise<Resource> {
  const path = `/Users/${id}`;
  const answer = await expectStatus(validator, [200, 204], ["PATCH", path, patchBody(operations as never)]);
  const after = answer.status === 200 ? answer : await expectStatus(validator, [200], ["GET", path]);
  validator.wire.checkResource(`PATCH ${path}`, after.body as Resource, false);
  return after.body as Resource;
}

export const patchGroup = (validator: Validator, id: unknown, ...operations: Resource[]) =>
  expectStatus(validator, [200, 204], ["PATCH", `/Groups/${id}`, patchBody(operations as never)]);

export async function readMembers(validator: Validator, id: unknown): Promise<unknown[]> {
  const { body } = await expectStatus(validator, [200], ["GET", `/Groups/${id}`]);
  return (((body as Resource).members ?? []) as Resource[]).map((member) => member.value);
}

/** The attributes of a full user by path: simple ones, then lists, then the extension. */
export function randomValues({ host }: Validator): [path: string, value: string][] {
  const upper = ["displayName", "title", "nickName", "userType", "profileUrl", "locale", "timezone"];
  const names = ["givenName", "familyName", "middleName", "formatted", "honorificPrefix", "honorificSuffix"];
  const address = ["formatted", "streetAddress", "locality", "region", "postalCode"];
  const extension = ["employeeNumber", "department", "costCenter", "organization", "division"];
  return [
    ...upper.map((name): [string, string] => [name, randomText()]),
    ["preferredLanguage", "sr-Cyrl-CS"],
    ...names.map((name): [string, string] => [`name.${name}`, randomText()]),
    ['emails[type eq "work"].value', `${randomText()}@${host}`],
    ...address.map((name): [string, string] => [`addresses[type eq "work"].${name}`, randomText()]),
    ['addresses[type eq "work"].country', "Bosnia and Herzegovina"],
    ['phoneNumbers[type eq "work"].value', "1-450-7163 x98"],
    ['phoneNumbers[type eq "mobile"].value', "(0)7 70.09.00-2"],
    ['phoneNumbers[type eq "fax"].value', "054 11 97 44 10"],
    ...extension.map((name): [string, string] => [`${enterprise}:${name}`, randomText()]),
  ];
}

/** A user with everything: a manager who is nobody, and a role whose `primary` is a text. */
export function fullUser(validator: Validator): Resource {
  const userName = `${randomText().toLowerCase()}@${validator.host}`;
  const body = buildResource(randomValues(validator));
  body[enterprise] = { ...(body[enterprise] as Resource), manager: { value: randomText() } };
  const roles = [{ primary: "True", display: randomText(), value: randomText(), type: randomText() }];
  return { schemas: [coreUser, enterprise], userName, externalId: randomId(), active: true, ...body, roles };
}

export const minimalUser = ({ host }: Validator): Resource => ({
  schemas: [coreUser, enterprise],
  userName: `${randomText().toLowerCase()}@${host}`,
});

export const newGroup = (): Resource => ({
  schemas: [coreGroup],
  displayName: `Group ${randomText()}`,
  externalId: randomId(),
});

/** Some forty operations with a path each. */
export function verboseOperations(op: "add" | "replace", values: [string, string][]): Resource[] {
  const role = ["display", "value", "type"].map((name): [string, string] => [
    `roles[primary eq "True"].${name}`,
    randomText(),
  ]);
  const operations: [string, unknown][] = [
    ["active", true],
    ...values,
    ['emails[type eq "work"].primary', true],
    ...role,
  ];
  return operations.map(([path, value]) => ({ op, path, value }));
}

/** Where a resource does not hold what was sent; null when it does. Order of lists and values beside them don't count. */
function findDifference(sent: unknown, held: unknown, path: string): string | null {
  if (Array.isArray(sent)) {
    const list = Array.isArray(held) ? held : [];
    const missing = sent.find((item) => !list.some((other) => findDifference(item, other, path) === null));
    return missing === undefined ? null : `${path} lacks ${JSON.stringify(missing)}`;
  }
  if (isRecord(sent)) {
    const inside = isRecord(held) ? held : {};
    const found = Object.entries(sent).map(([name, value]) => findDifference(value, inside[name], `${path}.${name}`));
    return found.find((difference) => difference !== null) ?? null;
  }
  const wanted = path.endsWith(".primary") ? String(sent).toLowerCase() === "true" : sent;
  return held === wanted ? null : `${path} is ${JSON.stringify(held)}, sent was ${JSON.stringify(sent)}`;
}

export function checkEqual({ wire }: Validator, where: string, sent: Resource, held: Resource | undefined): void {
  const { schemas: _, ...values } = sent;
  wire.check(findDifference(values, held, where) === null, String(findDifference(values, held, where)));
}

export function checkPaths({ wire }: Validator, operations: Resource[], held: Resource): void {
  for (const { path, value } of operations) {
    const found = readPath(held, String(path));
    wire.check(found === value, `${path} is ${JSON.stringify(found)}, sent was ${JSON.stringify(value)}`);
  }
}

/** A filter as the validator writes it. */
export async function findBy(
  { wire }: Validator,
  type: "Users" | "Groups",
  attribute: string,
  value: unknown,
  more = "",
) {
  return wire.list(`/${type}?${more}${filterQuery(attribute, String(value))}`);
}

/** One result; `sent` is what it must hold. */
export async function findOne(
  validator: Validator,
  type: "Users" | "Groups",
  value: unknown,
  sent?: Resource,
  more = "",
) {
  const attribute = type === "Users" ? validator.joinBy : "displayName";
  const found = await findBy(validator, type, attribute, value, more);
  validator.wire.check(found.length === 1, `${type} with ${attribute} ${value}: ${found.length} found, must be 1`);
  if (sent) checkEqual(validator, type, sent, found[0]);
  return found[0];
}

export async function expectGone(validator: Validator, path: string): Promise<void> {
  await expectStatus(validator, [204], ["DELETE", path]);
  await expectStatus(validator, [404], ["GET", path]);
}

export async function writeManager(validator: Validator, op: string, id: unknown, value: unknown): Promise<Resource> {
  const form = validator.managerForm === "object" ? { value } : value;
  return patchUser(validator, id, { op, path: manager, value: form });
}
