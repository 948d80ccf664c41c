import { isRecord, type Resource, readPath } from "@/e2e/idp/entra/connector/resource";
import type { Wire } from "@/e2e/idp/entra/connector/wire";
import { randomId, randomText } from "@/e2e/idp/entra/random";
import {
  type Case,
  checkEqual,
  checkPaths,
  create,
  expectGone,
  expectStatus,
  findBy,
  findOne,
  fullUser,
  manager,
  minimalUser,
  newGroup,
  patchGroup,
  patchUser,
  randomValues,
  readMembers,
  type Validator,
  verboseOperations,
  writeManager,
} from "./validator-requests";

// The web validator (scimvalidator.microsoft.com, S20): cases 1–25, and the ones in preview, P1–P7.

export function openValidator(wire: Wire, host: string, more: Partial<Validator> = {}): Validator {
  return { wire, host, joinBy: "userName", managerForm: "object", ...more };
}

// ── Sending ────────────────────────────────────────────────────────────────

// ── What is sent ───────────────────────────────────────────────────────────

// ── What must come back ────────────────────────────────────────────────────

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
