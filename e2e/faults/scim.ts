import { countAnswer, type Tally } from "./recording-client";

const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
const patchUrn = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/** An answer; status 0 if there was no complete one. */
export type Answer = { status: number; body: Record<string, unknown>; retryAfter: string | null; seconds: number };

type Operation = { op: "add" | "remove" | "replace"; path?: string; value?: unknown };

/** Single SCIM requests, counted like those of the recording clients. */
export type Scim = {
  ask: (method: string, path: string, body?: object) => Promise<Answer>;
  addUser: (userName: string) => Promise<Answer>;
  addGroup: (displayName: string, members?: string[]) => Promise<Answer>;
  patch: (path: string, ...operations: Operation[]) => Promise<Answer>;
  /** The ids of a group's members, sorted. */
  membersOf: (group: string) => Promise<string[]>;
};

/** Members in the form that a group's request needs. */
export const asMembers = (ids: string[]) => ids.map((value) => ({ value }));

export function openScim(base: () => string, token: string, tally: Tally): Scim {
  const ask = async (method: string, path: string, body?: object): Promise<Answer> => {
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/scim+json" };
    try {
      const signal = AbortSignal.timeout(29_000);
      const request = { method, headers, signal, ...(body && { body: JSON.stringify(body) }) };
      const answer = await fetch(`${base()}/scim/v2${path}`, request);
      const text = await answer.text();
      const { status } = answer;
      const retryAfter = answer.headers.get("retry-after");
      countAnswer(tally, `${method} ${path}`, { status, retryAfter, text });
      return { status, body: text === "" ? {} : JSON.parse(text), retryAfter, seconds: seconds() };
    } catch {
      tally.unknown++;
      return { status: 0, body: {}, retryAfter: null, seconds: seconds() };
    } finally {
      tally.slowest = Math.max(tally.slowest, seconds());
    }
  };
  return {
    ask,
    addUser: (userName) => ask("POST", "/Users", { schemas: [userUrn], userName }),
    addGroup: (displayName, members = []) =>
      ask("POST", "/Groups", { schemas: [groupUrn], displayName, members: asMembers(members) }),
    patch: (path, ...operations) => ask("PATCH", path, { schemas: [patchUrn], Operations: operations }),
    membersOf: async (group) => {
      const { status, body } = await ask("GET", `/Groups/${group}`);
      if (status !== 200) throw new Error(`A group was answered with ${status}.`);
      return ((body.members ?? []) as { value: string }[]).map(({ value }) => value).sort();
    },
  };
}

/** Adds people and returns their ids; throws if one is rejected. */
export async function addPeople(scim: Scim, names: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const { status, body } = await scim.addUser(name);
    if (status !== 201) throw new Error(`${name} was answered with ${status}: ${JSON.stringify(body)}`);
    ids.push(String(body.id));
  }
  return ids;
}

/** Adds a group and returns its id. */
export async function addTeam(scim: Scim, displayName: string, members: string[] = []): Promise<string> {
  const { status, body } = await scim.addGroup(displayName, members);
  if (status !== 201) throw new Error(`${displayName} was answered with ${status}: ${JSON.stringify(body)}`);
  return String(body.id);
}
