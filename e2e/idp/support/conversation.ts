import type { Wire } from "./wire";

/** What an identity provider does with an application, in the order of a conversation. */
export const steps = [
  "connect",
  "match",
  "create",
  "update",
  "group create",
  "group rename",
  "group add",
  "deactivate",
  "reactivate",
  "group remove",
  "group clear",
  "import",
  "group delete",
  "delete",
] as const;

export type StepName = (typeof steps)[number];

export type Person = { id: string; userName: string; givenName: string; familyName: string };
type Group = { id: string; displayName: string };

/** One conversation: the client's side of it. */
export type Talk = {
  wire: Wire;
  domain: string;
  /** Whom the step is about. */
  person: Person;
  group: Group;
  /** People in the group before the step, and as the step is to leave it. */
  members: { before: string[]; after: string[] };
  /** What an import has found. */
  imported: { users: string[]; groups: string[] };
  /** What a client keeps between steps. */
  memory: Map<string, unknown>;
};

/** A step of a provider: sends it and checks the answers, or says why the provider never sends it. */
export type Sent = (talk: Talk) => Promise<void>;
export type Step = Sent | { notSent: string };

export type Provider = {
  name: string;
  /** What the client was written from. */
  source: string;
  /** What it sends with every request, besides the token. */
  headers: Record<string, string>;
  /** Steps that rest on evidence of low confidence [L]. */
  low?: readonly StepName[];
  /** Its DELETE of a person is a suspension. */
  deleteSuspends?: boolean;
  steps: Record<StepName, Step>;
};

/** A step that the provider does not send. */
export const notSent = (why: string): { notSent: string } => ({ notSent: why });

export const urn = {
  user: "urn:ietf:params:scim:schemas:core:2.0:User",
  group: "urn:ietf:params:scim:schemas:core:2.0:Group",
  enterprise: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  patch: "urn:ietf:params:scim:api:messages:2.0:PatchOp",
};

export function patchOf(...Operations: Record<string, unknown>[]) {
  return { schemas: [urn.patch], Operations };
}

/** The name that a step `update` gives. */
export const newFamilyName = "Changed";
/** The name that a step `group rename` gives. */
export const newGroupName = (name: string) => `${name} renamed`;

/** A filter in a query, as most clients encode it. */
export function filter(attribute: string, value: string): string {
  return `filter=${encodeURIComponent(`${attribute} eq "${value}"`)}`;
}

/** Walks every page of an endpoint by index, `count` at a time. */
export async function walk(wire: Wire, endpoint: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const { total, resources } = await wire.list(`${endpoint}?startIndex=${ids.length + 1}&count=${count}`);
    ids.push(...resources.map(({ id }) => String(id)));
    if (ids.length >= total || resources.length === 0) return ids;
  }
}

/** An import that walks users and groups page by page. */
export const importByIndex =
  (count: number, endpoints: readonly ("users" | "groups")[] = ["users", "groups"]): Step =>
  async (talk) => {
    if (endpoints.includes("users")) talk.imported.users = await walk(talk.wire, "/Users", count);
    if (endpoints.includes("groups")) talk.imported.groups = await walk(talk.wire, "/Groups", count);
  };
