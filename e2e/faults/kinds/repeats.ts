import { askBeside } from "@/e2e/faults/beside";
import { chance } from "@/e2e/faults/chance";
import { type Answer, asMembers, openScim, type Scim } from "@/e2e/faults/scim";
import { onSite, type Site } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { openFaultProxy } from "@/e2e/support/fault-proxy";

/** F09: responses to POST get lost, and the client retries, sometimes several times concurrently. */
export function loseAnswers(times: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const proxy = await openFaultProxy(site.muster.url);
    const scim = openScim(() => proxy.url.replace(/\/$/, ""), site.token, site.tally);
    const losses: string[] = [];
    const run = Math.floor(chance() * 1e6);
    for (let done = 0; done < times; done++) {
      proxy.loses = ({ method }) => method === "POST" && chance() < 0.5;
      const userName = `again-${run}-${done}@acme.test`;
      const displayName = `Again ${run} ${done}`;
      const together = 1 + Math.floor(chance() * 5);
      losses.push(...(await repeat(userName, together, () => scim.addUser(userName))));
      losses.push(...(await repeat(displayName, together, () => scim.addGroup(displayName))));
      proxy.loses = () => false;
      losses.push(...(await countedWrong(site, userName, displayName)));
    }
    losses.push(...(await site.examine()));
    await proxy.close();
    return rowOf("F09", "answers to POST are lost, and it is sent again", times, losses, site.tally);
  });
}

/**
 * Repeats a request until it is answered, several at a time. It may create the resource once; every other answer must say that it exists.
 */
async function repeat(name: string, together: number, send: () => Promise<Answer>): Promise<string[]> {
  const answers: Answer[] = [];
  for (let tries = 0; tries < 20; tries++) {
    answers.push(...(await Promise.all(Array.from({ length: together }, send))));
    if (answers.some(({ status }) => status === 201 || status === 409)) break;
  }
  const statuses = answers.map(({ status }) => status);
  const odd = statuses.filter((status) => ![0, 201, 409, 503].includes(status));
  const made = statuses.filter((status) => status === 201).length;
  return [
    ...odd.map((status) => `${name} was answered with ${status}`),
    ...(made > 1 ? [`${name} was created ${made} times`] : []),
  ];
}

/** Checks that there is one member, one seat, one email of each kind, one group. */
async function countedWrong({ folder }: Site, userName: string, displayName: string): Promise<string[]> {
  const [found] = await askBeside<Record<string, number>>(
    folder,
    `SELECT (SELECT count(*) FROM "Membership" WHERE "userName" = $1)::int AS members,
      (SELECT coalesce(sum(s.change), 0) FROM "SeatChange" s JOIN "Membership" m ON m.id = s."membershipId" WHERE m."userName" = $1)::int AS seats,
      (SELECT max(count) FROM (SELECT count(*) FROM "Mail" WHERE "toKey" = $1 GROUP BY kind) kinds)::int AS mails,
      (SELECT count(*) FROM "Team" WHERE name = $2)::int AS groups`,
    [userName, displayName],
  );
  return Object.entries(found ?? {})
    .filter(([, count]) => count !== 1)
    .map(([what, count]) => `${userName}: ${count} ${what} instead of one`);
}

type Step = { name: string; run: () => Promise<boolean> };

function shuffled<Item>(items: Item[]): Item[] {
  return items
    .map((item) => ({ item, at: chance() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/**
 * F10: requests arrive in any order, and a group names people who don't exist yet. The server refuses such a group, and the next sync
 * repairs it.
 */
export function shuffleRequests(times: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const scim = openScim(() => site.muster.url, site.token, site.tally);
    const losses: string[] = [];
    const run = Math.floor(chance() * 1e6);
    for (let done = 0; done < times; done++) {
      losses.push(...(await syncShuffled(scim, `order-${run}-${done}`)));
    }
    losses.push(...(await site.examine()));
    return rowOf("F10", "requests arrive in another order", times, losses, site.tally);
  });
}

/** Sends a group and five people in random order, pass after pass, until all of them are accepted. */
async function syncShuffled(scim: Scim, name: string): Promise<string[]> {
  const losses: string[] = [];
  const ids = new Map<string, string>();
  const unborn = "00000000-0000-4000-8000-000000000000"; // the id of a person who doesn't exist yet
  const idOf = (key: string) => ids.get(key) ?? unborn;
  const people = Array.from({ length: 5 }, (_, at) => `${name}-${at}@acme.test`);
  const create = (key: string, send: () => Promise<Answer>): Step => ({
    name: `create ${key}`,
    run: async () => {
      const { status, body } = await send();
      if (status === 201) ids.set(key, String(body.id));
      return status === 201;
    },
  });
  const change = (key: string, needs: string[], send: () => Promise<Answer>, early: number[]): Step => ({
    name: `change ${key}`,
    run: async () => {
      const isEarly = needs.some((need) => !ids.has(need));
      const { status } = await send();
      if (isEarly && !early.includes(status)) losses.push(`${key} came too early and was answered with ${status}`);
      return status < 300;
    },
  });
  const join = (person: string) => () =>
    scim.patch(`/Groups/${idOf(name)}`, { op: "add", path: "members", value: asMembers([idOf(person)]) });
  let left: Step[] = [
    create(name, () => scim.addGroup(name)),
    ...people.map((person) => create(person, () => scim.addUser(person))),
    ...people.map((person) => change(`${person} joins`, [name, person], join(person), [400, 404])),
  ];
  for (let pass = 0; left.length > 0 && pass < 4; pass++) {
    const waiting: Step[] = [];
    for (const step of shuffled(left)) if (!(await step.run())) waiting.push(step);
    left = waiting;
  }
  losses.push(...left.map((step) => `${step.name} never went through`));
  const wanted = people.map(idOf).sort().join();
  const found = (await scim.membersOf(idOf(name))).join();
  return found === wanted ? losses : [...losses, `${name} has ${found} instead of ${wanted}`];
}
