import type { Directory, EntraGroup } from "@/e2e/idp/entra/directory";
import { CheckFailed } from "@/e2e/idp/entra/failure";
import { checkHolds, type Link, readLinked, readResource, refused } from "@/e2e/idp/entra/link";
import { addMembers, diff, filterQuery, type Operation, patchBody, referenceQuery, removeMembers } from "./dialect";
import { type Mapped, mapGroup } from "./mapping";
import { buildResource, type Resource } from "./resource";

const coreGroup = "urn:ietf:params:scim:schemas:core:2.0:Group";

/** One group without its members. */
export async function provisionGroup(link: Link, group: EntraGroup): Promise<void> {
  if (!group.assigned) return removeGroup(link, group.id);
  const mapped = mapGroup(group);
  const current = await findGroup(link, group);
  if (!current) return createGroup(link, group, mapped);
  const operations = diff(mapped, current, link.knobs);
  if (operations.length === 0) return;
  await patchGroup(link, String(current.id), operations);
  const after = await readResource(link, `/Groups/${current.id}?excludedAttributes=members`);
  checkHolds(link, `PATCH /Groups/${current.id}`, mapped, after);
}

async function findGroup(link: Link, group: EntraGroup): Promise<Resource | null> {
  const { state, wire, knobs } = link;
  const anchor = state.groups[group.id];
  const linked = anchor === undefined ? null : await readLinked(link, `/Groups/${anchor}?excludedAttributes=members`);
  if (linked) return linked;
  forget(link, group.id);
  const path = `/Groups?excludedAttributes=members&${filterQuery("displayName", group.displayName, knobs)}`;
  const found = await wire.list(path);
  if (found.length > 1) throw new CheckFailed(`several groups for ${path}`, "MultipleEntriesInResponse");
  const [only] = found;
  if (!only) return null;
  state.groups[group.id] = String(only.id);
  state.found[group.id] = true;
  return only;
}

async function createGroup({ wire, state }: Link, group: EntraGroup, mapped: Mapped[]): Promise<void> {
  const body = { schemas: [coreGroup], ...buildResource(mapped), members: [], meta: { resourceType: "Group" } };
  const answer = await wire.send("POST", "/Groups", body);
  if (answer.status !== 201) throw refused(`POST /Groups (${group.displayName})`, answer);
  wire.checkResource("POST /Groups", answer.body as Resource, false);
  state.groups[group.id] = String((answer.body as Resource).id);
  state.sent[group.id] = [];
}

async function patchGroup({ wire }: Link, id: string, operations: Operation[]): Promise<void> {
  const answer = await wire.send("PATCH", `/Groups/${id}`, patchBody(operations));
  if (answer.status !== 204 && answer.status !== 200) throw refused(`PATCH /Groups/${id}`, answer);
}

export async function removeGroup(link: Link, groupId: string): Promise<void> {
  const id = link.state.groups[groupId];
  if (id === undefined) return;
  const answer = await link.wire.send("DELETE", `/Groups/${id}`);
  if (answer.status !== 204 && answer.status !== 404) throw refused(`DELETE /Groups/${id}`, answer);
  forget(link, groupId);
}

function forget({ state }: Link, groupId: string): void {
  delete state.groups[groupId];
  delete state.sent[groupId];
  delete state.found[groupId];
}

// ── Members ────────────────────────────────────────────────────────────────

/** Only what changed since it was last sent: Entra never reads members back. */
export async function provisionMembers(link: Link, group: EntraGroup, directory: Directory): Promise<void> {
  const { state, knobs } = link;
  const id = state.groups[group.id];
  if (id === undefined || !group.assigned) return;
  const inScope = group.members.filter((member) => directory.users.has(member) && state.users[member] !== undefined);
  const sent = new Set(state.sent[group.id] ?? []);
  const wanted = new Set(inScope);
  const added = idsOf(
    link,
    inScope.filter((member) => !sent.has(member)),
  );
  const removed = idsOf(
    link,
    [...sent].filter((member) => !wanted.has(member)),
  );
  await inChunks(added, link, async (chunk) => {
    const missing = knobs.referenceCheck ? await notYetIn(link, id, chunk) : chunk;
    if (missing.length > 0) await patchGroup(link, id, addMembers(missing, knobs));
  });
  await inChunks(removed, link, (chunk) => patchGroup(link, id, removeMembers(chunk, knobs)));
  state.sent[group.id] = inScope;
  if (added.length + removed.length > 0) await checkMembers(link, group, idsOf(link, inScope), removed);
}

/** SCIM ids of the people who are linked. */
function idsOf({ state }: Link, members: string[]): string[] {
  return members.flatMap((member) => state.users[member] ?? []);
}

async function notYetIn({ wire, knobs }: Link, group: string, ids: string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const id of ids) {
    const found = await wire.list(`/Groups?${referenceQuery(group, "members", id, knobs)}`);
    if (found.length === 0) missing.push(id);
  }
  return missing;
}

/** Membership changes of one group are sent concurrently. */
async function inChunks(ids: string[], { knobs }: Link, send: (ids: string[]) => Promise<void>): Promise<void> {
  const { memberChunk, memberConcurrency } = knobs;
  const chunks = Array.from({ length: Math.ceil(ids.length / memberChunk) }, (_, index) =>
    ids.slice(index * memberChunk, (index + 1) * memberChunk),
  );
  let next = 0;
  const worker = async () => {
    for (let chunk = chunks[next++]; chunk !== undefined; chunk = chunks[next++]) await send(chunk);
  };
  await Promise.all(Array.from({ length: memberConcurrency }, worker));
}

/**
 * Ours, not Entra's: after concurrent changes the group holds everybody who was sent, and nobody else but people who are out of
 * scope, and those who were in the group before the job was.
 */
async function checkMembers(link: Link, group: EntraGroup, wanted: string[], removed: string[]): Promise<void> {
  const { wire, state } = link;
  const id = state.groups[group.id] ?? "";
  const held = await readMembers(link, id);
  const missing = wanted.filter((member) => !held.includes(member));
  const foreign = Object.values(state.released);
  const known = state.found[group.id] ? held.filter((member) => !removed.includes(member)) : [...wanted, ...foreign];
  const extra = held.filter((member) => !known.includes(member));
  wire.check(new Set(held).size === held.length, `/Groups/${id}: a member is listed twice`);
  wire.check(missing.length === 0, `/Groups/${id}: ${missing.length} members that were added are missing`);
  wire.check(extra.length === 0, `/Groups/${id}: ${extra.length} members were never added, or were removed`);
}

/** Ids of the members as the target lists them. */
export async function readMembers(link: Link, id: string): Promise<string[]> {
  const group = await readResource(link, `/Groups/${id}`);
  return ((group.members ?? []) as Resource[]).map((member) => String(member.value));
}
