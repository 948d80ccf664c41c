import { chance } from "@/e2e/faults/chance";
import { type Answer, addPeople, addTeam, asMembers, openScim, type Scim } from "@/e2e/faults/scim";
import { onSite, type Site } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";

/** Clients that change the group concurrently. All orders of their requests are tried: 720 for six. */
const clientCount = 6;
const peopleCount = 8;

/** A change of a group's members: the request to send, and its effect on the set of members. */
type Change = { send: (scim: Scim, group: string) => Promise<Answer>; apply: (before: Set<string>) => Set<string> };

const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";

function some(people: string[]): string[] {
  const chosen = people.filter(() => chance() < 0.3);
  return chosen.length > 0 ? chosen : people.slice(0, 1);
}

/** Adds, removes, replaces and PUTs, in the forms that clients use. */
const kinds: ((people: string[], name: string) => Change)[] = [
  (people) => {
    const chosen = some(people);
    const send = (scim: Scim, group: string) =>
      scim.patch(`/Groups/${group}`, { op: "add", path: "members", value: asMembers(chosen) });
    return { send, apply: (before) => new Set([...before, ...chosen]) };
  },
  (people) => {
    const chosen = some(people);
    const operations = chosen.map((id) => ({ op: "remove" as const, path: `members[value eq "${id}"]` }));
    const send = (scim: Scim, group: string) => scim.patch(`/Groups/${group}`, ...operations);
    return { send, apply: (before) => new Set([...before].filter((id) => !chosen.includes(id))) };
  },
  (people) => {
    const [first, ...others] = some(people);
    const send = (scim: Scim, group: string) =>
      scim.patch(
        `/Groups/${group}`,
        { op: "remove", path: "members", value: asMembers(others) },
        { op: "add", path: "members", value: asMembers(first ? [first] : []) },
      );
    const apply = (before: Set<string>) => {
      const left = [...before].filter((id) => !others.includes(id));
      return new Set(first ? [...left, first] : left);
    };
    return { send, apply };
  },
  (people) => {
    const chosen = some(people);
    const send = (scim: Scim, group: string) =>
      scim.patch(`/Groups/${group}`, { op: "replace", path: "members", value: asMembers(chosen) });
    return { send, apply: () => new Set(chosen) };
  },
  (people, displayName) => {
    const chosen = some(people);
    const body = { schemas: [groupUrn], displayName, members: asMembers(chosen) };
    const send = (scim: Scim, group: string) => scim.ask("PUT", `/Groups/${group}`, body);
    return { send, apply: () => new Set(chosen) };
  },
];

/** All permutations of the items. */
function* ordersOf<Item>(items: Item[]): Generator<Item[]> {
  if (items.length === 0) yield [];
  for (const [at, item] of items.entries()) {
    for (const rest of ordersOf(items.toSpliced(at, 1))) yield [item, ...rest];
  }
}

/** Whether applying the changes in some order leads from one set of members to the other. */
function isSomeOrder(before: string[], changes: Change[], after: string[]): boolean {
  const wanted = after.join();
  for (const order of ordersOf(changes)) {
    const members = order.reduce((set, { apply }) => apply(set), new Set(before));
    if ([...members].sort().join() === wanted) return true;
  }
  return false;
}

type Stage = { scim: Scim; group: string; name: string; shared: string[]; alone: string };

/** One round: makes all changes concurrently, and returns what is wrong with the result. */
async function raceOnce({ scim, group, name, shared, alone }: Stage, isGentle: boolean): Promise<string[]> {
  const before = await scim.membersOf(group);
  const usable = isGentle ? kinds.slice(0, 3) : kinds;
  const draw = () => usable[Math.floor(chance() * usable.length)]?.(shared, name) ?? [];
  const add: Change = {
    send: (one) => one.patch(`/Groups/${group}`, { op: "add", path: "members", value: asMembers([alone]) }),
    apply: (set) => new Set([...set, alone]),
  };
  const all = [...Array.from({ length: clientCount - 1 }, draw).flat(), add];
  const statuses = (await Promise.all(all.map(({ send }) => send(scim, group)))).map(({ status }) => status);
  const made = all.filter((_, at) => (statuses[at] ?? 0) < 300);
  const after = await scim.membersOf(group);
  const isLost = isGentle && made.includes(add) && !after.includes(alone);
  return [
    ...statuses.filter((status) => status >= 300 && status !== 503).map((status) => `answered with ${status}`),
    ...(isLost ? ["a member whom nobody else touched was lost"] : []),
    ...(isSomeOrder(before, made, after) ? [] : [`no order of the changes leads from ${before} to ${after}`]),
  ];
}

/** F08: six clients change the members of one group concurrently; some order of the changes must explain the result. */
export function raceForGroup(rounds: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const scim = openScim(() => site.muster.url, site.token, site.tally);
    const name = `Race ${Math.floor(chance() * 1e6)}`;
    const names = Array.from({ length: peopleCount }, (_, at) => `${name.replace(" ", "-")}-${at}@acme.test`);
    const [alone = "", ...shared] = await addPeople(scim, names);
    const stage = { scim, group: await addTeam(scim, name), name, shared, alone };
    const losses: string[] = [];
    // In every other round nobody replaces the whole list, so a person added by only one client must be there.
    for (let round = 0; round < rounds; round++) losses.push(...(await raceOnce(stage, round % 2 === 0)));
    losses.push(...(await site.examine()));
    return rowOf("F08", `${clientCount} clients change one group at once`, rounds, losses, site.tally);
  });
}
