import { filterQuery, patchBody } from "@/e2e/idp/entra/connector/dialect";
import { enterprise } from "@/e2e/idp/entra/connector/mapping";
import { buildResource, isRecord, type Resource, readPath } from "@/e2e/idp/entra/connector/resource";
import type { Answer, Wire } from "@/e2e/idp/entra/connector/wire";
import { randomId, randomText } from "@/e2e/idp/entra/random";

// The web validator (scimvalidator.microsoft.com, entra.md §9.1): cases 1–25, and the ones in preview, P1–P7.

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

export function openValidator(wire: Wire, host: string, more: Partial<Validator> = {}): Validator {
  return { wire, host, joinBy: "userName", managerForm: "object", ...more };
}

export const coreUser = "urn:ietf:params:scim:schemas:core:2.0:User";
export const coreGroup = "urn:ietf:params:scim:schemas:core:2.0:Group";
const manager = `${enterprise}:manager`;

// ── Sending ────────────────────────────────────────────────────────────────

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

const patchGroup = (validator: Validator, id: unknown, ...operations: Resource[]) =>
  expectStatus(validator, [200, 204], ["PATCH", `/Groups/${id}`, patchBody(operations as never)]);

export async function readMembers(validator: Validator, id: unknown): Promise<unknown[]> {
  const { body } = await expectStatus(validator, [200], ["GET", `/Groups/${id}`]);
  return (((body as Resource).members ?? []) as Resource[]).map((member) => member.value);
}

// ── What is sent ───────────────────────────────────────────────────────────

/** The attributes of a full user by path: simple ones, then lists, then the extension. */
function randomValues({ host }: Validator): [path: string, value: string][] {
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
function fullUser(validator: Validator): Resource {
  const userName = `${randomText().toLowerCase()}@${validator.host}`;
  const body = buildResource(randomValues(validator));
  body[enterprise] = { ...(body[enterprise] as Resource), manager: { value: randomText() } };
  const roles = [{ primary: "True", display: randomText(), value: randomText(), type: randomText() }];
  return { schemas: [coreUser, enterprise], userName, externalId: randomId(), active: true, ...body, roles };
}

const minimalUser = ({ host }: Validator): Resource => ({
  schemas: [coreUser, enterprise],
  userName: `${randomText().toLowerCase()}@${host}`,
});

const newGroup = (): Resource => ({
  schemas: [coreGroup],
  displayName: `Group ${randomText()}`,
  externalId: randomId(),
});

/** Some forty operations with a path each. */
function verboseOperations(op: "add" | "replace", values: [string, string][]): Resource[] {
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

// ── What must come back ────────────────────────────────────────────────────

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

function checkEqual({ wire }: Validator, where: string, sent: Resource, held: Resource | undefined): void {
  const { schemas: _, ...values } = sent;
  wire.check(findDifference(values, held, where) === null, String(findDifference(values, held, where)));
}

function checkPaths({ wire }: Validator, operations: Resource[], held: Resource): void {
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
async function findOne(validator: Validator, type: "Users" | "Groups", value: unknown, sent?: Resource, more = "") {
  const attribute = type === "Users" ? validator.joinBy : "displayName";
  const found = await findBy(validator, type, attribute, value, more);
  validator.wire.check(found.length === 1, `${type} with ${attribute} ${value}: ${found.length} found, must be 1`);
  if (sent) checkEqual(validator, type, sent, found[0]);
  return found[0];
}

async function expectGone(validator: Validator, path: string): Promise<void> {
  await expectStatus(validator, [204], ["DELETE", path]);
  await expectStatus(validator, [404], ["GET", path]);
}

async function writeManager(validator: Validator, op: string, id: unknown, value: unknown): Promise<Resource> {
  const form = validator.managerForm === "object" ? { value } : value;
  return patchUser(validator, id, { op, path: manager, value: form });
}

// ── The cases ──────────────────────────────────────────────────────────────

const users: Record<string, Case> = {
  "1 Create a new User": async (validator) => {
    const body = fullUser(validator);
    checkEqual(validator, "POST", body, await create(validator, "/Users", body));
    await findOne(validator, "Users", body[validator.joinBy], body);
  },
  "2 Create a duplicate User": async (validator) => {
    const body = fullUser(validator);
    await create(validator, "/Users", body);
    await expectStatus(validator, [409], ["POST", "/Users", body]);
  },
  "3 Filter for an existing user": async (validator) => {
    const body = fullUser(validator);
    await create(validator, "/Users", body);
    await findOne(validator, "Users", body[validator.joinBy], body);
  },
  "4 Filter for a non-existing user": async (validator) => {
    const found = await findBy(validator, "Users", validator.joinBy, `nonexistent${randomText()}`);
    validator.wire.check(found.length === 0, "nobody is found");
  },
  "5 Filter for an existing user with a different case": async (validator) => {
    const body = fullUser(validator);
    await create(validator, "/Users", body);
    const found = await findBy(validator, "Users", "userName", String(body.userName).toUpperCase());
    validator.wire.check(found.length === 1, "R-15: the case of a userName does not count");
  },
  "6 Patch User - Replace Attributes Verbose": async (validator) => {
    const { id } = await create(validator, "/Users", fullUser(validator));
    const operations = verboseOperations("replace", randomValues(validator));
    checkPaths(validator, operations, await patchUser(validator, id, ...operations));
  },
  "7 Update User userName": async (validator) => {
    const { id } = await create(validator, "/Users", fullUser(validator));
    const userName = `${randomText()}@${validator.host}`;
    const after = await patchUser(validator, id, { op: "replace", value: { userName } });
    validator.wire.check(after.userName === userName, "the new name is there");
  },
  "8 Patch User - Disable User": async (validator) => {
    const { id } = await create(validator, "/Users", fullUser(validator));
    const after = await patchUser(validator, id, { op: "replace", path: "active", value: false });
    validator.wire.check(after.active === false, "the user is not active");
    await expectStatus(validator, [200], ["GET", `/Users/${id}`]);
  },
  "9 Patch User - Add Attributes Verbose": async (validator) => {
    const { id } = await create(validator, "/Users", minimalUser(validator));
    const operations = verboseOperations("add", randomValues(validator));
    const after = await patchUser(validator, id, ...operations);
    checkPaths(validator, operations, after);
    const counts = ["emails", "addresses", "roles"].map((name) => (after[name] as Resource[]).length);
    validator.wire.check(counts.join() === "1,1,1", `R-47: one element for each type, not ${counts.join()}`);
  },
  "10 Patch User - Add Manager": async (validator) => {
    const [user, boss] = [
      await create(validator, "/Users", minimalUser(validator)),
      await create(validator, "/Users", minimalUser(validator)),
    ];
    const after = await writeManager(validator, "add", user.id, boss.id);
    checkManager(validator, after, boss.id);
  },
  "11 Patch User - Replace Manager": async (validator) => {
    const made = [];
    for (let count = 0; count < 3; count++) made.push(await create(validator, "/Users", minimalUser(validator)));
    const [user, first, second] = made.map(({ id }) => id);
    await writeManager(validator, "add", user, first);
    checkManager(validator, await writeManager(validator, "replace", user, second), second);
  },
  "12 Patch User - Remove Manager": async (validator) => {
    const user = await create(validator, "/Users", fullUser(validator));
    checkManager(validator, await writeManager(validator, "replace", user.id, ""), undefined);
  },
  "13 Delete a User": async (validator) => {
    const { id } = await create(validator, "/Users", fullUser(validator));
    await expectGone(validator, `/Users/${id}`);
  },
};

export function checkManager({ wire }: Validator, user: Resource, id: unknown): void {
  const held = readPath(user, manager);
  const value = isRecord(held) ? held.value : held;
  wire.check(value === id, `manager.value is ${JSON.stringify(value)}, must be ${JSON.stringify(id)}`);
}

const withoutMembers = "excludedAttributes=members&";

const groups: Record<string, Case> = {
  "14 Get group by id excluding members": async (validator) => {
    const { id } = await groupWithMember(validator);
    const { body } = await expectStatus(validator, [200], ["GET", `/Groups/${id}?excludedAttributes=members`]);
    validator.wire.checkResource("GET /Groups/{id}", body as Resource, true);
  },
  "15 Filter for an existing group excluding members": async (validator) => {
    const { displayName } = await groupWithMember(validator);
    await findOne(validator, "Groups", displayName, undefined, withoutMembers);
  },
  "16 Filter for an existing group": async (validator) => {
    const body = newGroup();
    await create(validator, "/Groups", body);
    await findOne(validator, "Groups", body.displayName, body);
  },
  "17 Filter for a non-existing group": async (validator) => {
    const found = await findBy(validator, "Groups", "displayName", `nonexistent${randomText()}`);
    validator.wire.check(found.length === 0, "no group is found");
  },
  "18 Filter for an existing group with a different case": async (validator) => {
    const { displayName } = await create(validator, "/Groups", newGroup());
    await findOne(validator, "Groups", String(displayName).toLowerCase());
  },
  "19 Create a new Group": async (validator) => {
    const body = newGroup();
    checkEqual(validator, "POST", body, await create(validator, "/Groups", body));
  },
  "20 Create a duplicate Group": async (validator) => {
    const body = newGroup();
    await create(validator, "/Groups", body);
    await expectStatus(validator, [409], ["POST", "/Groups", body]);
  },
  "21 Patch Group - Replace Attributes": async (validator) => {
    const { id, displayName } = await create(validator, "/Groups", newGroup());
    const externalId = randomId();
    await patchGroup(validator, id, { op: "replace", value: { externalId } });
    await findOne(validator, "Groups", displayName, { externalId, displayName });
  },
  "22 Update Group displayName": async (validator) => {
    const { id, externalId } = await create(validator, "/Groups", newGroup());
    const displayName = `Group ${randomText()}`;
    await patchGroup(validator, id, { op: "replace", value: { displayName } });
    await findOne(validator, "Groups", displayName, { id, externalId, displayName });
  },
  "23 Patch Group - Add Member": async (validator) => {
    const { id, member } = await groupWithMember(validator);
    const held = await readMembers(validator, id);
    validator.wire.check(held.join() === member, "R-52: the member who was set is there");
  },
  "24 Patch Group - Remove Member": async (validator) => {
    const { id, member } = await groupWithMember(validator);
    const other = await create(validator, "/Users", minimalUser(validator));
    const value = [{ value: member }, { value: other.id }];
    await patchGroup(validator, id, { op: "replace", path: "members", value });
    await patchGroup(validator, id, { op: "remove", path: `members[value eq "${member}"]` });
    const held = await readMembers(validator, id);
    validator.wire.check(held.join() === other.id, "R-51: one is removed, the other stays");
  },
  "25 Delete a Group": async (validator) => {
    const { id } = await groupWithMember(validator);
    await expectGone(validator, `/Groups/${id}`);
  },
};

/** A group with one member, set by `replace` as the validator does. */
async function groupWithMember(validator: Validator): Promise<{ id: string; displayName: string; member: string }> {
  const { id, displayName } = await create(validator, "/Groups", newGroup());
  const member = String((await create(validator, "/Users", minimalUser(validator))).id);
  await patchGroup(validator, id, { op: "replace", path: "members", value: [{ value: member }] });
  return { id: String(id), displayName: String(displayName), member };
}

async function deleteTwice(validator: Validator, path: string): Promise<void> {
  await expectGone(validator, path);
  await expectStatus(validator, [404], ["DELETE", path]);
}

const preview: Record<string, Case> = {
  "P1 Multiple operations on different attributes": async (validator) => {
    const { id } = await create(validator, "/Users", fullUser(validator));
    const [nickName, displayName] = [randomText(), randomText()];
    const after = await patchUser(
      validator,
      id,
      { op: "remove", path: "title" },
      { op: "add", path: "nickName", value: nickName },
      { op: "replace", path: "displayName", value: displayName },
    );
    const { title } = after;
    const isDone = title === undefined && after.nickName === nickName && after.displayName === displayName;
    validator.wire.check(isDone, "each of the operations is done");
  },
  "P2 Multiple operations on same attribute": async (validator) => {
    const { id } = await create(validator, "/Users", fullUser(validator));
    const [path, value] = ["title", randomText()];
    const operations = [
      { op: "remove", path },
      { op: "add", path, value: randomText() },
      { op: "replace", path, value },
    ];
    const { title } = await patchUser(validator, id, ...operations);
    validator.wire.check(title === value, "the last operation has the last word");
  },
  "P3 Delete a non-existent User": async (validator) => {
    await expectStatus(validator, [404], ["DELETE", `/Users/${randomId()}`]);
  },
  "P4 Delete the same User twice": async (validator) => {
    const { id } = await create(validator, "/Users", minimalUser(validator));
    await deleteTwice(validator, `/Users/${id}`);
  },
  "P5 Group: multiple operations on same attribute": async (validator) => {
    const { id } = await create(validator, "/Groups", newGroup());
    const { id: value } = await create(validator, "/Users", minimalUser(validator));
    const [add, remove] = [
      { op: "add", path: "members", value: [{ value }] },
      { op: "remove", path: `members[value eq "${value}"]` },
    ];
    await patchGroup(validator, id, add, remove);
    validator.wire.check((await readMembers(validator, id)).length === 0, "added and removed again");
  },
  "P6 Delete a non-existent Group": async (validator) => {
    await expectStatus(validator, [404], ["DELETE", `/Groups/${randomId()}`]);
  },
  "P7 Delete the same Group twice": async (validator) => {
    const { id } = await create(validator, "/Groups", newGroup());
    await deleteTwice(validator, `/Groups/${id}`);
  },
};

export const webCases: Record<string, Case> = { ...users, ...groups, ...preview };
