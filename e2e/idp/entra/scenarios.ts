import { filterQuery } from "./dialect";
import { type Directory, type EntraGroup, type EntraUser, makeDirectory, makeUser } from "./directory";
import { type Failure, Job } from "./job";
import type { Knobs } from "./knobs";
import type { Resource } from "./resource";
import { CheckFailed, Wire } from "./wire";

/** One tenant with one job against one server. */
export type Tenant = { wire: Wire; job: Job; directory: Directory; domain: string };

export function openTenant(options: {
  url: string;
  token: string;
  domain: string;
  knobs: Knobs;
  users: number;
  groups: number;
}): Tenant {
  const wire = new Wire(options.url, options.token, options.knobs.flag);
  const directory = makeDirectory(options.domain, options.users, options.groups);
  return { wire, job: new Job(wire, options.knobs), directory, domain: options.domain };
}

function first<Item>(items: Iterable<Item>): Item {
  for (const item of items) return item;
  throw new CheckFailed("the directory is empty");
}

async function read(tenant: Tenant, user: EntraUser): Promise<Resource> {
  const id = tenant.job.state.users[user.id];
  const { status, body } = await tenant.wire.send("GET", `/Users/${id}`);
  tenant.wire.check(status === 200, `GET /Users/${id}: an inactive user is read too (R-19), not ${status}`);
  return body as Resource;
}

function noFailures(failures: Failure[]): void {
  const [failure] = failures;
  if (failure) throw new CheckFailed(`${failure.object}: ${failure.why}`);
}

async function sync(tenant: Tenant): Promise<number> {
  const before = tenant.wire.writes;
  await tenant.job.cycle(tenant.directory);
  noFailures(tenant.job.failures);
  return tenant.wire.writes - before;
}

async function setActive(
  tenant: Tenant,
  user: EntraUser,
  change: Partial<EntraUser>,
  active: boolean,
): Promise<Resource> {
  const id = tenant.job.state.users[user.id];
  Object.assign(user, change);
  await sync(tenant);
  const resource = await read(tenant, user);
  tenant.wire.check(resource.active === active, `active is ${resource.active}, must be ${active}`);
  tenant.wire.check(resource.id === id, "the id stays the same");
  return resource;
}

async function membersOf(tenant: Tenant, group: EntraGroup): Promise<Set<unknown>> {
  const { body } = await tenant.wire.send("GET", `/Groups/${tenant.job.state.groups[group.id]}`);
  return new Set((((body as Resource).members ?? []) as Resource[]).map((member) => member.value));
}

/** The scenarios of entra.md §12.5 that the setup guide needs; each leaves the tenant in sync. */
export const scenarios: Record<string, (tenant: Tenant) => Promise<void>> = {
  "S1 connect": ({ job }) => job.testConnection(),

  "S2 initial cycle": async (tenant) => {
    const writes = await sync(tenant);
    tenant.wire.check(writes > 0, "the first cycle writes");
  },

  "S3 quiet cycle writes nothing": async (tenant) => {
    const writes = await sync(tenant);
    tenant.wire.check(writes === 0, `a quiet cycle wrote ${writes} times`);
  },

  "S4 rename of a user principal name": async (tenant) => {
    const user = first(tenant.directory.users.values());
    const id = tenant.job.state.users[user.id];
    const name = `renamed.${user.mailNickname}`;
    Object.assign(user, {
      userPrincipalName: `${name}@${tenant.domain}`,
      mail: `${name}@${tenant.domain}`,
      mailNickname: name,
    });
    await sync(tenant);
    const found = await tenant.wire.list(`/Users?${filterQuery("userName", user.userPrincipalName)}`);
    tenant.wire.check(
      found.length === 1 && found[0]?.id === id,
      "the renamed user is found under the new name, with the old id",
    );
  },

  "S5 disable and enable": async (tenant) => {
    const group = first(tenant.directory.groups.values());
    const user = tenant.directory.users.get(first(group.members));
    if (!user) throw new CheckFailed("the group is empty");
    await setActive(tenant, user, { accountEnabled: false }, false);
    await setActive(tenant, user, { accountEnabled: true }, true);
    const members = await membersOf(tenant, group);
    tenant.wire.check(members.has(tenant.job.state.users[user.id]), "R-70: the membership came back with the user");
  },

  "S6 unassign and reassign": async (tenant) => {
    const user = first(tenant.directory.users.values());
    await setActive(tenant, user, { assigned: false }, false);
    await setActive(tenant, user, { assigned: true }, true);
  },

  "S7 soft delete with a tombstone name, and restore": async (tenant) => {
    const user = first(tenant.directory.users.values());
    const deleted = await setActive(tenant, user, { softDeleted: true }, false);
    const tombstone = `${user.id.replaceAll("-", "")}${user.userPrincipalName}`;
    tenant.wire.check(deleted.userName === tombstone, "R-63: the tombstone name is stored");
    const restored = await setActive(tenant, user, { softDeleted: false }, true);
    tenant.wire.check(restored.userName === user.userPrincipalName, "R-63: the clean name is back");
  },

  "S10 group renamed, deleted, made again": async (tenant) => {
    const group = first(tenant.directory.groups.values());
    group.displayName = `${group.displayName} (renamed)`;
    await sync(tenant);
    const found = await tenant.wire.list(`/Groups?${filterQuery("displayName", group.displayName)}`);
    tenant.wire.check(found.length === 1, "the group is found under its new name");
    const oldId = tenant.job.state.groups[group.id];
    group.assigned = false;
    await sync(tenant);
    const gone = await tenant.wire.list(`/Groups?${filterQuery("displayName", group.displayName)}`);
    tenant.wire.check(gone.length === 0, "the group is gone");
    group.assigned = true;
    await sync(tenant);
    tenant.wire.check(tenant.job.state.groups[group.id] !== oldId, "R-40: the group made again has a new id");
    const members = await membersOf(tenant, group);
    tenant.wire.check(members.size === group.members.length, "its members are back");
  },
};

/** A person that no directory made: for provision-on-demand. */
export function makeGuest(domain: string, name: { givenName: string; surname: string; nickname: string }): EntraUser {
  const base = makeUser(domain, 9_999);
  const address = `${name.nickname}@${domain}`;
  return {
    ...base,
    givenName: name.givenName,
    surname: name.surname,
    displayName: `${name.givenName} ${name.surname}`,
    userPrincipalName: address,
    mail: address,
    mailNickname: name.nickname,
    manager: null,
  };
}
