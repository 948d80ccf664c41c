import { enterprise, mapUser } from "@/e2e/idp/entra/connector/mapping";
import { type Resource, readPath } from "@/e2e/idp/entra/connector/resource";
import { randomHex, randomId, randomNumber, randomText } from "@/e2e/idp/entra/random";
import {
  checkMember,
  findGroup,
  findUser,
  isCommon,
  mappedPaths,
  newUser,
  openJob,
  readSchemas,
  run,
  someGroup,
  someone,
} from "./gallery-requests";
import { checkManager } from "./validator";
import {
  type Case,
  coreGroup,
  coreUser,
  create,
  expectStatus,
  patchUser,
  readMembers,
  type Validator,
} from "./validator-requests";

// The validation of the app gallery (S21): what a real job does, and calls to SCIM itself. Validate_Credentials_Test and
// Federated_Identity_Test need a token endpoint: oauth.db.test.ts.

// ── What a job does ────────────────────────────────────────────────────────

const users: Record<string, Case> = {
  Create_User_Test: async (validator) => {
    const tenant = openJob(validator);
    const user = someone(tenant);
    await run(tenant);
    validator.wire.check((await findUser(validator, user.userPrincipalName)) !== undefined, "the user is found");
  },
  Update_User_Test: async (validator) => {
    const tenant = openJob(validator);
    const user = someone(tenant);
    await run(tenant);
    Object.assign(user, { displayName: "Updated", jobTitle: "Updated", city: "Updated", department: "Updated" });
    await run(tenant); // compares each value
    const { displayName } = (await findUser(validator, user.userPrincipalName)) ?? {};
    validator.wire.check(displayName === "Updated", "the new values are there");
  },
  Disable_User_Test: async (validator) => {
    const tenant = openJob(validator);
    const user = someone(tenant);
    await run(tenant);
    user.accountEnabled = false;
    await run(tenant);
    const { active } = (await findUser(validator, user.userPrincipalName)) ?? {};
    validator.wire.check(active === false, "R-34: active is false, and there");
  },
  Delete_User_Test: async (validator) => {
    const tenant = openJob(validator);
    const user = someone(tenant);
    await run(tenant);
    tenant.directory.users.delete(user.id);
    await run(tenant);
    validator.wire.check((await findUser(validator, user.userPrincipalName)) === undefined, "the user is gone");
  },
  User_Update_Manager_Test: async (validator) => {
    const tenant = openJob(validator, { clearedValue: 'replace ""' });
    const [user, first, second] = [someone(tenant), someone(tenant), someone(tenant)];
    for (const boss of [first, second, null]) {
      user.manager = boss?.id ?? null;
      await run(tenant);
      const held = (await findUser(validator, user.userPrincipalName)) ?? {};
      checkManager(validator, held, boss === null ? undefined : tenant.job.state.users[boss.id]);
    }
  },
  Restore_User_Test: async (validator) => {
    const tenant = openJob(validator);
    const user = someone(tenant);
    await run(tenant);
    for (const assigned of [false, true]) {
      user.assigned = assigned;
      await run(tenant);
      const { active } = (await findUser(validator, user.userPrincipalName)) ?? {};
      validator.wire.check(active === assigned, `active is ${active}, assigned is ${assigned}`);
    }
  },
  POD_User_Test: async (validator) => {
    const tenant = openJob(validator);
    const user = someone(tenant);
    await tenant.job.provisionOnDemand(user);
    validator.wire.check((await findUser(validator, user.userPrincipalName)) !== undefined, "the user is found");
  },
};

const groups: Record<string, Case> = {
  Create_Group_Test: async (validator) => {
    const tenant = openJob(validator);
    const group = someGroup(tenant);
    await run(tenant);
    validator.wire.check((await findGroup(validator, group.displayName)) !== undefined, "the group is found");
  },
  Update_Group_Test: async (validator) => {
    const tenant = openJob(validator);
    const group = someGroup(tenant);
    await run(tenant);
    group.displayName += "-Modified";
    await run(tenant);
    validator.wire.check((await findGroup(validator, group.displayName)) !== undefined, "found under the new name");
  },
  Delete_Group_Test: async (validator) => {
    const tenant = openJob(validator);
    const group = someGroup(tenant);
    await run(tenant);
    tenant.directory.groups.delete(group.id);
    await run(tenant);
    validator.wire.check((await findGroup(validator, group.displayName)) === undefined, "the group is gone");
  },
  Group_Update_Add_Member_Test: (validator) => checkMember(validator, false),
  Group_Update_Remove_Member_Test: (validator) => checkMember(validator, true),
  POD_Group_Test: async (validator) => {
    const tenant = openJob(validator);
    const user = someone(tenant);
    await tenant.job.provisionOnDemand(user);
    const group = someGroup(tenant, [user.id]);
    const id = await tenant.job.provisionGroupOnDemand(group, tenant.directory);
    validator.wire.check((await readMembers(validator, id)).length === 1, "the group is found, with its member");
  },
  Restore_Group_Test: async (validator) => {
    const tenant = openJob(validator);
    const group = someGroup(tenant);
    for (const assigned of [true, false, true]) {
      group.assigned = assigned;
      await run(tenant);
      const found = await findGroup(validator, group.displayName);
      validator.wire.check((found !== undefined) === assigned, "R-40: gone, then back");
    }
  },
};

// ── The schemas ────────────────────────────────────────────────────────────

/** Values that an update sends to an attribute of a type; what can't be made up is left out. */
const updates: Record<string, () => unknown> = {
  string: () => `upd-${randomHex(8)}`,
  integer: () => randomNumber(1_000),
  dateTime: () => new Date().toISOString(),
};

async function updateEverything(validator: Validator, path: string, schemas: string[], held: Resource): Promise<void> {
  const eligible = (await readSchemas(validator, ...schemas)).filter(
    ({ type, writable }) => writable && type in updates,
  );
  const operations = eligible.map(({ path, type }) => ({ op: "Replace", path, value: updates[type]?.() }));
  validator.wire.check(operations.length > 0, `${path}: there is something to update`);
  const body = { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations };
  await expectStatus(validator, [200, 204], ["PATCH", `${path}/${held.id}`, body]);
  const after = (await expectStatus(validator, [200], ["GET", `${path}/${held.id}`])).body as Resource;
  for (const { path, value } of operations) {
    const found = readPath(after, path);
    validator.wire.check(
      found === value,
      `R-30: ${path} is ${JSON.stringify(found)}, sent was ${JSON.stringify(value)}`,
    );
  }
}

// ── Calls to SCIM itself ───────────────────────────────────────────────────

const calls: Record<string, Case> = {
  Schema_Discoverability_Test: async (validator) => {
    const known = (await readSchemas(validator, coreUser, coreGroup, enterprise)).map(({ path }) => path.toLowerCase());
    for (const path of mappedPaths(validator))
      validator.wire.check(isCommon(path) || known.includes(path.toLowerCase()), `R-66: /Schemas knows no ${path}`);
  },
  SCIM_Null_Update_Test: async (validator) => {
    const required = (await readSchemas(validator, coreUser, enterprise)).filter((flat) => flat.required);
    const kept = ["userName", "active", "externalId", `${enterprise}:manager`, ...required.map(({ path }) => path)];
    const tenant = openJob(validator);
    const paths = mapUser(someone(tenant), tenant.knobs)
      .map(([path]) => path)
      .filter((path) => !kept.includes(path));
    const { id } = await create(validator, "/Users", newUser(validator));
    for (const value of ["", null]) {
      await patchUser(validator, id, ...paths.map((path) => ({ op: "replace", path, value })));
      const { body } = await expectStatus(validator, [200], ["GET", `/Users/${id}`]);
      for (const path of paths) {
        const held = readPath(body as Resource, path);
        validator.wire.check(
          held === undefined || held === "",
          `R-53: ${path} is ${JSON.stringify(held)} after ${value}`,
        );
      }
    }
    await expectStatus(validator, [204], ["DELETE", `/Users/${id}`]);
  },
  SCIM_User_Create_Test: async (validator) => {
    const body = newUser(validator);
    const made = await create(validator, "/Users", body);
    validator.wire.check(made.userName === body.userName, "R-36: the name comes back");
  },
  SCIM_User_Update_Test: async (validator) => {
    const made = await create(validator, "/Users", newUser(validator));
    await updateEverything(validator, "/Users", [coreUser, enterprise], made);
  },
  SCIM_Group_Create_Test: async (validator) => {
    const body = { schemas: [coreGroup], displayName: `Gallery-(${randomText()})`, externalId: randomId() };
    const made = await create(validator, "/Groups", body);
    validator.wire.check(made.displayName === body.displayName, "the name comes back");
  },
  SCIM_Group_Update_Test: async (validator) => {
    const body = { schemas: [coreGroup], displayName: `Gallery-(${randomText()})`, externalId: randomId() };
    await updateEverything(validator, "/Groups", [coreGroup], await create(validator, "/Groups", body));
  },
  SCIM_User_Pagination_Test: (validator) => paginate(validator, "/Users", () => newUser(validator)),
  SCIM_Group_Pagination_Test: (validator) =>
    paginate(validator, "/Groups", () => ({ schemas: [coreGroup], displayName: `Gallery-(${randomText()})` })),
  SCIM_Update_Manager_Test: async (validator) => {
    const made = [];
    for (let count = 0; count < 3; count++) made.push(await create(validator, "/Users", newUser(validator)));
    const [user, first, second] = made.map(({ id }) => id);
    const path = `${enterprise}:manager`;
    const states: [Resource, unknown][] = [
      [{ op: "add", path, value: first }, first],
      [{ op: "replace", path, value: { value: second } }, second],
      [{ op: "remove", path }, undefined],
    ];
    for (const [operation, id] of states) {
      await patchUser(validator, user, operation);
      const { body } = await expectStatus(validator, [200], ["GET", `/Users/${user}`]);
      checkManager(validator, body as Resource, id);
    }
  },
};

/** Eleven objects at least, five a page, ten pages at most; each page but the last is full. */
async function paginate(validator: Validator, path: "/Users" | "/Groups", make: () => Resource): Promise<void> {
  const { wire } = validator;
  const made: string[] = [];
  for (let count = 0; count < 11; count++) made.push(String((await create(validator, path, make())).id));
  const seen = new Set<unknown>();
  let pages = 0;
  for (let startIndex = 1; pages < 10; pages++) {
    const { body } = await expectStatus(validator, [200], ["GET", `${path}?startIndex=${startIndex}&count=5`]);
    const { totalResults, startIndex: echoed, Resources } = body as Resource;
    const resources = (Resources ?? []) as Resource[];
    wire.check(echoed === startIndex, `startIndex is ${echoed}, asked was ${startIndex}`);
    const isLast = startIndex + 5 > Number(totalResults);
    wire.check(isLast || resources.length === 5, `a page of ${resources.length}, and it is not the last`);
    for (const { id } of resources) wire.check(!seen.has(id) && Boolean(seen.add(id)), `${id} is listed twice`);
    startIndex += resources.length;
    if (isLast) break;
  }
  wire.check(pages >= 1, "there are two pages at least");
  for (const id of made) await expectStatus(validator, [204], ["DELETE", `${path}/${id}`]);
}

export const galleryCases: Record<string, Case> = { ...users, ...groups, ...calls };
