import { isDeepStrictEqual } from "node:util";
import { nobody, urn } from "@/lib/provisioning/conformance/support";

// What a workspace's people and teams should be after a conversation: a model in memory for conversations.fuzz.db.test.ts, written from
// DESIGN §5 and sharing no code with the store. Nothing of accounts, addresses or mail is in it: a client sees none of these.

type Values = Record<string, unknown>;
/** The version that If-Match names: the one that is there, or one that never was. */
type Match = "now" | "old";

export type PatchOperation =
  | { op: "add" | "replace" | "remove"; at: string; value: string | null }
  | { op: "add" | "replace" | "remove"; at: "active"; value: boolean | string | null }
  | { op: "add" | "replace" | "remove"; at: "roles"; value: string[] };

export type TeamOperation =
  | { op: "rename"; title: string }
  | { op: "add" | "replace"; members: number[] }
  | { op: "remove"; members: number[]; byFilter: boolean }
  | { op: "clear" };

/** Numbers that stand for nobody: an id that was never issued, and what is no id at all. */
export const unknown = 98;
export const noId = 99;

/** People and teams are named by the place at which they were made, counted round; two numbers are nobody's. */
export type Write =
  | { do: "create"; name: string; values: Values; active?: boolean; roles?: string[] }
  | { do: "put"; who: number; name: string; values: Values; active?: boolean; roles?: string[]; match?: Match }
  | { do: "patch"; who: number; operations: PatchOperation[]; isPathless: boolean; match?: Match }
  | { do: "end"; who: number; match?: Match }
  | { do: "createTeam"; title: string; members: number[] }
  | { do: "putTeam"; team: number; title: string; members: number[]; match?: Match }
  | { do: "patchTeam"; team: number; operations: TeamOperation[]; match?: Match }
  | { do: "endTeam"; team: number; match?: Match };

type Said = { userName: string; externalId: string | null; attributes: Values; active: boolean };
export type ModelPerson = Said & {
  id: string;
  version: number;
  isAdmin: boolean;
  isManaged: boolean;
  isEnded: boolean;
};
export type ModelTeam = {
  id: string;
  title: string;
  members: Set<string>;
  version: number;
  isGone: boolean;
  leaves: number;
};

/**
 * What a write should answer. With `refused` it is one of these statuses and nothing changes; else it is `status`, and `apply` makes the
 * model so, with the id that a new resource was given.
 */
export type Prediction =
  | { refused: number[] }
  | { status: number; mayRefuse: number[]; apply: (id: string) => ModelPerson | ModelTeam };

export const fold = (text: string) => text.normalize("NFKC").toLowerCase();
const teamKey = (title: string) => fold(title.trim());
const isBlank = (value: unknown) => value === null || value === undefined || value === "";
const rolesOf = (values: string[]) => [...new Set(values)].map((value) => ({ value }));

/** A known person by the words of a write: unassigned values are absent, an extension without any is gone. */
function withValue(said: Said, name: string, value: unknown): Said {
  if (name === "externalId") return { ...said, externalId: isBlank(value) ? null : String(value) };
  if (name === "userName") return { ...said, userName: String(value ?? "") };
  const attributes = { ...said.attributes };
  const key = name === "department" ? urn.enterprise : name;
  delete attributes[key];
  if (!isBlank(value)) attributes[key] = name === "department" ? { department: value } : value;
  return { ...said, attributes };
}

function withRoles(said: Said, { op, value }: { op: string; value: string[] }): Said {
  const held = ((said.attributes.roles ?? []) as { value: string }[]).map((role) => role.value);
  const next = op === "remove" ? [] : op === "add" ? [...held, ...value] : value;
  return withValue(said, "roles", next.length > 0 ? rolesOf(next) : null);
}

function patched(said: Said, operation: PatchOperation): Said {
  const { op, at, value } = operation;
  if (at === "roles") return withRoles(said, { op, value: value as string[] });
  if (at === "unknown") return said;
  if (at !== "active") return withValue(said, at, op === "remove" ? null : value);
  return !isBlank(value) ? { ...said, active: String(value).toLowerCase() === "true" } : said;
}

function saidOf({ userName, externalId, attributes, active }: Said): Said {
  return { userName, externalId, attributes, active };
}

/** What roles say: admin wins, others mean member, none says nothing. */
function spoken({ attributes }: Said): "admin" | "member" | null {
  const roles = (attributes.roles ?? []) as { value: string }[];
  if (roles.length === 0) return null;
  return roles.some(({ value }) => fold(value) === "admin") ? "admin" : "member";
}

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

  /** The place that a number means now: as more are made, it goes on meaning the same. */
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

  /** What a write should answer in the state that the model is in. `made` are further members of a new team. */
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

  #said(write: { name: string; values: Values; active?: boolean; roles?: string[] }): Said {
    const empty: Said = { userName: write.name, externalId: null, attributes: {}, active: write.active ?? true };
    const said = Object.entries(write.values).reduce((all, [name, value]) => withValue(all, name, value), empty);
    return write.roles === undefined ? said : withRoles(said, { op: "replace", value: write.roles });
  }

  #holderOf(userName: string): ModelPerson | undefined {
    return this.known.find((person) => fold(person.userName) === fold(userName));
  }

  #create(write: Extract<Write, { do: "create" }>): Prediction {
    if (write.name === "") return { refused: [400] };
    const said = this.#said(write);
    const holder = this.#holderOf(write.name);
    if (holder?.isManaged) return { refused: [409] };
    if (holder) return this.#change(holder, said, 201, true);
    if (said.active && !this.#hasSeat()) return { refused: [403] };
    const apply = (id: string) => {
      const person = { ...said, id, version: 1, isAdmin: false, isManaged: true, isEnded: false };
      this.people.push(person);
      return person;
    };
    return { status: 201, mayRefuse: [], apply };
  }

  #hasSeat(): boolean {
    return this.seatLimit === null || this.seatsUsed < this.seatLimit;
  }

  /** Why a write to a row is refused before its rules are asked: it is not there, or not in this version. */
  #unfit(row: { isEnded?: boolean; isGone?: boolean } | undefined, match: Match | undefined): number[] {
    if (!row || row.isEnded || row.isGone) return [404];
    return match === "old" ? [412] : [];
  }

  #put(write: Extract<Write, { do: "put" }>): Prediction {
    const person = this.person(write.who);
    const refused = [...this.#unfit(person, write.match), ...(write.name === "" ? [400] : [])];
    if (!person || refused.length > 0) return { refused };
    const said = this.#said({ ...write, active: write.active ?? person.active });
    const kept = write.roles === undefined ? person.attributes.roles : said.attributes.roles;
    const withKept = withValue(said, "roles", kept);
    const isSilent = !("externalId" in write.values);
    return this.#change(person, isSilent ? { ...withKept, externalId: person.externalId } : withKept, 200, false);
  }

  #patch(write: Extract<Write, { do: "patch" }>): Prediction {
    const person = this.person(write.who);
    const unfit = this.#unfit(person, write.match);
    let isNameless = false;
    const start = person ? saidOf(person) : this.#said({ name: "x", values: {} });
    const said = write.operations.reduce((before, operation) => {
      const after = patched(before, operation);
      isNameless ||= after.userName === "";
      return after;
    }, start);
    const takesState = write.operations.some(({ op, at }) => op === "remove" && at === "active");
    const refused = [...unfit, ...(isNameless || takesState ? [400] : [])];
    return !person || refused.length > 0 ? { refused } : this.#change(person, said, 200, false);
  }

  #change(person: ModelPerson, said: Said, status: number, isAlwaysWritten: boolean): Prediction {
    const isSame = !isAlwaysWritten && isDeepStrictEqual(saidOf(person), said);
    const refused = isSame ? [] : this.#whyNot(person, said);
    if (refused.length > 0) return { refused };
    const apply = () => {
      Object.assign(person, said, { isManaged: true, version: person.version + (isSame ? 0 : 1) });
      return person;
    };
    return { status, mayRefuse: [], apply };
  }

  /** Every rule that a change of a person breaks; which of them is told is not the client's business. */
  #whyNot(person: ModelPerson, said: Said): number[] {
    const isDemoted = this.#demotes(person, said);
    const holder = this.#holderOf(said.userName);
    return [
      ...(person.isAdmin && (!said.active || isDemoted) ? [400] : []),
      ...(said.active && !person.active && !this.#hasSeat() ? [403] : []),
      ...(holder && holder !== person ? [409] : []),
    ];
  }

  #demotes(person: ModelPerson, said: Said): boolean {
    if (isDeepStrictEqual(person.attributes.roles, said.attributes.roles)) return false;
    const word = spoken(said) ?? (spoken(person) === null ? null : "member");
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

  /** Why a team can't have this name and these members. */
  #whyNoTeam(title: string, added: ReadonlySet<string>, own: ModelTeam | undefined): number[] {
    const holder = this.knownTeams.find((team) => teamKey(team.title) === teamKey(title));
    const isUnknown = [...added].some((id) => !this.#isIssued(id));
    return [...(isUnknown || teamKey(title) === "" ? [400] : []), ...(holder && holder !== own ? [409] : [])];
  }

  /** Those among ids who are still here: ended people are passed over. */
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

  /** Members after an operation; `named` gathers whom it put in. */
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
