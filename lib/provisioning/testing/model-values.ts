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

/** The values of a person that an identity provider can send. */
export type Profile = { userName: string; externalId: string | null; attributes: Values; active: boolean };

export type ModelPerson = Profile & {
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
export function withValue(profile: Profile, name: string, value: unknown): Profile {
  if (name === "externalId") return { ...profile, externalId: isBlank(value) ? null : String(value) };
  if (name === "userName") return { ...profile, userName: String(value ?? "") };
  const attributes = { ...profile.attributes };
  const key = name === "department" ? urn.enterprise : name;
  delete attributes[key];
  if (!isBlank(value)) attributes[key] = name === "department" ? { department: value } : value;
  return { ...profile, attributes };
}

export function withRoles(profile: Profile, { op, value }: { op: string; value: string[] }): Profile {
  const held = ((profile.attributes.roles ?? []) as { value: string }[]).map((role) => role.value);
  const next = op === "remove" ? [] : op === "add" ? [...held, ...value] : value;
  return withValue(profile, "roles", next.length > 0 ? rolesOf(next) : null);
}

export function patched(profile: Profile, operation: PatchOperation): Profile {
  const { op, at, value } = operation;
  if (at === "roles") return withRoles(profile, { op, value: value as string[] });
  if (at === "unknown") return profile;
  if (at !== "active") return withValue(profile, at, op === "remove" ? null : value);
  return !isBlank(value) ? { ...profile, active: String(value).toLowerCase() === "true" } : profile;
}

export function profileOf({ userName, externalId, attributes, active }: Profile): Profile {
  return { userName, externalId, attributes, active };
}

/** The role in `roles`: admin wins, others mean member, an empty list means none. */
export function namedRole({ attributes }: Profile): "admin" | "member" | null {
  const roles = (attributes.roles ?? []) as { value: string }[];
  if (roles.length === 0) return null;
  return roles.some(({ value }) => fold(value) === "admin") ? "admin" : "member";
}
