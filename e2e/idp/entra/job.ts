import { filterQuery } from "./connector/dialect";
import { provisionGroup, provisionMembers, readMembers, removeGroup } from "./connector/groups";
import { provisionManager, provisionUser, purgeUser } from "./connector/users";
import type { Wire } from "./connector/wire";
import { type Directory, type EntraGroup, type EntraUser, isSoftDeleted } from "./directory";
import { afterFailure, isDue, isHopeless, isParked, type Quarantine, quarantineReason, whyRest } from "./escrow";
import { type Code, type Failure, failureOf } from "./failure";
import type { Knobs } from "./knobs";
import { emptyState, type JobState, type Link } from "./link";
import { randomId } from "./random";

export { emptyState, type JobState };

type Progress = (step: string, done: number, total: number) => void;
type Step = "user" | "group" | "manager" | "members" | "purge";

/** How a cycle went: through, or not begun because the job rests. */
export type Outcome = "done" | "quarantined" | "disabled";

/** Objects in flight at once. */
const concurrency = 8;

/** Members of one group that can be provisioned on demand. */
const onDemandMembers = 5;

/** One provisioning job: probes, users, groups, then references, as Microsoft documents it. */
export class Job {
  /** Of the last cycle. */
  readonly failures: Failure[] = [];
  readonly #link: Link;
  readonly #clock: () => number;

  constructor(wire: Wire, knobs: Knobs, state: JobState = emptyState(), clock: () => number = Date.now) {
    // Provisioning on demand writes in the default dialect, whatever the Tenant URL says (S19).
    this.#link = { wire, knobs: knobs.pod ? { ...knobs, flag: false } : knobs, state };
    this.#clock = clock;
  }

  get state(): JobState {
    return this.#link.state;
  }

  /** *Test connection*, repeated at the start of every cycle: two filters that match nothing. */
  async testConnection(): Promise<void> {
    const { wire, knobs } = this.#link;
    const users = await wire.list(`/Users?${filterQuery(knobs.matchAttr, randomId(), knobs)}`);
    wire.check(users.length === 0, "a filter for an unknown user finds nobody");
    const groups = await wire.list(
      `/Groups?excludedAttributes=members&${filterQuery("displayName", randomId(), knobs)}`,
    );
    wire.check(groups.length === 0, "a filter for an unknown group finds nothing");
  }

  /** A pass over the whole directory; afterwards the target says what the source says, apart from what waits in escrow. */
  async cycle(directory: Directory, progress: Progress = () => {}): Promise<Outcome> {
    const rest = whyRest(this.state.quarantine, this.#clock());
    if (rest) return rest;
    this.failures.length = 0;
    await this.#probe();
    const users = [...directory.users.values()];
    const groups = [...directory.groups.values()];
    await this.#purge(directory);
    await this.#each("users", "user", users, progress, (user) => this.provisionUser(user));
    await this.#each("groups", "group", groups, progress, (group) => this.provisionGroup(group));
    const reporting = users.filter((user) => !isSoftDeleted(user) && this.#hasManager(user));
    await this.#each("managers", "manager", reporting, progress, (user) => provisionManager(this.#link, user));
    for (const [index, group] of groups.entries()) {
      await this.#guard("members", group, () => this.provisionMembers(group, directory));
      progress("members", index + 1, groups.length);
    }
    this.#judge(users.length + groups.length);
    return "done";
  }

  /** *Restart provisioning*: escrow and quarantine are forgotten, with `full` the object connections as well (S14). */
  restart(scope: "links" | "full"): void {
    const { state } = this;
    Object.assign(state, { escrow: {}, quarantine: undefined });
    if (scope === "full") Object.assign(state, emptyState(), { released: state.released });
  }

  /** A probe that fails puts the job into quarantine at once. */
  async #probe(): Promise<void> {
    try {
      await this.testConnection();
    } catch (error) {
      const reason = quarantineReason(failureOf("probe", error).code);
      if (reason) this.#enterQuarantine(reason);
      throw error;
    }
  }

  #enterQuarantine(reason: Quarantine["reason"]): void {
    const now = this.#clock();
    this.state.quarantine = { since: this.state.quarantine?.since ?? now, lastTry: now, reason };
  }

  /** After a cycle: too many failures begin a quarantine, a good one ends it. */
  #judge(objects: number): void {
    const references = this.failures.filter(({ object }) => /^(manager|members) /.test(object)).length;
    const tally = { events: objects, failures: this.failures.length, references };
    if (isHopeless(tally)) this.#enterQuarantine("escrow");
    else delete this.state.quarantine;
  }

  #hasManager(user: EntraUser): boolean {
    return user.manager !== null || this.state.managers[user.id] !== undefined;
  }

  async #each<Item extends EntraUser | EntraGroup>(
    name: string,
    step: Step,
    items: Item[],
    progress: Progress,
    work: (item: Item) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    let done = 0;
    const worker = async () => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) {
        const current = item;
        await this.#guard(step, current, () => work(current));
        progress(name, ++done, items.length);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }

  /** A failed object goes to escrow and the others go on; it is left alone until its next try. */
  async #guard(step: Step, object: { id: string; displayName: string }, work: () => Promise<void>): Promise<void> {
    const { escrow } = this.state;
    const key = `${step} ${object.id}`;
    if (!isDue(escrow[key], this.#clock())) return;
    try {
      await work();
      delete escrow[key];
    } catch (error) {
      const failure = failureOf(`${step} ${object.displayName}`, error);
      this.failures.push(failure);
      this.#park(key, failure.code);
    }
  }

  #park(key: string, code: Code): void {
    const { escrow } = this.state;
    if (isParked(code)) escrow[key] = afterFailure(escrow[key], code, this.#clock());
  }

  /** A linked object that is no longer in the directory was deleted for good (S9). */
  async #purge({ users, groups }: Directory): Promise<void> {
    const { state } = this;
    for (const key of Object.keys(state.escrow)) {
      const [step, id = ""] = key.split(" ");
      if (step !== "purge" && !users.has(id) && !groups.has(id)) delete state.escrow[key];
    }
    for (const id of Object.keys(state.users)) {
      if (!users.has(id)) await this.#guard("purge", { id, displayName: id }, () => purgeUser(this.#link, id));
    }
    for (const id of Object.keys(state.groups)) {
      if (!groups.has(id)) await this.#guard("purge", { id, displayName: id }, () => removeGroup(this.#link, id));
    }
  }

  provisionUser(user: EntraUser): Promise<void> {
    return provisionUser(this.#link, user);
  }

  purgeUser(user: EntraUser): Promise<void> {
    return purgeUser(this.#link, user.id);
  }

  provisionGroup(group: EntraGroup): Promise<void> {
    return provisionGroup(this.#link, group);
  }

  provisionMembers(group: EntraGroup, directory: Directory): Promise<void> {
    return provisionMembers(this.#link, group, directory);
  }

  /** Ids of the members of a group, as the target lists them. */
  membersOf(group: EntraGroup): Promise<string[]> {
    return readMembers(this.#link, this.state.groups[group.id] ?? "");
  }

  /** One person at once. */
  async provisionOnDemand(user: EntraUser): Promise<string> {
    await provisionUser(this.#onDemand(), user);
    return this.state.users[user.id] ?? "";
  }

  /** One group at once, with five members at most. */
  async provisionGroupOnDemand(group: EntraGroup, directory: Directory): Promise<string> {
    const link = this.#onDemand();
    await provisionGroup(link, group);
    const chosen = { ...group, members: group.members.slice(0, onDemandMembers) };
    await provisionMembers(link, chosen, directory);
    return this.state.groups[group.id] ?? "";
  }

  #onDemand(): Link {
    return { ...this.#link, knobs: { ...this.#link.knobs, flag: false } };
  }
}
