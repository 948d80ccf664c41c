import { setTimeout as sleep } from "node:timers/promises";
import { chance } from "./chance";

// A SCIM client that knows nothing of the server but its URL: it writes to its own people and its own team, remembers what was
// acknowledged, and checks afterwards what is lost.

const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
const patchUrn = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/** The last acknowledged value, and the values it may have instead because the outcome of a write is unknown. */
type Fact<Value> = { acknowledged: Value; possible: Value[] };

type Person = {
  userName: string;
  id: string | null;
  isThere: Fact<boolean>;
  title: Fact<string>;
  inTeam: Fact<boolean>;
};

/** The outcomes of the requests so far. */
export type Tally = {
  acknowledged: number;
  /** Answered with "nothing was changed", or refused. */
  refused: number;
  /** Answered with "not known", or not at all. */
  unknown: number;
  /** Answers that no client should get: a 5xx other than 503, or a 503 without Retry-After. */
  wrong: string[];
  /** Seconds of the slowest answer. */
  slowest: number;
};

export function emptyTally(): Tally {
  return { acknowledged: 0, refused: 0, unknown: 0, wrong: [], slowest: 0 };
}

type Answer = { status: number; body: Record<string, unknown> } | null;

/** The number of people per client; each is checked after every fault. */
const maxPeople = 25;

/** A request that isn't answered within this many milliseconds counts as hung. */
const patience = 29_000;

export class RecordingClient {
  readonly people: Person[] = [];
  readonly #base: () => string;
  readonly #token: string;
  readonly #name: string;
  readonly #random: () => number;
  readonly #tally: Tally;
  #team: string | null = null;
  #titles = 0;
  #isHeard = true;
  /** The current target of requests, and the URL of a server that said it is leaving. */
  #at = "";
  #left = "";

  constructor(base: () => string, token: string, name: string, tally: Tally, random = chance) {
    this.#base = base;
    this.#token = token;
    this.#name = name;
    this.#tally = tally;
    this.#random = random;
  }

  /** Writes until `isOver`. */
  async writeUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) if (!(await this.act())) await sleep(20); // no server is there right now
  }

  /** Makes one random write; false if no server accepted it. A server that is leaving isn't used again, as with a load balancer. */
  async act(): Promise<boolean> {
    this.#at = this.#base();
    if (this.#at === this.#left) return false;
    this.#isHeard = true;
    await this.#write();
    return this.#isHeard;
  }

  async #write(): Promise<void> {
    if (this.#team === null) return this.#makeTeam();
    const person = this.people[Math.floor(this.#random() * Math.min(this.people.length + 1, maxPeople))];
    if (!person || person.id === null || !person.isThere.acknowledged) return this.#add(person);
    const draw = this.#random();
    if (draw < 0.5) await this.#retitle(person);
    else if (draw < 0.9) await this.#move(person);
    else await this.#remove(person);
  }

  /**
   * Compares the current state with what was acknowledged; returns each difference in words. The current state is the baseline from now on.
   */
  async findLosses(): Promise<string[]> {
    const losses: string[] = [];
    this.#at = this.#base();
    for (const person of this.people) {
      const found = await this.#find(person.userName);
      const lost = (what: string, fact: Fact<unknown>, seen: unknown) => {
        if (![fact.acknowledged, ...fact.possible].includes(seen))
          losses.push(`${person.userName} ${what}: ${fact.acknowledged} was acknowledged, ${seen} is there`);
        Object.assign(fact, { acknowledged: seen, possible: [] });
      };
      lost("is there", person.isThere, found !== null);
      person.id = found?.id ?? null;
      if (!found) continue;
      lost("title", person.title, found.title ?? "");
      lost(
        "is in the team",
        person.inTeam,
        (found.groups ?? []).some(({ value }) => value === this.#team),
      );
    }
    return losses;
  }

  async #find(userName: string): Promise<{ id: string; title?: string; groups?: { value: string }[] } | null> {
    const query = encodeURIComponent(`userName eq "${userName}"`);
    let answer = await this.#send("GET", `/Users?filter=${query}`);
    // A connection may still lead to the previous database: the response says when to retry.
    for (let tries = 0; answer?.status === 503 && tries < 5; tries++) {
      await sleep(1_000);
      answer = await this.#send("GET", `/Users?filter=${query}`);
    }
    if (answer?.status !== 200) throw new Error(`A look-up was answered with ${answer?.status ?? "nothing"}.`);
    const [first] = (answer.body.Resources ?? []) as { id: string }[];
    return first ?? null;
  }

  async #makeTeam(): Promise<void> {
    const displayName = `Team of ${this.#name}`;
    const answer = await this.#send("POST", "/Groups", { schemas: [groupUrn], displayName });
    if (answer?.status === 201) this.#team = String(answer.body.id);
    if (answer?.status !== 409) return;
    const query = encodeURIComponent(`displayName eq "${displayName}"`);
    const found = await this.#send("GET", `/Groups?filter=${query}&excludedAttributes=members`);
    const [first] = (found?.body.Resources ?? []) as { id: string }[];
    this.#team = first?.id ?? null;
  }

  async #add(known: Person | undefined): Promise<void> {
    const person = known ?? this.#newPerson();
    const title = `T${++this.#titles}`;
    const settle = expectAll([person.isThere, true], [person.title, title], [person.inTeam, false]);
    const answer = await this.#send("POST", "/Users", { schemas: [userUrn], userName: person.userName, title });
    if (answer?.status === 201) person.id = String(answer.body.id);
    if (answer?.status === 409)
      await this.#recognise(person); // found, although the response to its creation was lost
    else settle(outcomeOf(answer));
  }

  #newPerson(): Person {
    const person: Person = {
      userName: `${this.#name}-${this.people.length}@acme.test`,
      id: null,
      isThere: { acknowledged: false, possible: [] },
      title: { acknowledged: "", possible: [] },
      inTeam: { acknowledged: false, possible: [] },
    };
    this.people.push(person);
    return person;
  }

  async #recognise(person: Person): Promise<void> {
    const answer = await this.#send("GET", `/Users?filter=${encodeURIComponent(`userName eq "${person.userName}"`)}`);
    const [first] = (answer?.body.Resources ?? []) as { id: string; title?: string }[];
    if (!first) return;
    person.id = first.id;
    if (person.isThere.possible.includes(true)) person.isThere = { acknowledged: true, possible: [] };
  }

  async #retitle(person: Person): Promise<void> {
    const title = `T${++this.#titles}`;
    const settle = expectAll([person.title, title]);
    const change = { schemas: [patchUrn], Operations: [{ op: "replace", path: "title", value: title }] };
    settle(outcomeOf(await this.#send("PATCH", `/Users/${person.id}`, change)));
  }

  async #move(person: Person): Promise<void> {
    const joins = !person.inTeam.acknowledged;
    const settle = expectAll([person.inTeam, joins]);
    const operation = joins
      ? { op: "add", path: "members", value: [{ value: person.id }] }
      : { op: "remove", path: `members[value eq "${person.id}"]` };
    settle(
      outcomeOf(await this.#send("PATCH", `/Groups/${this.#team}`, { schemas: [patchUrn], Operations: [operation] })),
    );
  }

  async #remove(person: Person): Promise<void> {
    const settle = expectAll([person.isThere, false]);
    settle(outcomeOf(await this.#send("DELETE", `/Users/${person.id}`)));
  }

  /** Sends a request; null if there was no complete response. */
  async #send(method: string, path: string, body?: object): Promise<Answer> {
    const began = performance.now();
    const headers = { authorization: `Bearer ${this.#token}`, "content-type": "application/scim+json" };
    const signal = AbortSignal.timeout(patience);
    try {
      const answer = await fetch(`${this.#at}/scim/v2${path}`, {
        method,
        headers,
        signal,
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.status < 500 && answer.headers.get("connection") === "close") this.#left = this.#at;
      const retryAfter = answer.headers.get("retry-after");
      countAnswer(this.#tally, `${method} ${path}`, { status: answer.status, retryAfter, text });
      return { status: answer.status, body: text === "" ? {} : JSON.parse(text) };
    } catch (error) {
      if ((error as Error).name === "TimeoutError")
        this.#tally.wrong.push(`${method} ${path}: no answer in ${patience} ms`);
      this.#isHeard = !isUnheard(error);
      if (!this.#isHeard) return { status: 0, body: { detail: "Nothing was changed: nobody listens." } };
      this.#tally.unknown++;
      return null;
    } finally {
      this.#tally.slowest = Math.max(this.#tally.slowest, (performance.now() - began) / 1000);
    }
  }
}

/** Counts a response by the outcome of its request. */
export function countAnswer(
  tally: Tally,
  request: string,
  { status, retryAfter, text }: { status: number; retryAfter: string | null; text: string },
): void {
  const outcome = outcomeOf({ status, body: text === "" ? {} : JSON.parse(text) });
  if (outcome === "done") tally.acknowledged++;
  else if (outcome === "not done") tally.refused++;
  else tally.unknown++;
  const isWrong = status >= 500 && (status !== 503 || retryAfter === null);
  if (isWrong) tally.wrong.push(`${request}: ${status} ${text.slice(0, 200)}`);
}

/** The connection was refused, so the request reached nobody. */
function isUnheard(error: unknown): boolean {
  return (error as { cause?: { code?: string } }).cause?.code === "ECONNREFUSED";
}

type Outcome = "done" | "not done" | "not known";

/** The outcome of a request from its response: without a response, or with one that doesn't say, it is not known. */
function outcomeOf(answer: Answer): Outcome {
  if (answer === null) return "not known";
  if (answer.status >= 200 && answer.status < 400) return "done";
  if (answer.status === 0) return "not done";
  if (answer.status < 500) return "not done";
  return String(answer.body.detail ?? "").includes("Nothing was changed") ? "not done" : "not known";
}

/** Records what a write will make true if it succeeds; the returned function takes its outcome. */
function expectAll(
  ...changes: [Fact<never>, never][] | [Fact<string>, string][] | [Fact<unknown>, unknown][]
): (outcome: Outcome) => void {
  const all = changes as [Fact<unknown>, unknown][];
  for (const [fact, value] of all) fact.possible.push(value);
  return (outcome) => {
    for (const [fact, value] of all) {
      if (outcome === "done") Object.assign(fact, { acknowledged: value, possible: [] });
      if (outcome === "not done") fact.possible.splice(fact.possible.lastIndexOf(value), 1);
    }
  };
}
