import { urn } from "@/lib/provisioning/conformance/support";

export type Values = Record<string, unknown>;

/** The version that If-Match names: the one that is there, or one that never was. */
export type Match = "now" | "old";

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

export type Said = { userName: string; externalId: string | null; attributes: Values; active: boolean };

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

export const teamKey = (title: string) => fold(title.trim());

const isBlank = (value: unknown) => value === null || value === undefined || value === "";

const rolesOf = (values: string[]) => [...new Set(values)].map((value) => ({ value }));

/** A known person by the words of a write: unassigned values are absent, an extension without any is gone. */
export function withValue(said: Said, name: string, value: unknown): Said {
  if (name === "externalId") return { ...said, externalId: isBlank(value) ? null : String(value) };
  if (name === "userName") return { ...said, userName: String(value ?? "") };
  const attributes = { ...said.attributes };
  const key = name === "department" ? urn.enterprise : name;
  delete attributes[key];
  if (!isBlank(value)) attributes[key] = name === "department" ? { department: value } : value;
  return { ...said, attributes };
}

export function withRoles(said: Said, { op, value }: { op: string; value: string[] }): Said {
  const held = ((said.attributes.roles ?? []) as { value: string }[]).map((role) => role.value);
  const next = op === "remove" ? [] : op === "add" ? [...held, ...value] : value;
  return withValue(said, "roles", next.length > 0 ? rolesOf(next) : null);
}

export function patched(said: Said, operation: PatchOperation): Said {
  const { op, at, value } = operation;
  if (at === "roles") return withRoles(said, { op, value: value as string[] });
  if (at === "unknown") return said;
  if (at !== "active") return withValue(said, at, op === "remove" ? null : value);
  return !isBlank(value) ? { ...said, active: String(value).toLowerCase() === "true" } : said;
}

export function saidOf({ userName, externalId, attributes, active }: Said): Said {
  return { userName, externalId, attributes, active };
}

/** What roles say: admin wins, others mean member, none says nothing. */
export function spoken({ attributes }: Said): "admin" | "member" | null {
  const roles = (attributes.roles ?? []) as { value: string }[];
  if (roles.length === 0) return null;
  return roles.some(({ value }) => fold(value) === "admin") ? "admin" : "member";
}
