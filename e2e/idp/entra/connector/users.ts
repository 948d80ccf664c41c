import { type EntraUser, isSoftDeleted } from "@/e2e/idp/entra/directory";
import { CheckFailed } from "@/e2e/idp/entra/failure";
import { checkHolds, type Link, readLinked, readResource, refused } from "@/e2e/idp/entra/link";
import { clearManager, diff, filterQuery, type Operation, patchBody, referenceQuery, setManager } from "./dialect";
import { enterprise, type Mapped, mapUser, matchValue } from "./mapping";
import { buildResource, isRecord, type Resource, readPath } from "./resource";
import { heldRoles, rolesOfPatch, rolesOfPost, wantedRoles } from "./roles";

const coreUser = "urn:ietf:params:scim:schemas:core:2.0:User";
const manager = `${enterprise}:manager`;

/** One person: matched, then created or brought up to date. */
export async function provisionUser(link: Link, user: EntraUser): Promise<void> {
  // Without a mapping of `active` Entra sends nothing about somebody out of scope.
  if (link.knobs.deleteMode === "active unmapped" && isSoftDeleted(user)) return remember(link, user);
  const mapped = mapUser(user, link.knobs);
  const current = await findUser(link, user, mapped);
  if (current) await updateUser(link, user, mapped, current);
  else if (!isSoftDeleted(user)) await createUser(link, user, mapped); // a disabled person is never created
  remember(link, user);
}

/** Somebody who is unassigned is suspended once, and Entra sends nothing about them from then on. */
function remember({ state }: Link, user: EntraUser): void {
  const anchor = state.users[user.id];
  if (!user.assigned && anchor !== undefined) state.released[user.id] = anchor;
  else delete state.released[user.id];
}

/** By anchor once there is one, else by the matching attribute; two hits are an error. */
async function findUser(link: Link, user: EntraUser, mapped: Mapped[]): Promise<Resource | null> {
  const { state, knobs, wire } = link;
  const anchor = state.users[user.id];
  const linked = anchor === undefined ? null : await readLinked(link, `/Users/${anchor}`);
  if (linked) return linked;
  delete state.users[user.id];
  const value = matchValue(mapped, knobs.matchAttr);
  if (value === null) return null;
  const found = await wire.list(`/Users?${filterQuery(knobs.matchAttr, value, knobs)}`);
  if (found.length > 1)
    throw new CheckFailed(`${found.length} users of the target match ${value}`, "DuplicateTargetEntries");
  const [only] = found;
  if (!only) return null;
  const id = String(only.id);
  if (Object.values(state.users).includes(id))
    throw new CheckFailed(`${value} matches a user that is linked to somebody else`, "DuplicateSourceEntries");
  state.users[user.id] = id;
  return only;
}

async function createUser(link: Link, user: EntraUser, mapped: Mapped[]): Promise<void> {
  const { wire, knobs, state } = link;
  const attributes = buildResource(mapped, knobs.postNulls);
  if (knobs.postNulls) nameNulls(attributes);
  const schemas = [coreUser, enterprise];
  const roles = rolesOfPost(user.appRoles, knobs.roles);
  const answer = await wire.send("POST", "/Users", { schemas, ...attributes, meta: { resourceType: "User" }, roles });
  if (answer.status !== 201) throw refused(`POST /Users (${user.userPrincipalName})`, answer);
  const created = answer.body as Resource;
  wire.checkResource("POST /Users", created, false);
  checkHolds(link, "POST /Users", mapped, created);
  checkRoles(link, "POST /Users", user, created);
  state.users[user.id] = String(created.id);
}

/** Attributes that old jobs send although nothing is mapped to them. */
function nameNulls(attributes: Resource): void {
  attributes.nickName = null;
  const extension = attributes[enterprise];
  if (isRecord(extension)) extension.manager = null;
}

async function updateUser(link: Link, user: EntraUser, mapped: Mapped[], current: Resource): Promise<void> {
  const operations = [...diff(mapped, current, link.knobs), ...diffRoles(link, user, current)];
  if (operations.length === 0) return;
  const path = `/Users/${current.id}`;
  const answer = await link.wire.send("PATCH", path, patchBody(operations));
  if (answer.status !== 200 && answer.status !== 204)
    throw refused(`PATCH ${path} (${user.userPrincipalName})`, answer);
  const after = answer.status === 200 ? (answer.body as Resource) : await readResource(link, path);
  link.wire.check(after.id === current.id, `PATCH ${path}: the id stays`);
  checkHolds(link, `PATCH ${path}`, mapped, after);
  checkRoles(link, `PATCH ${path}`, user, after);
}

// ── Roles ──────────────────────────────────────────────────────────────────

/** Sent when the source has others than it sent last, or the target lacks one. */
function diffRoles({ knobs, state }: Link, user: EntraUser, current: Resource): Operation[] {
  const wanted = wantedRoles(user.appRoles, knobs.roles);
  const last = state.roles[user.id];
  const held = heldRoles(current);
  const isSent = last === undefined ? wanted.every((role) => held.includes(role)) : last === wanted.join(" ");
  return isSent ? [] : rolesOfPatch(user.appRoles, current, knobs);
}

/** What was assigned is there; what was taken away is gone where the form can say so. */
function checkRoles({ wire, knobs, state }: Link, where: string, user: EntraUser, resource: Resource): void {
  if (knobs.roles === "unmapped") return;
  const wanted = wantedRoles(user.appRoles, knobs.roles);
  const held = heldRoles(resource);
  const isExact = knobs.roles === "AssertiveAppRoleAssignmentsComplex";
  const isThere = wanted.every((role) => held.includes(role)) && (!isExact || held.length === wanted.length);
  wire.check(isThere, `${where}: roles are ${held.join(", ")}, assigned are ${wanted.join(", ")}`);
  state.roles[user.id] = wanted.join(" ");
}

// ── Manager ────────────────────────────────────────────────────────────────

/** A manager is sent once both people exist in the target, and waits until then (S12). */
export async function provisionManager(link: Link, user: EntraUser): Promise<void> {
  const { state } = link;
  const userId = state.users[user.id];
  if (userId === undefined) return;
  if (user.manager === null) return takeManager(link, user, userId);
  const managerId = state.users[user.manager];
  if (managerId === undefined) return;
  if (!(await hasManager(link, userId, managerId)))
    await writeManager(
      link,
      userId,
      [setManager(managerId, state.managers[user.id] !== undefined, link.knobs)],
      managerId,
    );
  state.managers[user.id] = user.manager;
}

async function takeManager(link: Link, user: EntraUser, userId: string): Promise<void> {
  const sent = link.state.managers[user.id];
  if (sent === undefined) return;
  const operations = clearManager(link.state.users[sent] ?? "", link.knobs);
  if (operations.length > 0) await writeManager(link, userId, operations, undefined);
  delete link.state.managers[user.id];
}

async function hasManager(link: Link, userId: string, managerId: string): Promise<boolean> {
  const { wire, knobs } = link;
  if (knobs.referenceCheck)
    return (await wire.list(`/Users?${referenceQuery(userId, "manager", managerId, knobs)}`)).length === 1;
  return heldManager(await readResource(link, `/Users/${userId}`)) === managerId;
}

function heldManager(resource: Resource): unknown {
  const held = readPath(resource, manager);
  return isRecord(held) ? held.value : undefined;
}

async function writeManager(link: Link, userId: string, operations: Operation[], wanted?: string): Promise<void> {
  const path = `/Users/${userId}`;
  const answer = await link.wire.send("PATCH", path, patchBody(operations));
  if (answer.status >= 300) throw refused(`PATCH ${path} manager`, answer);
  const after = heldManager(await readResource(link, path));
  link.wire.check(after === wanted, `PATCH ${path}: manager.value is ${after}, must be ${wanted}`);
}

// ── The end ────────────────────────────────────────────────────────────────

/** A purged person: DELETE, then gone. Who was unassigned before is nobody's: nothing is sent. */
export async function purgeUser({ wire, state }: Link, userId: string): Promise<void> {
  const id = state.users[userId];
  if (id !== undefined && state.released[userId] === undefined) {
    const answer = await wire.send("DELETE", `/Users/${id}`);
    if (answer.status !== 204 && answer.status !== 404) throw refused(`DELETE /Users/${id}`, answer);
    const after = await wire.send("GET", `/Users/${id}`);
    wire.check(after.status === 404, `GET /Users/${id} after DELETE: 404, not ${after.status}`);
  }
  delete state.users[userId];
  delete state.managers[userId];
  delete state.roles[userId];
}
