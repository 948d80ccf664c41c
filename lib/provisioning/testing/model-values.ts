import { urn } from "@/lib/provisioning/conformance/support";

export type Values = Record<string, unknown>;

/** The version in If-Match: the current one, or one that never existed. */
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

/** Numbers that stand for nobody: an id that was never issued, and text that is not an id. */
export const unknown = 98;

export const noId = 99;

/** Numbers refer to people and teams by their order of creation, wrapping around; two numbers refer to nobody. */
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
 * The expected answer to a write. With `refused` it is one of these statuses and nothing changes; else it is `status`, and `apply` updates
 * the model, given the id of a new resource.
 */
export type Prediction =
  | { refused: number[] }
  | { status: number; mayRefuse: number[]; apply: (id: string) => ModelPerson | ModelTeam };

export const fold = (text: string) => text.normalize("NFKC").toLowerCase();

export const teamKey = (title: string) => fold(title.trim());

const isBlank = (value: unknown) => value === null || value === undefined || value === "";

const rolesOf = (values: string[]) => [...new Set(values)].map((value) => ({ value }));

/** Sets an attribute: an unassigned one is absent, and so is an extension without any. */
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

/** The role in `roles`: admin wins, others mean member, an empty list means none. */
export function spoken({ attributes }: Said): "admin" | "member" | null {
  const roles = (attributes.roles ?? []) as { value: string }[];
  if (roles.length === 0) return null;
  return roles.some(({ value }) => fold(value) === "admin") ? "admin" : "member";
}
