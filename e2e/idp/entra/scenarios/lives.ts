import { filterQuery } from "@/e2e/idp/entra/connector/dialect";
import { heldRoles } from "@/e2e/idp/entra/connector/roles";
import type { AppRole } from "@/e2e/idp/entra/directory";
import { Job } from "@/e2e/idp/entra/job";
import { type Knobs, knobValues } from "@/e2e/idp/entra/knobs";
import { randomId } from "@/e2e/idp/entra/random";
import {
  first,
  hire,
  membersOf,
  purge,
  read,
  type Scenario,
  scimId,
  setActive,
  sync,
  syncWithFailure,
  type Tenant,
  teamsOf,
} from "@/e2e/idp/entra/tenant";

// What happens to people in a directory (S4–S9 and S13).

async function findByName({ wire, knobs }: Tenant, userName: string) {
  return wire.list(`/Users?${filterQuery("userName", userName, knobs)}`);
}

/** A rename, and values that become empty at the same time. */
const rename: Scenario = async (tenant) => {
  const user = first(tenant.directory.users.values());
  const id = scimId(tenant, user);
  const name = `renamed.${user.mailNickname}`;
  const address = `${name}@${tenant.domain}`;
  const cleared = { jobTitle: null, streetAddress: null, telephoneNumber: null, employeeId: null };
  Object.assign(user, { userPrincipalName: address, mail: address, mailNickname: name, ...cleared });
  await sync(tenant);
  const found = await findByName(tenant, address);
  const isSame = found.length === 1 && found[0]?.id === id;
  tenant.wire.check(isSame, "the renamed user is found under the new name, with the old id");
  await tenant.inside.claim({ id, state: "active", address, lastAudit: "membership.updated" });
  tenant.wire.check((await sync(tenant)) === 0, "a rename and emptied values are written once");
};

const disable: Scenario = async (tenant) => {
  const group = first(tenant.directory.groups.values());
  const user = tenant.directory.users.get(first(group.members));
  if (!user) return;
  await setActive(tenant, user, { accountEnabled: false }, false);
  await setActive(tenant, user, { accountEnabled: true }, true);
  const members = await membersOf(tenant, group);
  tenant.wire.check(members.has(scimId(tenant, user)), "R-70: the membership came back with the user");
};

const unassign: Scenario = async (tenant) => {
  const user = first(tenant.directory.users.values());
  await setActive(tenant, user, { assigned: false }, false);
  await setActive(tenant, user, { assigned: true }, true);
};

const softDelete: Scenario = async (tenant) => {
  const user = first(tenant.directory.users.values());
  const deleted = await setActive(tenant, user, { softDeleted: true }, false);
  const prefix = tenant.knobs.tombstoneUpn ? user.id.replaceAll("-", "") : "";
  tenant.wire.check(deleted.userName === `${prefix}${user.userPrincipalName}`, "R-63: the tombstone name is stored");
  const restored = await setActive(tenant, user, { softDeleted: false }, true);
  tenant.wire.check(restored.userName === user.userPrincipalName, "R-63: the clean name is back");
};

/** The name of a deleted person goes to somebody new, and then the deleted one comes back. */
const nameTaken: Scenario = async (tenant) => {
  const { wire, job, knobs, inside } = tenant;
  const old = hire(tenant, 8);
  await sync(tenant);
  const oldId = scimId(tenant, old);
  await inside.claim({ id: oldId, state: "active" });
  await setActive(tenant, old, { softDeleted: true }, false);
  const { userPrincipalName } = old;
  // Two with one address match one user where the address is what they are matched by.
  const isMatchedByMail = knobs.matchAttr.startsWith("emails");
  const next = hire(tenant, 9, { userPrincipalName, ...(!isMatchedByMail && { mail: userPrincipalName }) });
  if (!knobs.tombstoneUpn) {
    const { code } = await syncWithFailure(tenant);
    const expected = knobs.matchAttr === "userName" ? "DuplicateSourceEntries" : "EntryConflict";
    wire.check(code === expected, `the name is taken: ${expected}, not ${code}`);
    purge(tenant, old, next);
    await sync(tenant);
    return;
  }
  await sync(tenant);
  const nextId = scimId(tenant, next);
  wire.check(nextId !== oldId, "the new person is another one");
  await inside.claim({ id: nextId, state: "active", hasAccount: true, address: userPrincipalName, seats: 1 });
  await inside.claim({ id: oldId, state: "suspended", hasAccount: false, seats: 0 });

  old.softDeleted = false;
  const { code } = await syncWithFailure(tenant);
  wire.check(code === "EntryConflict", `the clean name is taken: EntryConflict, not ${code}`);
  await inside.claim({ id: oldId, state: "suspended", seats: 0 });
  wire.check((await sync(tenant)) === 0, "what is in escrow is left alone until it is due");

  purge(tenant, next);
  await sync(tenant);
  await inside.claim({ id: nextId, state: "ended", teams: [], seats: -1 });
  job.restart("links");
  await sync(tenant);
  await inside.claim({ id: oldId, state: "active", hasAccount: true, address: userPrincipalName, seats: 1 });
};

/** Deleted for good: DELETE for who is in scope, silence for who was unassigned before. */
const purged: Scenario = async (tenant) => {
  const { wire, inside, directory } = tenant;
  const user = hire(tenant, 10);
  first(directory.groups.values()).members.push(user.id);
  await sync(tenant);
  const id = scimId(tenant, user);
  await inside.claim({ id, state: "active", teams: teamsOf(tenant, user) });
  await inside.signIn(id);
  purge(tenant, user);
  wire.check((await sync(tenant)) === 1, "one DELETE, and no membership is taken away by itself");
  const gone = await findByName(tenant, user.userPrincipalName);
  wire.check(gone.length === 0, "R-39: nobody has the name any more");
  const lastAudit = "membership.ended";
  await inside.claim({ id, state: "ended", sessions: 0, teams: [], lastAudit, seats: -1 });

  const again = hire(tenant, 10, { id: randomId() });
  await sync(tenant);
  const newId = scimId(tenant, again);
  wire.check(newId !== id, "R-40: who comes after a DELETE is somebody new");
  await inside.claim({ id: newId, state: "active", address: again.userPrincipalName, teams: [], seats: 1 });
  await setActive(tenant, again, { assigned: false }, false);
  purge(tenant, again);
  wire.check((await sync(tenant)) === 0, "who was unassigned before is nobody's: no DELETE");
  await inside.claim({ id: newId, state: "suspended", seats: 0 });
};

const admin: AppRole = { id: "0d5f2b1c-8a7e-4d43-9a10-5d1e3c6b7f21", value: "admin", displayName: "Admin" };
const member: AppRole = { id: "77aa4c09-1b2d-4c3e-8f54-6a7b8c9d0e1f", value: "member", displayName: "Member" };

/** The three expressions, each with SCIM allowed to grant admin and not. */
const roles: Scenario = async (tenant) => {
  const [, ...forms] = knobValues.roles;
  for (const [index, form] of forms.entries()) {
    await assignRoles(tenant, form, 20 + index * 2, false);
    await assignRoles(tenant, form, 21 + index * 2, true);
  }
  await sync(tenant);
};

async function assignRoles(tenant: Tenant, form: Knobs["roles"], number: number, may: boolean): Promise<void> {
  const { wire, inside } = tenant;
  const knobs = { ...tenant.knobs, roles: form };
  const job = new Job(wire, knobs, tenant.job.state);
  // Somebody is made with the role, or gets it later.
  const user = hire(tenant, number, { appRoles: may ? [] : [admin] });
  await inside.mayGrantAdmin(may);
  const assign = async (appRoles: AppRole[], held: string[]) => {
    user.appRoles = appRoles;
    await job.provisionUser(user);
    const got = heldRoles(await read(tenant, user));
    wire.check(got.join() === held.join(), `${form}: roles are ${got.join()}, must be ${held.join()}`);
    const role = may && held.includes("admin") ? "admin" : "member";
    await inside.claim({ id: scimId(tenant, user), state: "active", role });
  };
  await assign(user.appRoles, may ? [] : ["admin"]);
  await assign([admin], ["admin"]);
  // In the flag's dialect the complex form only adds; by default it states the whole set.
  const isAdditive = form === "AppRoleAssignmentsComplex" && knobs.flag && !knobs.pod;
  await assign([member], isAdditive ? ["admin", "member"] : ["member"]);
  const both = form === "SingleAppRoleAssignment" ? ["member"] : ["admin", "member"];
  await assign([member, admin], both);
  await assign([], form === "AssertiveAppRoleAssignmentsComplex" ? [] : both);
  purge(tenant, user);
}

export const lives: Record<string, Scenario> = {
  "S4 rename of a user principal name": rename,
  "S5 disable and enable": disable,
  "S6 unassign and reassign": unassign,
  "S7 soft delete with a tombstone name, and restore": softDelete,
  "S8 the name of a deleted user given to a new one, and restore": nameTaken,
  "S9 purge": purged,
  "S13 roles in three forms": roles,
};
