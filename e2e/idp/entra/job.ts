import { randomUUID } from "node:crypto";
import { addMembers, diff, filterQuery, patchBody, removeMembers, setManager } from "./dialect";
import { type Directory, type EntraGroup, type EntraUser, isSoftDeleted } from "./directory";
import type { Knobs } from "./knobs";
import { enterprise, type Mapped, mapGroup, mapUser, matchValue } from "./mapping";
import { buildResource, type Resource, readPath } from "./resource";
import { type Answer, CheckFailed, type Wire } from "./wire";

/** What Entra keeps between cycles: the pairs of object id and SCIM id, and the memberships it has sent. */
export type JobState = {
  users: Record<string, string>;
  groups: Record<string, string>;
  sent: Record<string, string[]>;
};

export function emptyState(): JobState {
  return { users: {}, groups: {}, sent: {} };
}

/** One object that could not be provisioned; the cycle goes on (escrow). */
export type Failure = { object: string; why: string };

type Progress = (step: string, done: number, total: number) => void;

const coreUser = "urn:ietf:params:scim:schemas:core:2.0:User";
const coreGroup = "urn:ietf:params:scim:schemas:core:2.0:Group";

/** Objects in flight at once (entra.md §3.1). */
const concurrency = 8;

/** One provisioning job: probes, users, groups, then references, as entra.md §3 and §4 describe it. */
export class Job {
  readonly failures: Failure[] = [];
  readonly #wire: Wire;
  readonly #knobs: Knobs;
  readonly state: JobState;

  constructor(wire: Wire, knobs: Knobs, state: JobState = emptyState()) {
    this.#wire = wire;
    this.#knobs = knobs;
    this.state = state;
  }

  /** *Test connection*, repeated at the start of every cycle: two filters that match nothing. */
  async testConnection(): Promise<void> {
    const users = await this.#wire.list(`/Users?${filterQuery(this.#knobs.matchAttr, randomUUID())}`);
    this.#wire.check(users.length === 0, "a filter for an unknown user finds nobody");
    const groups = await this.#wire.list(
      `/Groups?excludedAttributes=members&${filterQuery("displayName", randomUUID())}`,
    );
    this.#wire.check(groups.length === 0, "a filter for an unknown group finds nothing");
  }

  /** A pass over the whole directory; afterwards the target says what the source says. */
  async cycle(directory: Directory, progress: Progress = () => {}): Promise<void> {
    await this.testConnection();
    const users = [...directory.users.values()];
    const groups = [...directory.groups.values()];
    await this.#each("users", users, progress, (user) => this.provisionUser(user));
    await this.#each("groups", groups, progress, (group) => this.provisionGroup(group));
    const managed = users.filter((user) => user.manager !== null && !isSoftDeleted(user));
    await this.#each("managers", managed, progress, (user) => this.#provisionManager(user));
    for (const [index, group] of groups.entries()) {
      await this.#guard(group.displayName, () => this.provisionMembers(group, directory));
      progress("members", index + 1, groups.length);
    }
  }

  /** One person at once, in the default dialect: the flag does not reach it (entra.md §5). */
  async provisionOnDemand(user: EntraUser): Promise<string> {
    const onDemand = new Job(this.#wire, { ...this.#knobs, flag: false }, this.state);
    await onDemand.provisionUser(user);
    return this.state.users[user.id] ?? "";
  }

  async #each<Item extends EntraUser | EntraGroup>(
    step: string,
    items: Item[],
    progress: Progress,
    work: (item: Item) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    let done = 0;
    const worker = async () => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) {
        const current = item;
        await this.#guard(current.displayName, () => work(current));
        progress(step, ++done, items.length);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }

  /** A failed object goes to escrow and the others go on. */
  async #guard(object: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failures.push({ object, why: error instanceof Error ? error.message : String(error) });
    }
  }

  // ── Users ────────────────────────────────────────────────────────────────

  async provisionUser(user: EntraUser): Promise<void> {
    const mapped = mapUser(user, this.#knobs);
    const current = await this.#findUser(user, mapped);
    if (current) return this.#updateUser(user, mapped, current);
    if (!isSoftDeleted(user)) await this.#createUser(user, mapped); // a disabled person is never created
  }

  /** By anchor once there is one, else by the matching attribute; two hits are an error. */
  async #findUser(user: EntraUser, mapped: Mapped[]): Promise<Resource | null> {
    const anchor = this.state.users[user.id];
    if (anchor !== undefined) return this.#read(`/Users/${anchor}`);
    const value = matchValue(mapped, this.#knobs.matchAttr);
    if (value === null) return null;
    const found = await this.#wire.list(`/Users?${filterQuery(this.#knobs.matchAttr, value)}`);
    if (found.length > 1) throw new CheckFailed(`DuplicateTargetEntries: ${found.length} users match ${value}`);
    const [only] = found;
    if (only) this.state.users[user.id] = String(only.id);
    return only ?? null;
  }

  async #read(path: string): Promise<Resource> {
    const answer = await this.#wire.send("GET", path);
    if (answer.status !== 200) throw new CheckFailed(`GET ${path}: ${told(answer)}`);
    const resource = answer.body as Resource;
    this.#wire.checkResource(`GET ${path}`, resource, path.includes("excludedAttributes=members"));
    return resource;
  }

  async #createUser(user: EntraUser, mapped: Mapped[]): Promise<void> {
    const body = {
      schemas: [coreUser, enterprise],
      ...buildResource(mapped),
      meta: { resourceType: "User" },
      roles: [],
    };
    const answer = await this.#wire.send("POST", "/Users", body);
    if (answer.status !== 201) throw new CheckFailed(`POST /Users (${user.userPrincipalName}): ${told(answer)}`);
    const created = answer.body as Resource;
    this.#wire.checkResource("POST /Users", created, false);
    this.#checkHolds("POST /Users", mapped, created);
    this.state.users[user.id] = String(created.id);
  }

  async #updateUser(user: EntraUser, mapped: Mapped[], current: Resource): Promise<void> {
    const operations = diff(mapped, current, this.#knobs);
    if (operations.length === 0) return;
    const path = `/Users/${current.id}`;
    const answer = await this.#wire.send("PATCH", path, patchBody(operations));
    if (answer.status !== 200 && answer.status !== 204) {
      throw new CheckFailed(`PATCH ${path} (${user.userPrincipalName}): ${told(answer)}`);
    }
    const after = answer.status === 200 ? (answer.body as Resource) : await this.#read(path);
    this.#wire.check(after.id === current.id, `PATCH ${path}: the id stays`);
    this.#checkHolds(`PATCH ${path}`, mapped, after);
  }

  /** Every value that was sent is there, as it was sent: no normalisation, or each full sync writes it again. */
  #checkHolds(where: string, mapped: Mapped[], resource: Resource): void {
    for (const [path, value] of mapped) {
      if (value === null || value === "") continue;
      const held = readPath(resource, path);
      this.#wire.check(
        held === value,
        `${where}: ${path} is ${JSON.stringify(held)}, sent was ${JSON.stringify(value)}`,
      );
    }
  }

  /** After both ends exist. */
  async #provisionManager(user: EntraUser): Promise<void> {
    const userId = this.state.users[user.id];
    const managerId = user.manager === null ? undefined : this.state.users[user.manager];
    if (userId === undefined || managerId === undefined) return; // repaired when the link changes again
    const path = `/Users/${userId}`;
    const held = readPath(await this.#read(path), `${enterprise}:manager`) as Resource | undefined;
    if (held?.value === managerId) return;
    const operation = setManager(managerId, held !== undefined, this.#knobs);
    const answer = await this.#wire.send("PATCH", path, patchBody([operation]));
    if (answer.status >= 300) throw new CheckFailed(`PATCH ${path} manager: ${told(answer)}`);
    const after = readPath(await this.#read(path), `${enterprise}:manager`) as Resource | undefined;
    this.#wire.check(after?.value === managerId, `PATCH ${path}: manager.value must be ${managerId}`);
  }

  /** A purged person: DELETE, then gone; a second DELETE finds nothing. */
  async purgeUser(user: EntraUser): Promise<void> {
    const id = this.state.users[user.id];
    if (id === undefined) return;
    const answer = await this.#wire.send("DELETE", `/Users/${id}`);
    this.#wire.check(answer.status === 204, `DELETE /Users/${id}: 204, not ${told(answer)}`);
    const after = await this.#wire.send("GET", `/Users/${id}`);
    this.#wire.check(after.status === 404, `GET /Users/${id} after DELETE: 404, not ${after.status}`);
    delete this.state.users[user.id];
  }

  // ── Groups ───────────────────────────────────────────────────────────────

  async provisionGroup(group: EntraGroup): Promise<void> {
    if (!group.assigned) return this.removeGroup(group);
    const mapped = mapGroup(group);
    const current = await this.#findGroup(group);
    if (!current) return this.#createGroup(group, mapped);
    const operations = diff(mapped, current, this.#knobs);
    if (operations.length === 0) return;
    await this.#patchGroup(String(current.id), operations);
    const after = await this.#read(`/Groups/${current.id}?excludedAttributes=members`);
    this.#checkHolds(`PATCH /Groups/${current.id}`, mapped, after);
  }

  async #findGroup(group: EntraGroup): Promise<Resource | null> {
    const anchor = this.state.groups[group.id];
    if (anchor !== undefined) return this.#read(`/Groups/${anchor}?excludedAttributes=members`);
    const path = `/Groups?excludedAttributes=members&${filterQuery("displayName", group.displayName)}`;
    const found = await this.#wire.list(path);
    if (found.length > 1) throw new CheckFailed(`MultipleEntriesInResponse: ${path}`);
    const [only] = found;
    if (only) this.state.groups[group.id] = String(only.id);
    return only ?? null;
  }

  async #createGroup(group: EntraGroup, mapped: Mapped[]): Promise<void> {
    const body = { schemas: [coreGroup], ...buildResource(mapped), members: [], meta: { resourceType: "Group" } };
    const answer = await this.#wire.send("POST", "/Groups", body);
    if (answer.status !== 201) throw new CheckFailed(`POST /Groups (${group.displayName}): ${told(answer)}`);
    this.state.groups[group.id] = String((answer.body as Resource).id);
    this.state.sent[group.id] = [];
  }

  async #patchGroup(id: string, operations: Parameters<typeof patchBody>[0]): Promise<void> {
    const answer = await this.#wire.send("PATCH", `/Groups/${id}`, patchBody(operations));
    if (answer.status !== 204 && answer.status !== 200) throw new CheckFailed(`PATCH /Groups/${id}: ${told(answer)}`);
  }

  /** Only what changed since it was last sent: Entra never reads members back (entra.md §4.5). */
  async provisionMembers(group: EntraGroup, directory: Directory): Promise<void> {
    const id = this.state.groups[group.id];
    if (id === undefined || !group.assigned) return;
    const inScope = group.members.filter(
      (member) => directory.users.has(member) && this.state.users[member] !== undefined,
    );
    const sent = new Set(this.state.sent[group.id] ?? []);
    const wanted = new Set(inScope);
    const added = inScope.filter((member) => !sent.has(member));
    const removed = [...sent].filter((member) => !wanted.has(member));
    await this.#inChunks(added, (chunk) => this.#patchGroup(id, addMembers(chunk, this.#knobs)));
    await this.#inChunks(removed, (chunk) => this.#patchGroup(id, removeMembers(chunk, this.#knobs)));
    this.state.sent[group.id] = inScope;
    if (added.length + removed.length > 0) await this.#checkMembers(id, inScope);
  }

  /** Membership changes of one group are sent concurrently (entra.md §4.9). */
  async #inChunks(members: string[], send: (ids: string[]) => Promise<void>): Promise<void> {
    const ids = members.map((member) => this.state.users[member]).filter((id) => id !== undefined);
    const { memberChunk, memberConcurrency } = this.#knobs;
    const chunks = Array.from({ length: Math.ceil(ids.length / memberChunk) }, (_, index) =>
      ids.slice(index * memberChunk, (index + 1) * memberChunk),
    );
    let next = 0;
    const worker = async () => {
      for (let chunk = chunks[next++]; chunk !== undefined; chunk = chunks[next++]) await send(chunk);
    };
    await Promise.all(Array.from({ length: memberConcurrency }, worker));
  }

  /** Ours, not Entra's: after concurrent changes the group holds exactly what was sent. */
  async #checkMembers(id: string, members: string[]): Promise<void> {
    const group = await this.#read(`/Groups/${id}`);
    const held = new Set(((group.members ?? []) as Resource[]).map((member) => member.value));
    const wanted = members.map((member) => this.state.users[member]);
    this.#wire.check(held.size === wanted.length, `/Groups/${id}: ${held.size} members, sent were ${wanted.length}`);
    this.#wire.check(
      wanted.every((member) => held.has(member)),
      `/Groups/${id}: a member that was added is missing`,
    );
  }

  async removeGroup(group: EntraGroup): Promise<void> {
    const id = this.state.groups[group.id];
    if (id === undefined) return;
    const answer = await this.#wire.send("DELETE", `/Groups/${id}`);
    this.#wire.check(answer.status === 204, `DELETE /Groups/${id}: 204, not ${told(answer)}`);
    delete this.state.groups[group.id];
    delete this.state.sent[group.id];
  }
}

function told({ status, body }: Answer): string {
  const detail = typeof body === "object" && body !== null ? (body as Resource).detail : undefined;
  return detail === undefined ? String(status) : `${status} ${detail}`;
}
