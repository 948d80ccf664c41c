import { beforeAll, describe, expect, test } from "vitest";
import { all, one, run, sql, statement } from "@/lib/db";
import { urn } from "@/lib/provisioning/conformance/support";
import { Model } from "@/lib/provisioning/testing/conversation-model";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import {
  fold,
  type ModelPerson,
  type ModelTeam,
  noId,
  type PatchOperation,
  type Prediction,
  type TeamOperation,
  unknown,
  type Write,
} from "@/lib/provisioning/testing/model-values";
import fc from "@/scripts/testing/fast-check";
import { hunt } from "@/scripts/testing/hunt";

// I1–I3, I5–I7, I12: whole conversations of an identity provider against a model of the store: each answer, each version, and what the
// database holds at the end.

type Read =
  | { do: "read"; who: number }
  | { do: "readTeam"; team: number }
  | { do: "find"; by: "userName" | "externalId" | "title" | "active" | "roles.value" | "groups.value"; value: string }
  | { do: "findTeam"; by: "displayName" | "members.value"; value: string }
  | { do: "list"; endpoint: "/Users" | "/Groups"; startIndex: number; count: number }
  | { do: "walk"; endpoint: "/Users" | "/Groups"; count: number };

type Command = Write | Read | { do: "bulk"; writes: Write[]; failOnErrors: number | null };
type Conversation = { seatLimit: number | null; commands: Command[] };
type Body = Record<string, unknown>;
type Answer = Awaited<ReturnType<TestWorkspace["scim"]>>;

// ── What is sent ───────────────────────────────────────────────────────────

/** `$` is the workspace's domain, `%` a domain that is nobody's. */
const names = fc.constantFrom(
  "ada@$",
  "ADA@$",
  "bo@$",
  "cy@$",
  "admin@$",
  "guest@%",
  "Guest@%",
  "bare",
  "Bare",
  `${"0".repeat(32)}ada@$`,
);
const values = fc.constantFrom("a", "b", "A");
const maybe = fc.option(values, { nil: null });
const personValues = fc.record(
  { title: maybe, nickName: maybe, department: maybe, externalId: maybe },
  { requiredKeys: [], noNullPrototype: true },
);
const roles = fc.array(fc.constantFrom("admin", "Member", "x"), { maxLength: 2 });
const who = fc.oneof({ weight: 9, arbitrary: fc.nat(7) }, { weight: 1, arbitrary: fc.constantFrom(unknown, noId) });
const team = fc.oneof({ weight: 9, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.constant(unknown) });
const members = fc.array(fc.nat(7), { maxLength: 3 });
const strangers = fc.array(who, { minLength: 1, maxLength: 3 });
const titles = fc.constantFrom("Alpha", "ALPHA", " alpha ", "Beta", "Gamma", "beta");
const match = fc.constantFrom("now" as const, "now" as const, "now" as const, "now" as const, "old" as const);
const op = fc.constantFrom("add" as const, "replace" as const, "remove" as const);

function some<Row extends { [name: string]: fc.Arbitrary<unknown> }>(row: Row, optional: (keyof Row)[]) {
  const requiredKeys = Object.keys(row).filter((name) => !optional.includes(name));
  return fc.record(row as Record<string, fc.Arbitrary<unknown>>, { requiredKeys, noNullPrototype: true });
}
const its = <Name extends string>(name: Name) => fc.constant(name);

const patchOperation = fc.oneof(
  {
    weight: 4,
    arbitrary: some(
      { op, at: fc.constantFrom("title", "nickName", "department", "externalId", "unknown"), value: values },
      [],
    ),
  },
  {
    weight: 1,
    arbitrary: some(
      { op: its("replace"), at: fc.constantFrom("title", "externalId"), value: fc.constantFrom(null, "") },
      [],
    ),
  },
  { weight: 3, arbitrary: some({ op, at: its("active"), value: fc.constantFrom(true, false, "True", "False") }, []) },
  { weight: 2, arbitrary: some({ op: fc.constantFrom("add", "replace"), at: its("userName"), value: names }, []) },
  { weight: 1, arbitrary: some({ op: fc.constantFrom("replace", "remove"), at: its("userName"), value: its("") }, []) },
  { weight: 2, arbitrary: some({ op, at: its("roles"), value: roles }, []) },
) as fc.Arbitrary<PatchOperation>;

const teamOperation = fc.oneof(
  some({ op: its("rename"), title: titles }, []),
  some({ op: fc.constantFrom("add", "replace"), members }, []),
  some({ op: fc.constantFrom("add", "replace"), members: strangers }, []),
  some({ op: its("remove"), members: strangers, byFilter: fc.boolean() }, []),
  some({ op: its("clear") }, []),
) as fc.Arbitrary<TeamOperation>;

const create = some({ do: its("create"), name: names, values: personValues, active: fc.boolean(), roles }, [
  "active",
  "roles",
]);
const createTeam = some({ do: its("createTeam"), title: titles, members }, []);

const anyWrite = fc.oneof(
  { weight: 6, arbitrary: create },
  {
    weight: 3,
    arbitrary: some({ do: its("put"), who, name: names, values: personValues, active: fc.boolean(), roles, match }, [
      "active",
      "roles",
      "match",
    ]),
  },
  {
    weight: 6,
    arbitrary: some(
      {
        do: its("patch"),
        who,
        operations: fc.array(patchOperation, { maxLength: 3 }),
        isPathless: fc.boolean(),
        match,
      },
      ["match"],
    ),
  },
  { weight: 2, arbitrary: some({ do: its("end"), who, match }, ["match"]) },
  { weight: 3, arbitrary: createTeam },
  {
    weight: 1,
    arbitrary: some({ do: its("createTeam"), title: fc.constantFrom("Delta", "  ", ""), members: strangers }, []),
  },
  { weight: 2, arbitrary: some({ do: its("putTeam"), team, title: titles, members, match }, ["match"]) },
  {
    weight: 5,
    arbitrary: some({ do: its("patchTeam"), team, operations: fc.array(teamOperation, { maxLength: 3 }), match }, [
      "match",
    ]),
  },
  { weight: 1, arbitrary: some({ do: its("endTeam"), team, match }, ["match"]) },
) as fc.Arbitrary<Write>;

const endpoint = fc.constantFrom("/Users", "/Groups");
const reading = fc.oneof(
  some({ do: its("read"), who }, []),
  some({ do: its("readTeam"), team }, []),
  some({ do: its("find"), by: its("userName"), value: names }, []),
  some(
    {
      do: its("find"),
      by: fc.constantFrom("externalId", "title", "roles.value"),
      value: fc.constantFrom("a", "A", "b", "Admin"),
    },
    [],
  ),
  some({ do: its("find"), by: its("active"), value: fc.constantFrom("true", "false") }, []),
  some({ do: its("find"), by: its("groups.value"), value: fc.constantFrom("0", "1", "98") }, []),
  some({ do: its("findTeam"), by: its("displayName"), value: titles }, []),
  some({ do: its("findTeam"), by: its("members.value"), value: fc.constantFrom("0", "1", "2", "98") }, []),
  some(
    {
      do: its("list"),
      endpoint,
      startIndex: fc.constantFrom(-1, 1, 2, 4, 9),
      count: fc.constantFrom(-1, 0, 1, 2, 100),
    },
    [],
  ),
  some({ do: its("walk"), endpoint, count: fc.constantFrom(1, 2, 100) }, []),
) as fc.Arbitrary<Read>;

const bulk = some(
  {
    do: its("bulk"),
    writes: fc.array(anyWrite, { minLength: 1, maxLength: 5 }),
    failOnErrors: fc.option(fc.constantFrom(1, 2), { nil: null }),
  },
  [],
);

/** A first synchronisation, and whatever comes after it. */
const commands = fc
  .tuple(
    fc.array(create as fc.Arbitrary<Command>, { maxLength: 4 }),
    fc.array(createTeam as fc.Arbitrary<Command>, { maxLength: 2 }),
    fc.array(
      fc.oneof({ weight: 12, arbitrary: anyWrite }, { weight: 4, arbitrary: reading }, { weight: 2, arbitrary: bulk }),
      { maxLength: 19 },
    ),
  )
  .map((parts) => parts.flat());

const conversation = fc.record(
  { seatLimit: fc.constantFrom(null, null, 2, 3, 5), commands },
  { noNullPrototype: true },
) as fc.Arbitrary<Conversation>;

// ── How it is sent ─────────────────────────────────────────────────────────

type Request = { method: string; path: string; body: Body | undefined; match: string | null };

const pathOf = (at: string) => (at === "department" ? `${urn.enterprise}:department` : at);

/** Attributes as a resource has them. */
function resourceOf(name: string, given: Body, more: { active?: boolean; roles?: string[] }): Body {
  const { department, ...core } = given;
  return userBody(name, {
    ...core,
    ...(department !== undefined && { [urn.enterprise]: { department } }),
    ...(more.active !== undefined && { active: more.active }),
    ...(more.roles !== undefined && { roles: more.roles.map((value) => ({ value })) }),
  });
}

function patchOf(operations: PatchOperation[], isPathless: boolean): Body {
  const sent = operations.map(({ op: name, at, value }) => {
    const given = at === "roles" ? (value as string[]).map((role) => ({ value: role })) : value;
    if (name === "remove") return { op: name, path: pathOf(at) };
    return isPathless ? { op: name, value: { [pathOf(at)]: given } } : { op: name, path: pathOf(at), value: given };
  });
  return patchBody(...sent);
}

function teamPatchOf(operations: TeamOperation[], model: Model): Body {
  const listed = (ids: number[]) => ids.map((person) => ({ value: model.idOf(person) }));
  const sent = operations.flatMap((operation): Body[] => {
    if (operation.op === "rename") return [{ op: "replace", path: "displayName", value: operation.title }];
    if (operation.op === "clear") return [{ op: "remove", path: "members" }];
    if (operation.op !== "remove") return [{ op: operation.op, path: "members", value: listed(operation.members) }];
    if (!operation.byFilter) return [{ op: "remove", path: "members", value: listed(operation.members) }];
    return operation.members.map((person) => ({ op: "remove", path: `members[value eq "${model.idOf(person)}"]` }));
  });
  return patchBody(...sent);
}

function versionTag(row: { version: number } | undefined, asked: "now" | "old" | undefined): string | null {
  if (asked === undefined) return null;
  return asked === "old" ? 'W/"9999"' : `W/"${row?.version ?? 1}"`;
}

/** A write as it is sent in the state that the model is in. */
function requestOf(write: Write, model: Model): Request {
  const user = (person: number) => `/Users/${model.idOf(person)}`;
  const group = (place: number) => `/Groups/${model.teamIdOf(place)}`;
  const listed = (ids: number[]) => ids.map((person) => ({ value: model.idOf(person) }));
  const tagOf = (command: { match?: "now" | "old"; who?: number; team?: number }) =>
    versionTag(
      command.who === undefined ? model.team(command.team ?? unknown) : model.person(command.who),
      command.match,
    );
  switch (write.do) {
    case "create":
      return { method: "POST", path: "/Users", body: resourceOf(write.name, write.values, write), match: null };
    case "put":
      return {
        method: "PUT",
        path: user(write.who),
        body: resourceOf(write.name, write.values, write),
        match: tagOf(write),
      };
    case "patch":
      return {
        method: "PATCH",
        path: user(write.who),
        body: patchOf(write.operations, write.isPathless),
        match: tagOf(write),
      };
    case "end":
      return { method: "DELETE", path: user(write.who), body: undefined, match: tagOf(write) };
    case "createTeam":
      return {
        method: "POST",
        path: "/Groups",
        body: { displayName: write.title, members: listed(write.members) },
        match: null,
      };
    case "putTeam":
      return {
        method: "PUT",
        path: group(write.team),
        body: { displayName: write.title, members: listed(write.members) },
        match: tagOf(write),
      };
    case "patchTeam":
      return {
        method: "PATCH",
        path: group(write.team),
        body: teamPatchOf(write.operations, model),
        match: tagOf(write),
      };
    case "endTeam":
      return { method: "DELETE", path: group(write.team), body: undefined, match: tagOf(write) };
    default:
      return write satisfies never;
  }
}

// ── How it is compared ─────────────────────────────────────────────────────

/** What a client sees of a person, from the model and from an answer. */
function personView(person: ModelPerson, model: Model): Body {
  const { id, userName, externalId, attributes, active, version } = person;
  return { id, userName, externalId, attributes, active, version: `W/"${version}"`, groups: model.teamsOf(id).sort() };
}

/** A tag without the digest of the groups. */
function plain(tag: unknown): string {
  return String(tag).replace(/-[0-9a-f]+"$/, '"');
}

function seenPerson(body: Body): Body {
  const { schemas: _schemas, meta, id, userName, externalId = null, active, groups = [], ...attributes } = body;
  const ids = (groups as { value: string }[]).map(({ value }) => value).sort();
  return { id, userName, externalId, attributes, active, version: plain((meta as Body).version), groups: ids };
}

function teamView({ id, title, members: inside, version }: ModelTeam): Body {
  return { id, title, members: [...inside].sort(), version: `W/"${version}"` };
}

function seenTeam({ id, displayName, members: inside = [], meta }: Body): Body {
  const ids = (inside as { value: string }[]).map(({ value }) => value).sort();
  return { id, title: displayName, members: ids, version: (meta as Body).version };
}

const isTeam = (row: ModelPerson | ModelTeam): row is ModelTeam => "members" in row;

function isRead(command: Command): command is Read {
  return ["read", "readTeam", "find", "findTeam", "list", "walk"].includes(command.do);
}

/** Whether a person is meant by `by eq literal`. */
function holds(person: ModelPerson, by: string, literal: string, model: Model): boolean {
  if (by === "active") return String(person.active) === literal;
  if (by === "groups.value") return model.teamsOf(person.id).includes(literal);
  if (by === "externalId") return person.externalId === literal;
  if (by === "roles.value")
    return ((person.attributes.roles ?? []) as { value: string }[]).some(({ value }) => fold(value) === fold(literal));
  const held = by === "userName" ? person.userName : person.attributes[by];
  return typeof held === "string" && fold(held) === fold(literal);
}

/** An operation of a Bulk as it was sent: whom it names, and which version, was decided before the first of them ran. */
type Frozen = { write: Write; request: Request };

function freeze(write: Write, model: Model): Frozen {
  const person = (number: number) => model.placeOf(number, model.people);
  const place = (number: number) => model.placeOf(number, model.teams);
  const copy = structuredClone(write) as Write & {
    who?: number;
    team?: number;
    members?: number[];
    operations?: unknown[];
  };
  if (copy.who !== undefined) copy.who = person(copy.who);
  if (copy.team !== undefined) copy.team = place(copy.team);
  for (const one of [copy, ...((copy.operations ?? []) as { members?: number[] }[])])
    if (one.members !== undefined) one.members = one.members.map(person);
  return { write: copy, request: requestOf(copy, model) };
}

/** The same when its turn comes: the version that was sent may be an old one by then. */
function thaw({ write, request }: Frozen, model: Model): Write {
  if (request.match === null) return write;
  const row = "who" in write ? model.person(write.who) : "team" in write ? model.team(write.team) : undefined;
  return { ...write, match: request.match === `W/"${row?.version ?? 1}"` ? "now" : "old" } as Write;
}

type Result = { status: string; location?: string; version?: string };

/** Places of the people whom a Bulk makes before an operation of it: a new team takes them in. */
function makersBefore(sent: Frozen[], at: number): number[] {
  if (sent[at]?.write.do !== "createTeam") return [];
  return [...sent.keys()].filter((place) => place < at && sent[place]?.write.do === "create");
}

function operationOf(sent: Frozen[], at: number): Body {
  const request = sent[at]?.request;
  const made = makersBefore(sent, at).map((place) => ({ value: `bulkId:b${place}` }));
  const members = [...((request?.body?.members ?? []) as Body[]), ...made];
  const data = made.length > 0 ? { ...request?.body, members } : request?.body;
  return {
    method: request?.method,
    path: request?.path,
    ...(request?.method === "POST" && { bulkId: `b${at}` }),
    ...(request?.match != null && { version: request.match }),
    ...(data !== undefined && { data }),
  };
}

/** One conversation while it is held. */
class Talk {
  readonly #workspace: TestWorkspace;
  readonly model: Model;
  readonly #issued = new Set<string>();

  constructor(workspace: TestWorkspace, model: Model) {
    this.#workspace = workspace;
    this.model = model;
    this.#issued.add(String(model.people[0]?.id));
  }

  async run(command: Command): Promise<void> {
    if (command.do === "bulk") return this.#bulk(command);
    if (isRead(command)) return this.#read(command);
    const { method, path, body, match: tag } = requestOf(command, this.model);
    const answer = await this.#workspace.scim(method, path, body, tag === null ? {} : { "if-match": tag });
    const row = this.#settle(command, this.model.predict(command), answer.status, String(answer.body.id));
    if (row && answer.status !== 204) this.#compare(row, answer.body);
  }

  /** Holds a status to its prediction; the model takes on what happened. */
  #settle(command: Command, predicted: Prediction, status: number, id: string): ModelPerson | ModelTeam | null {
    const why = `${JSON.stringify(command)} → ${status}`;
    if ("refused" in predicted) {
      expect(predicted.refused, why).toContain(status);
      return null;
    }
    if (predicted.mayRefuse.includes(status)) return null;
    expect(status, why).toBe(predicted.status);
    if (predicted.status === 201 && !this.#isAdoption(command)) {
      expect(this.#issued.has(id), `I3 ${id} is used again`).toBe(false);
      this.#issued.add(id);
    }
    return predicted.apply(id);
  }

  #isAdoption(command: Command): boolean {
    const [admin] = this.model.people;
    return (
      command.do === "create" && admin !== undefined && !admin.isManaged && fold(command.name) === fold(admin.userName)
    );
  }

  #compare(row: ModelPerson | ModelTeam, body: Body): void {
    if (isTeam(row)) expect(seenTeam(body)).toEqual(teamView(row));
    else expect(seenPerson(body)).toEqual(personView(row, this.model));
  }

  async #bulk({ writes, failOnErrors }: Extract<Command, { do: "bulk" }>): Promise<void> {
    const sent = writes.map((write) => freeze(write, this.model));
    const Operations = sent.map((_, at) => operationOf(sent, at));
    const more = failOnErrors === null ? {} : { failOnErrors };
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    const { status, body } = await this.#workspace.scim("POST", "/Bulk", { schemas, Operations, ...more });
    expect(status, JSON.stringify(body)).toBe(200);
    const results = body.Operations as Result[];
    const ids: (string | null)[] = [];
    let errors = 0;
    for (const at of sent.keys()) {
      if (errors >= (failOnErrors ?? Number.POSITIVE_INFINITY)) break;
      ids.push(this.#settleIn(sent, at, results[at], ids));
      if (Number(results[at]?.status) >= 300) errors++;
    }
    expect(results).toHaveLength(ids.length);
  }

  /** Settles an operation of a Bulk; the id of whoever it made, or null. */
  #settleIn(sent: Frozen[], at: number, result: Result | undefined, ids: (string | null)[]): string | null {
    const own = sent[at];
    if (!own) return null;
    const write = thaw(own, this.model);
    const made = makersBefore(sent, at).map((place) => ids[place] ?? null);
    const isBroken = made.includes(null); // a team refers to somebody who was not made
    const predicted = isBroken
      ? { refused: [409] }
      : this.model.predict(
          write,
          made.filter((id) => id !== null),
        );
    const id = result?.location?.split("/").at(-1) ?? "";
    const row = this.#settle(write, predicted, Number(result?.status), id);
    if (row && result?.status !== "204") expect(plain(result?.version)).toBe(`W/"${row.version}"`);
    return write.do === "create" && row ? row.id : null;
  }

  // ── Reading ──────────────────────────────────────────────────────────────

  async #read(command: Read): Promise<void> {
    const { scim } = this.#workspace;
    switch (command.do) {
      case "read":
        return this.#readOne(
          await scim("GET", `/Users/${this.model.idOf(command.who)}`),
          this.model.person(command.who),
        );
      case "readTeam":
        return this.#readOne(
          await scim("GET", `/Groups/${this.model.teamIdOf(command.team)}`),
          this.model.team(command.team),
        );
      case "find":
        return this.#find(command);
      case "findTeam":
        return this.#findTeam(command);
      case "list":
        return this.#list(command);
      case "walk":
        return this.#walk(command);
      default:
        return command satisfies never;
    }
  }

  #readOne({ status, body }: Answer, row: ModelPerson | ModelTeam | undefined): void {
    const isThere = row !== undefined && !(isTeam(row) ? row.isGone : row.isEnded);
    expect(status).toBe(isThere ? 200 : 404);
    if (isThere) this.#compare(row, body);
  }

  async #idsBy(path: string): Promise<string[]> {
    const { status, body } = await this.#workspace.scim("GET", path);
    expect(status, path).toBe(200);
    const found = (body.Resources as { id: string }[]).map(({ id }) => id);
    expect(body.totalResults, path).toBe(found.length);
    return found.sort();
  }

  async #find({ by, value }: Extract<Read, { do: "find" }>): Promise<void> {
    const { model } = this;
    const literal = by === "groups.value" ? model.teamIdOf(Number(value)) : value;
    const filter = `${by} eq ${by === "active" ? literal : JSON.stringify(literal)}`;
    const wanted = model.known.filter((person) => holds(person, by, literal, model)).map(({ id }) => id);
    expect(await this.#idsBy(`/Users?filter=${encodeURIComponent(filter)}`), filter).toEqual(wanted);
  }

  /** Names are unique when trimmed, so what differs in blanks only may be found, too; the name itself must be. */
  async #findTeam({ by, value }: Extract<Read, { do: "findTeam" }>): Promise<void> {
    const literal = by === "members.value" ? this.model.idOf(Number(value)) : value;
    const filter = `${by} eq ${JSON.stringify(literal)}`;
    const found = await this.#idsBy(`/Groups?filter=${encodeURIComponent(filter)}`);
    const isNear = (one: ModelTeam) =>
      by === "members.value" ? one.members.has(literal) : fold(one.title.trim()) === fold(literal.trim());
    const isMeant = (one: ModelTeam) => (by === "members.value" ? isNear(one) : fold(one.title) === fold(literal));
    for (const one of this.model.knownTeams.filter(isMeant)) expect(found, filter).toContain(one.id);
    const near = this.model.knownTeams.filter(isNear).map(({ id }) => id);
    for (const id of found) expect(near, filter).toContain(id);
  }

  #rowsAt(at: string): string[] {
    return (at === "/Users" ? this.model.known : this.model.knownTeams).map(({ id }) => id);
  }

  async #list({ endpoint: at, startIndex, count }: Extract<Read, { do: "list" }>): Promise<void> {
    const { body } = await this.#workspace.scim("GET", `${at}?startIndex=${startIndex}&count=${count}`);
    const rows = this.#rowsAt(at);
    const first = Math.max(1, startIndex);
    expect(body.totalResults).toBe(rows.length);
    const page = rows.slice(first - 1, first - 1 + Math.max(0, count));
    expect((body.Resources as { id: string }[]).map(({ id }) => id)).toEqual(page);
  }

  async #walk({ endpoint: at, count }: Extract<Read, { do: "walk" }>): Promise<void> {
    const found: string[] = [];
    let cursor: unknown = "";
    for (let pages = 0; cursor !== undefined && pages < 50; pages++) {
      const { body } = await this.#workspace.scim("GET", `${at}?cursor=${String(cursor)}&count=${count}`);
      found.push(...(body.Resources as { id: string }[]).map(({ id }) => id));
      cursor = body.nextCursor;
    }
    expect(found).toEqual(this.#rowsAt(at));
  }
}

// ── What is left of it ─────────────────────────────────────────────────────

type PersonRow = Omit<ModelPerson, "active" | "isManaged" | "isEnded" | "isAdmin"> & {
  state: string;
  role: string;
  connectionId: string | null;
};

async function expectPeople(workspaceId: string, model: Model): Promise<void> {
  const rows = await all<PersonRow>(sql`
    SELECT id, "userName", "externalId", attributes, version, state, role, "connectionId" FROM "Membership" WHERE "workspaceId" = ${workspaceId} ORDER BY id`);
  const stored = rows.map(({ state, role, connectionId, ...row }) => ({
    ...row,
    active: state === "active" || state === "invited",
    isEnded: state === "ended",
    isAdmin: role === "admin",
    isManaged: connectionId !== null,
  }));
  expect(stored).toEqual([...model.people].sort((left, right) => (left.id < right.id ? -1 : 1)));
}

async function expectTeams(workspaceId: string, model: Model): Promise<void> {
  const rows = await all<Body>(sql`
    SELECT t.id, t.name AS title, t.version, ARRAY(SELECT tm."membershipId"::text FROM "TeamMember" tm
      WHERE tm."workspaceId" = t."workspaceId" AND tm."teamId" = t.id ORDER BY 1) AS members
    FROM "Team" t WHERE t."workspaceId" = ${workspaceId} ORDER BY t.id`);
  const wanted = model.knownTeams.map(({ id, title, version, members: inside }) => ({
    id,
    title,
    version,
    members: [...inside].sort(),
  }));
  expect(rows).toEqual(wanted);
}

/** I1, I2: seats, counted in four ways; an active admin. */
async function expectSeats(workspaceId: string, model: Model): Promise<void> {
  const row = await one<Body>(sql`
    SELECT w."seatsUsed" AS kept, w."memberCount" AS members,
      (SELECT count(*) FROM "Membership" m WHERE m."workspaceId" = w.id AND m.state IN ('invited', 'active')) AS held,
      (SELECT coalesce(sum(s.change), 0) FROM "SeatChange" s WHERE s."workspaceId" = w.id) AS noted,
      (SELECT count(*) FROM "Membership" m WHERE m."workspaceId" = w.id AND m.state = 'active' AND m.role = 'admin' AND m.address IS NOT NULL) AS admins,
      (SELECT count(*) FROM "Invite" i JOIN "Membership" m ON m.id = i."membershipId" WHERE i."workspaceId" = w.id AND i."endedAt" IS NULL AND m.state <> 'invited') AS stray
    FROM "Workspace" w WHERE w.id = ${workspaceId}`);
  const used = model.seatsUsed;
  expect(row).toEqual({ kept: used, members: model.known.length, held: used, noted: used, admins: 1, stray: 0 });
}

/** I7: the audit log has one event for each change in the model and in the log of states, and no others. */
async function expectEvents(workspaceId: string, model: Model): Promise<void> {
  const counted = await all<{ id: string; states: number; events: number; updates: number }>(sql`
    SELECT m.id, (SELECT count(*) FROM state_log s WHERE s.id = m.id) AS states,
      (SELECT count(*) FROM "AuditEvent" e WHERE e."workspaceId" = m."workspaceId" AND e."targetId" = m.id::text AND e.action IN
        ('membership.created', 'membership.invited', 'membership.suspended', 'membership.reactivated', 'membership.joined', 'membership.ended', 'invite.cancelled')) AS events,
      (SELECT count(*) FROM "AuditEvent" e WHERE e."workspaceId" = m."workspaceId" AND e."targetId" = m.id::text AND e.action = 'membership.updated') AS updates
    FROM "Membership" m WHERE m."workspaceId" = ${workspaceId} ORDER BY m.id`);
  for (const { id, states, events, updates } of counted) {
    const person = model.people.find((known) => known.id === id);
    expect(events, `I7 events of the states of ${person?.userName}`).toBe(states);
    expect(updates, `I7 updates of ${person?.userName}`).toBe((person?.version ?? 0) - 1 - (person?.isEnded ? 1 : 0));
  }
  const teams = await all<{ id: string; action: string; count: number }>(sql`
    SELECT "targetId" AS id, action, count(*) AS count FROM "AuditEvent" WHERE "workspaceId" = ${workspaceId} AND "targetKind" = 'team' GROUP BY 1, 2`);
  const logged = teams.map(({ id, action, count }) => `${id} ${action} ${count}`).sort();
  expect(logged).toEqual(model.teams.flatMap(eventsOf).sort());
}

function eventsOf({ id, version, leaves, isGone }: ModelTeam): string[] {
  const updates = version - 1 - leaves;
  return [
    `${id} team.created 1`,
    ...(updates > 0 ? [`${id} team.updated ${updates}`] : []),
    ...(isGone ? [`${id} team.deleted 1`] : []),
  ];
}

async function openTalk(seatLimit: number | null): Promise<{ workspace: TestWorkspace; talk: Talk }> {
  const workspace = await openWorkspace("talk");
  if (seatLimit !== null) await run(sql`UPDATE "Workspace" SET "seatLimit" = ${seatLimit} WHERE id = ${workspace.id}`);
  const { body } = await workspace.scim("GET", "/Users");
  const [admin] = body.Resources as Body[];
  const { id, userName, attributes } = seenPerson(admin ?? {}) as { id: string; userName: string; attributes: Body };
  const person = {
    id,
    userName,
    externalId: null,
    attributes,
    active: true,
    version: 1,
    isAdmin: true,
    isManaged: false,
    isEnded: false,
  };
  return { workspace, talk: new Talk(workspace, new Model(person, seatLimit)) };
}

async function hold({ seatLimit, commands }: Conversation): Promise<void> {
  const { workspace, talk } = await openTalk(seatLimit);
  const text = JSON.stringify(commands)
    .replaceAll("@$", `@${workspace.domain}`)
    .replaceAll("@%", `@else-${workspace.domain}`);
  for (const command of JSON.parse(text) as Command[]) await talk.run(command);
  await expectPeople(workspace.id, talk.model);
  await expectTeams(workspace.id, talk.model);
  await expectSeats(workspace.id, talk.model);
  await expectEvents(workspace.id, talk.model);
}

describe("conversations", () => {
  // Every change of a state, written down by the database itself: what the audit log is held to.
  beforeAll(async () => {
    for (const text of [
      "CREATE TABLE state_log (id uuid NOT NULL)",
      `CREATE FUNCTION log_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO state_log VALUES (NEW.id); RETURN NEW; END $$`,
      `CREATE TRIGGER log_new AFTER INSERT ON "Membership" FOR EACH ROW EXECUTE FUNCTION log_state()`,
      `CREATE TRIGGER log_change AFTER UPDATE ON "Membership" FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION log_state()`,
    ])
      await run(statement(text, []));
    process.env.MUSTER_SCIM_RATE = "0";
  });

  test("I1, I2, I3, I5, I6, I7, I12 end as the model says, answer by answer and row by row", { timeout: 300_000 }, () =>
    hunt("conversations", conversation, 150, hold),
  );
});
