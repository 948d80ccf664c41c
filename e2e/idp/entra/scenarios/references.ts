import { filterQuery } from "@/e2e/idp/entra/connector/dialect";
import { enterprise } from "@/e2e/idp/entra/connector/mapping";
import { isRecord, readPath } from "@/e2e/idp/entra/connector/resource";
import type { Sent } from "@/e2e/idp/entra/connector/wire";
import type { EntraGroup, EntraUser } from "@/e2e/idp/entra/directory";
import { randomId } from "@/e2e/idp/entra/random";
import {
  first,
  hire,
  isWrite,
  membersOf,
  purge,
  read,
  record,
  type Scenario,
  scimId,
  sync,
  teamsOf,
} from "@/e2e/idp/entra/tenant";

// What happens to groups, members and managers (S10–S12).

const regroup: Scenario = async (tenant) => {
  const { wire, knobs, job, directory, inside } = tenant;
  const group = first(directory.groups.values());
  const user = directory.users.get(first(group.members));
  const find = () => wire.list(`/Groups?${filterQuery("displayName", group.displayName, knobs)}`);
  const claimTeams = async () => {
    if (user) await inside.claim({ id: scimId(tenant, user), state: "active", teams: teamsOf(tenant, user) });
  };
  group.displayName = `${group.displayName} (renamed)`;
  await sync(tenant);
  wire.check((await find()).length === 1, "the group is found under its new name");
  await claimTeams();
  const oldId = job.state.groups[group.id];
  group.assigned = false;
  await sync(tenant);
  wire.check((await find()).length === 0, "the group is gone");
  await claimTeams();
  group.assigned = true;
  await sync(tenant);
  wire.check(job.state.groups[group.id] !== oldId, "R-40: the group made again has a new id");
  wire.check((await membersOf(tenant, group)).size === group.members.length, "its members are back");
  await claimTeams();
};

/** Many at once into one group, and out again. */
const crowd: Scenario = async (tenant) => {
  const { wire, directory, inside } = tenant;
  const people = Array.from({ length: tenant.crowd }, (_, index) => hire(tenant, 1_000 + index));
  const group: EntraGroup = { id: randomId(), displayName: "Everybody", assigned: true, members: [] };
  directory.groups.set(group.id, group);
  await sync(tenant);
  group.members = people.map(({ id }) => id);
  await sync(tenant);
  wire.check(
    (await membersOf(tenant, group)).size === people.length,
    `R-61: ${people.length} adds, ${people.length} members`,
  );
  const claimTeams = async (teams: string[]) => {
    for (const user of people.slice(0, 3)) await inside.claim({ id: scimId(tenant, user), state: "active", teams });
  };
  await claimTeams(["Everybody"]);
  group.members = [];
  await sync(tenant);
  wire.check((await membersOf(tenant, group)).size === 0, `R-61: ${people.length} removals, nobody is left`);
  await claimTeams([]);
  directory.groups.delete(group.id);
  purge(tenant, ...people);
  await sync(tenant);
};

const managerPath = `${enterprise}:manager`;

/** Positions of the requests that a promise is about. */
function positions(sent: Sent[], fits: (request: Sent) => boolean): number[] {
  return sent.flatMap((request, index) => (fits(request) ? [index] : []));
}

const isManagerPatch = ({ body }: Sent) =>
  isRecord(body) && JSON.stringify(body.Operations ?? "").includes(`"${managerPath}"`);

/** A chain whose upper end is not in scope at first. */
const managers: Scenario = async (tenant) => {
  const { wire, knobs } = tenant;
  const head = hire(tenant, 32, { assigned: false });
  const middle = hire(tenant, 31, { manager: head.id });
  const lower = hire(tenant, 30, { manager: middle.id });
  tenant.directory.users.delete(middle.id); // who reports comes before who is reported to
  tenant.directory.users.set(middle.id, middle);
  const managerOf = async (user: EntraUser) => {
    const held = readPath(await read(tenant, user), managerPath);
    return isRecord(held) ? held.value : undefined;
  };

  const sent = await record(tenant, () => sync(tenant));
  const posts = positions(sent, ({ method }) => method === "POST");
  const patches = positions(sent.filter(isWrite), isManagerPatch);
  const named = posts.filter((at) =>
    readPath((sent[at]?.body ?? {}) as Record<string, unknown>, `${managerPath}.value`),
  );
  wire.check(posts.length === 2 && named.length === 0, "a POST names no manager");
  wire.check(patches.length === 1 && Math.min(...patches) >= 2, "a manager is written after both people are there");
  wire.check((await managerOf(lower)) === scimId(tenant, middle), "the manager is there");
  wire.check((await managerOf(middle)) === undefined, "a manager who is not in scope is left out");

  head.assigned = true;
  await sync(tenant);
  wire.check((await managerOf(middle)) === scimId(tenant, head), "the manager who came into scope is there");
  lower.manager = head.id;
  await sync(tenant);
  wire.check((await managerOf(lower)) === scimId(tenant, head), "the manager has changed");
  wire.check((await sync(tenant)) === 0, "a manager is written once");
  lower.manager = null;
  await sync(tenant);
  const left = knobs.clearedValue === "nothing" ? scimId(tenant, head) : undefined;
  wire.check((await managerOf(lower)) === left, "a manager is taken away where that is said");
};

export const references: Record<string, Scenario> = {
  "S10 group renamed, deleted, made again": regroup,
  "S11 many members at once": crowd,
  "S12 a chain of managers": managers,
};
