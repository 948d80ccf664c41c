import { isDeepStrictEqual } from "node:util";
import { nobody } from "@/lib/provisioning/conformance/support";
import {
  fold,
  type Match,
  type ModelPerson,
  type ModelTeam,
  namedRole,
  noId,
  type Prediction,
  type Profile,
  patched,
  profileOf,
  type TeamOperation,
  teamKey,
  unknown,
  type Values,
  type Write,
  withRoles,
  withValue,
} from "./model-values";

// An in-memory model of a workspace's people and teams during a conversation, for conversations.fuzz.db.test.ts. It is written from
// docs/rules and shares no code with the store. It has no accounts, email addresses or emails, because a client sees none of these.

export class Model {
  readonly people: ModelPerson[];
  readonly teams: ModelTeam[] = [];
  readonly seatLimit: number | null;

  constructor(admin: ModelPerson, seatLimit: number | null) {
    this.people = [admin];
    this.seatLimit = seatLimit;
  }

  get known(): ModelPerson[] {
    return this.people.filter(({ isEnded }) => !isEnded).sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  get knownTeams(): ModelTeam[] {
    return this.teams.filter(({ isGone }) => !isGone).sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  get seatsUsed(): number {
    return this.known.filter(({ active }) => active).length;
  }

  /** Resolves a number to the place it means now; it keeps its meaning as more rows are created. */
  placeOf(number: number, rows: readonly unknown[]): number {
    return number >= unknown ? number : rows.length === 0 ? unknown : number % rows.length;
  }

  person(who: number): ModelPerson | undefined {
    return this.people[this.placeOf(who, this.people)];
  }

  team(team: number): ModelTeam | undefined {
    return this.teams[this.placeOf(team, this.teams)];
  }

  idOf(who: number): string {
    return this.person(who)?.id ?? (who === noId ? "not-an-id" : nobody);
  }

  teamIdOf(team: number): string {
    return this.team(team)?.id ?? nobody;
  }

  teamsOf(id: string): string[] {
    const own = this.knownTeams.filter(({ members }) => members.has(id));
    return own.map((team) => team.id);
  }

  /** The expected answer to a write in the model's current state. `made` are further members of a new team. */
  predict(write: Write, made: readonly string[] = []): Prediction {
    switch (write.do) {
      case "create":
        return this.#create(write);
      case "put":
        return this.#put(write);
      case "patch":
        return this.#patch(write);
      case "end":
        return this.#end(write);
      case "createTeam":
        return this.#createTeam(write, made);
      case "putTeam":
        return this.#changeTeam(write, write.title, new Set(write.members.map((who) => this.idOf(who))));
      case "patchTeam":
        return this.#patchTeam(write);
      case "endTeam":
        return this.#endTeam(write);
      default:
        return write satisfies never;
    }
  }

  // ── People ───────────────────────────────────────────────────────────────

  #profile(write: { name: string; values: Values; active?: boolean; roles?: string[] }): Profile {
    const empty: Profile = { userName: write.name, externalId: null, attributes: {}, active: write.active ?? true };
    const profile = Object.entries(write.values).reduce((all, [name, value]) => withValue(all, name, value), empty);
    return write.roles === undefined ? profile : withRoles(profile, { op: "replace", value: write.roles });
  }

  #holderOf(userName: string): ModelPerson | undefined {
    return this.known.find((person) => fold(person.userName) === fold(userName));
  }

  #create(write: Extract<Write, { do: "create" }>): Prediction {
    if (write.name === "") return { refused: [400] };
    const profile = this.#profile(write);
    const holder = this.#holderOf(write.name);
    if (holder?.isManaged) return { refused: [409] };
    if (holder) return this.#change(holder, profile, 201, true);
    if (profile.active && !this.#hasSeat()) return { refused: [403] };
    const apply = (id: string) => {
      const person = { ...profile, id, version: 1, isAdmin: false, isManaged: true, isEnded: false };
      this.people.push(person);
      return person;
    };
    return { status: 201, mayRefuse: [], apply };
  }

  #hasSeat(): boolean {
    return this.seatLimit === null || this.seatsUsed < this.seatLimit;
  }

  /** Statuses that reject a write before its rules are checked: the row doesn't exist, or has another version. */
  #unfit(row: { isEnded?: boolean; isGone?: boolean } | undefined, match: Match | undefined): number[] {
    if (!row || row.isEnded || row.isGone) return [404];
    return match === "old" ? [412] : [];
  }

  #put(write: Extract<Write, { do: "put" }>): Prediction {
    const person = this.person(write.who);
    const refused = [...this.#unfit(person, write.match), ...(write.name === "" ? [400] : [])];
    if (!person || refused.length > 0) return { refused };
    const profile = this.#profile({ ...write, active: write.active ?? person.active });
    const kept = write.roles === undefined ? person.attributes.roles : profile.attributes.roles;
    const withKept = withValue(profile, "roles", kept);
    const keepsExternalId = !("externalId" in write.values);
    return this.#change(
      person,
      keepsExternalId ? { ...withKept, externalId: person.externalId } : withKept,
      200,
      false,
    );
  }

  #patch(write: Extract<Write, { do: "patch" }>): Prediction {
    const person = this.person(write.who);
    const unfit = this.#unfit(person, write.match);
    let isNameless = false;
    const start = person ? profileOf(person) : this.#profile({ name: "x", values: {} });
    const profile = write.operations.reduce((before, operation) => {
      const after = patched(before, operation);
      isNameless ||= after.userName === "";
      return after;
    }, start);
    const takesState = write.operations.some(({ op, at }) => op === "remove" && at === "active");
    const refused = [...unfit, ...(isNameless || takesState ? [400] : [])];
    return !person || refused.length > 0 ? { refused } : this.#change(person, profile, 200, false);
  }

  #change(person: ModelPerson, profile: Profile, status: number, isAlwaysWritten: boolean): Prediction {
    const isSame = !isAlwaysWritten && isDeepStrictEqual(profileOf(person), profile);
    const refused = isSame ? [] : this.#whyNot(person, profile);
    if (refused.length > 0) return { refused };
    const apply = () => {
      Object.assign(person, profile, { isManaged: true, version: person.version + (isSame ? 0 : 1) });
      return person;
    };
    return { status, mayRefuse: [], apply };
  }

  /** A status for every rule that a change of a person breaks; which one the server reports is not specified. */
  #whyNot(person: ModelPerson, profile: Profile): number[] {
    const isDemoted = this.#demotes(person, profile);
    const holder = this.#holderOf(profile.userName);
    return [
      ...(person.isAdmin && (!profile.active || isDemoted) ? [400] : []),
      ...(profile.active && !person.active && !this.#hasSeat() ? [403] : []),
      ...(holder && holder !== person ? [409] : []),
    ];
  }

  #demotes(person: ModelPerson, profile: Profile): boolean {
    if (isDeepStrictEqual(person.attributes.roles, profile.attributes.roles)) return false;
    const word = namedRole(profile) ?? (namedRole(person) === null ? null : "member");
    return word === "member";
  }

  #end(write: Extract<Write, { do: "end" }>): Prediction {
    const person = this.person(write.who);
    const refused = this.#unfit(person, write.match);
    if (!person || refused.length > 0) return { refused };
    if (person.isAdmin) return { refused: [400] };
    const apply = () => {
      Object.assign(person, { isEnded: true, active: false, version: person.version + 1 });
      for (const team of this.knownTeams.filter(({ members }) => members.delete(person.id))) {
        team.version++;
        team.leaves++;
      }
      return person;
    };
    return { status: 204, mayRefuse: [], apply };
  }

  // ── Teams ────────────────────────────────────────────────────────────────

  #isIssued(id: string): boolean {
    return this.people.some((person) => person.id === id);
  }

  /** Statuses that reject this name and these members for a team. */
  #whyNoTeam(title: string, added: ReadonlySet<string>, own: ModelTeam | undefined): number[] {
    const holder = this.knownTeams.find((team) => teamKey(team.title) === teamKey(title));
    const isUnknown = [...added].some((id) => !this.#isIssued(id));
    return [...(isUnknown || teamKey(title) === "" ? [400] : []), ...(holder && holder !== own ? [409] : [])];
  }

  /** Those of the ids who are still members; ended people are skipped. */
  #present(ids: Iterable<string>): Set<string> {
    const here = new Set(this.known.map(({ id }) => id));
    return new Set([...ids].filter((id) => here.has(id)));
  }

  #createTeam({ title, members }: Extract<Write, { do: "createTeam" }>, made: readonly string[]): Prediction {
    const wanted = new Set([...members.map((who) => this.idOf(who)), ...made]);
    const refused = this.#whyNoTeam(title, wanted, undefined);
    if (refused.length > 0) return { refused };
    const apply = (id: string) => {
      const team = { id, title, members: this.#present(wanted), version: 1, isGone: false, leaves: 0 };
      this.teams.push(team);
      return team;
    };
    return { status: 201, mayRefuse: [], apply };
  }

  #patchTeam(write: Extract<Write, { do: "patchTeam" }>): Prediction {
    const team = this.team(write.team);
    let members = new Set(team?.members);
    let title = team?.title ?? "x";
    const named = new Set<string>();
    let isNameless = false;
    for (const operation of write.operations) {
      if (operation.op === "rename") title = operation.title;
      else members = this.#membersAfter(members, operation, named);
      isNameless ||= title.trim() === "";
    }
    const mayRefuse = [...named].some((id) => !this.#isIssued(id) && !members.has(id)) ? [400] : [];
    return this.#changeTeam(write, isNameless ? "" : title, members, mayRefuse);
  }

  /** Members after an operation; `named` collects whom it adds. */
  #membersAfter(
    members: Set<string>,
    operation: Exclude<TeamOperation, { op: "rename" }>,
    named: Set<string>,
  ): Set<string> {
    if (operation.op === "clear") return new Set();
    const ids = operation.members.map((who) => this.idOf(who));
    if (operation.op === "remove") return new Set([...members].filter((id) => !ids.includes(id)));
    for (const id of ids) named.add(id);
    return new Set([...(operation.op === "add" ? members : []), ...ids]);
  }

  #changeTeam(
    { team: place, match }: { team: number; match?: Match },
    title: string,
    wanted: ReadonlySet<string>,
    mayRefuse: number[] = [],
  ): Prediction {
    const team = this.team(place);
    const unfit = this.#unfit(team, match);
    const added = new Set([...wanted].filter((id) => !team?.members.has(id)));
    const refused = [
      ...unfit,
      ...this.#whyNoTeam(title, added, team).filter((status) => unfit.length === 0 || status === 400),
    ];
    if (!team || refused.length > 0) return { refused: [...refused, ...mayRefuse] };
    const apply = () => {
      const members = this.#present(wanted);
      const isSame = title === team.title && isDeepStrictEqual([...members].sort(), [...team.members].sort());
      Object.assign(team, { title, members, version: team.version + (isSame ? 0 : 1) });
      return team;
    };
    return { status: 200, mayRefuse, apply };
  }

  #endTeam(write: Extract<Write, { do: "endTeam" }>): Prediction {
    const team = this.team(write.team);
    const refused = this.#unfit(team, write.match);
    if (!team || refused.length > 0) return { refused };
    const apply = () => Object.assign(team, { isGone: true });
    return { status: 204, mayRefuse: [], apply };
  }
}
