import type { Resource } from "./connector/resource";
import { type Sent, Wire } from "./connector/wire";
import { type Directory, type EntraGroup, type EntraUser, makeDirectory, makeUser } from "./directory";
import { CheckFailed, type Failure } from "./failure";
import { Job } from "./job";
import type { Knobs } from "./knobs";

/** What must have come of somebody inside the application; read by tests, which can look there. */
export type Claim = {
  /** SCIM id. */
  id: string;
  state: "invited" | "active" | "suspended" | "ended";
  role?: "admin" | "member";
  address?: string;
  hasAccount?: boolean;
  /** Live sessions. */
  sessions?: number;
  teams?: string[];
  lastMail?: string;
  lastAudit?: string;
  /** How many more seats are used than at the claim before. */
  seats?: number;
};

/** The application from the inside, as far as a scenario needs it. The command line sees nothing of it. */
export type Inside = {
  claim: (claim: Claim) => Promise<void>;
  /** Gives somebody a session, so that there is one to end. */
  signIn: (id: string) => Promise<void>;
  /** The admin's decision on whether SCIM may grant admin. */
  mayGrantAdmin: (may: boolean) => Promise<void>;
};

const unseen: Inside = { claim: async () => {}, signIn: async () => {}, mayGrantAdmin: async () => {} };

type Options = {
  url: string;
  token: string;
  domain: string;
  knobs: Knobs;
  users: number;
  groups: number;
  /** People who join one group at once. */
  crowd?: number;
  inside?: Inside;
};

/** One tenant with one job against one server. */
export type Tenant = Required<Options> & { wire: Wire; job: Job; directory: Directory };

/** A scenario leaves the tenant in sync. */
export type Scenario = (tenant: Tenant) => Promise<void>;

export function openTenant(options: Options): Tenant {
  const { url, token, knobs, domain, users, groups } = options;
  const wire = new Wire(url, token, knobs.flag, knobs);
  const directory = makeDirectory(domain, users, groups);
  return { crowd: 12, inside: unseen, ...options, wire, job: new Job(wire, knobs), directory };
}

export function first<Item>(items: Iterable<Item>): Item {
  for (const item of items) return item;
  throw new CheckFailed("the directory is empty");
}

/** Somebody new in the directory, without a manager; the number makes the person. */
export function hire({ directory, domain }: Tenant, number: number, change: Partial<EntraUser> = {}): EntraUser {
  const user = { ...makeUser(domain, 1_000 + number), manager: null, ...change };
  directory.users.set(user.id, user);
  return user;
}

/** Deleted for good, and so no group's member. */
export function purge({ directory }: Tenant, ...users: EntraUser[]): void {
  for (const { id } of users) {
    directory.users.delete(id);
    for (const group of directory.groups.values()) group.members = group.members.filter((member) => member !== id);
  }
}

export const scimId = ({ job }: Tenant, { id }: EntraUser): string => job.state.users[id] ?? "";

/** Names of the groups that somebody is in. */
export function teamsOf({ directory }: Tenant, { id }: EntraUser): string[] {
  const groups = [...directory.groups.values()].filter(({ assigned, members }) => assigned && members.includes(id));
  return groups.map(({ displayName }) => displayName).sort();
}

export async function read({ wire, job }: Tenant, user: EntraUser): Promise<Resource> {
  const id = job.state.users[user.id];
  const { status, body } = await wire.send("GET", `/Users/${id}`);
  wire.check(status === 200, `GET /Users/${id}: an inactive user is read too (R-19), not ${status}`);
  wire.checkResource(`GET /Users/${id}`, body as Resource, false);
  return body as Resource;
}

/** A cycle in which nothing fails; how much it wrote. */
export async function sync({ wire, job, directory }: Tenant): Promise<number> {
  const before = wire.writes;
  const outcome = await job.cycle(directory);
  wire.check(outcome === "done", `the cycle did not begin: ${outcome}`);
  const [failure] = job.failures;
  if (failure) throw new CheckFailed(`${failure.object}: ${failure.why}`, failure.code);
  return wire.writes - before;
}

/** A cycle in which exactly one object fails. */
export async function syncWithFailure({ wire, job, directory }: Tenant): Promise<Failure> {
  await job.cycle(directory);
  const [failure] = job.failures;
  wire.check(job.failures.length === 1, `${job.failures.length} objects failed, must be 1: ${failure?.why}`);
  return first(job.failures);
}

/** What is sent while something is done. */
export async function record({ wire }: Tenant, work: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = [];
  wire.onAnswer = (request) => sent.push(request);
  await work().finally(() => {
    wire.onAnswer = null;
  });
  return sent;
}

export const isWrite = ({ method }: Sent): boolean => method !== "GET";

/** Takes access from somebody or gives it back, by a change in the directory. */
export async function setActive(
  tenant: Tenant,
  user: EntraUser,
  change: Partial<EntraUser>,
  active: boolean,
): Promise<Resource> {
  const id = scimId(tenant, user);
  if (!active) await tenant.inside.signIn(id);
  Object.assign(user, change);
  await sync(tenant);
  const resource = await read(tenant, user);
  tenant.wire.check(resource.active === active, `active is ${resource.active}, must be ${active}`);
  tenant.wire.check(resource.id === id, "the id stays the same");
  const came = active
    ? { state: "active" as const, lastMail: "reactivated", lastAudit: "membership.reactivated", seats: 1 }
    : { state: "suspended" as const, lastMail: "suspended", sessions: 0, seats: -1 };
  const address = user.userPrincipalName;
  await tenant.inside.claim({ id, role: "member", address, teams: teamsOf(tenant, user), ...came });
  return resource;
}

export async function membersOf({ job }: Tenant, group: EntraGroup): Promise<Set<string>> {
  return new Set(await job.membersOf(group));
}
