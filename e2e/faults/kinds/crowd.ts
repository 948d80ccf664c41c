import { askBeside } from "@/e2e/faults/beside";
import { chance } from "@/e2e/faults/chance";
import { type Answer, addPeople, addTeam, asMembers, openScim, type Scim } from "@/e2e/faults/scim";
import { onSite, type Site } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { Wire } from "@/e2e/idp/entra/connector/wire";
import { makeDirectory } from "@/e2e/idp/entra/directory";
import { Job } from "@/e2e/idp/entra/job";
import { defaultKnobs } from "@/e2e/idp/entra/knobs";
import { operate } from "@/e2e/support/muster";

/** Seconds within which 19 of 20 responses to the small workspace must arrive; a response without load takes a few hundredths. */
const wellBelow = 1;

/** A second workspace, and a token for it. */
function openNeighbour({ folder }: Site, slug: string): string {
  const of = ["--workspace", slug];
  operate(folder, "workspace", "create", "--name", slug, "--slug", slug, "--admin-email", `a@${slug}.test`);
  operate(folder, "domain", "add", ...of, "--domain", `${slug}.test`);
  operate(folder, "domain", "verify", ...of, "--domain", `${slug}.test`, "--trust");
  const scope = ["--scope", "user_management:read-write"];
  return operate(folder, "token", "create", ...of, "--name", "SCIM", ...scope).trim();
}

let slugs = 0;
const newSlug = (word: string) => `${word}${++slugs}-${Math.floor(chance() * 1e6)}`;

/** Adds people with many concurrent requests. */
async function addCrowd(scim: Scim, slug: string, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, at) => `p${at}@${slug}.test`);
  const lanes = Array.from({ length: 8 }, (_, lane) => names.filter((_, at) => at % 8 === lane));
  return (await Promise.all(lanes.map((lane) => addPeople(scim, lane)))).flat();
}

/** The small workspace's normal load, until `isOver`: looks people up, and changes them. */
async function workQuietly(scim: Scim, slug: string, isOver: () => boolean): Promise<Answer[]> {
  const [id = ""] = await addPeople(scim, [`quiet@${slug}.test`]);
  const answers: Answer[] = [];
  while (!isOver()) {
    answers.push(await scim.ask("GET", `/Users?filter=${encodeURIComponent(`userName eq "quiet@${slug}.test"`)}`));
    const value = `T${answers.length}`;
    answers.push(await scim.patch(`/Users/${id}`, { op: "replace", path: "title", value }));
  }
  return answers;
}

/** Answers that a workspace must not get because of its neighbour. */
function wrongOf(answers: Answer[]): string[] {
  const odd = answers.filter(({ status }) => status !== 200 && status !== 204).map(({ status }) => status);
  const slow = answers.map(({ seconds }) => seconds).sort((a, b) => a - b)[Math.floor(answers.length * 0.95)] ?? 0;
  return [
    ...(odd.length > 0 ? [`the small workspace got ${odd.slice(0, 10)}`] : []),
    ...(slow > wellBelow ? [`the small workspace waited ${slow.toFixed(2)} s`] : []),
    ...(answers.length < 10 ? [`the small workspace got ${answers.length} answers only`] : []),
  ];
}

/** F18: a workspace with one giant group is synced with many concurrent requests while a small one is in use. */
export function besideGiant(people: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const scimOf = (token: string) => openScim(() => site.muster.url, token, site.tally);
    const [giant, small] = [newSlug("giant"), newSlug("small")];
    const big = scimOf(openNeighbour(site, giant));
    const quiet = scimOf(openNeighbour(site, small));
    let isOver = false;
    const quietly = workQuietly(quiet, small, () => isOver);
    const ids = await addCrowd(big, giant, people);
    const group = await addTeam(big, "Everybody", ids);
    for (let done = 0; done < 5; done++) {
      const part = asMembers(ids.filter(() => chance() < 0.5));
      await Promise.all([
        ...Array.from({ length: 4 }, () => big.ask("GET", `/Groups/${group}`)),
        big.patch(`/Groups/${group}`, { op: "replace", path: "members", value: part }),
        big.patch(`/Groups/${group}`, { op: "add", path: "members", value: asMembers(ids) }),
      ]);
    }
    isOver = true;
    const losses = [...wrongOf(await quietly), ...(await site.examine())];
    return rowOf("F18", `a group of ${people} beside a small workspace`, 1, losses, site.tally);
  });
}

/** F19: hundreds of wrong tokens, a full resync, and a mass suspension, which is held until an admin lifts the hold. */
export function storm(times: number, given?: Site): Promise<Row> {
  return onSite(given, async (site) => {
    const losses: string[] = [];
    for (let done = 0; done < times; done++) {
      const slug = newSlug("storm");
      const token = openNeighbour(site, slug);
      const scim = openScim(() => site.muster.url, token, site.tally);
      losses.push(...(await sendWrongTokens(site, scim)));
      losses.push(...(await resyncTwice(site, token, slug)));
      losses.push(...(await suspendAll(site, scim, slug)));
    }
    losses.push(...(await site.examine()));
    return rowOf("F19", "a storm: wrong tokens, resyncs, a mass suspension", times, losses, site.tally);
  });
}

/** Wrong tokens are slowed down, and a valid one from the same IP address isn't. */
async function sendWrongTokens({ muster }: Site, scim: Scim): Promise<string[]> {
  const headers = { authorization: `Bearer mst_${"x".repeat(40)}` };
  const wrong = Array.from({ length: 300 }, () => fetch(`${muster.url}/scim/v2/Users?count=1`, { headers }));
  const right = Array.from({ length: 20 }, () => scim.ask("GET", "/Users?count=1"));
  const statuses = (await Promise.all(wrong)).map(({ status }) => status);
  const answers = await Promise.all(right);
  return [
    ...statuses.filter((status) => status !== 401 && status !== 429).map((status) => `a wrong token got ${status}`),
    ...(statuses.includes(429) ? [] : ["300 wrong tokens were not slowed down"]),
    ...answers
      .filter(({ status }) => status !== 200)
      .map(({ status }) => `a right token got ${status} beside wrong ones`),
  ];
}

/** Two full syncs from scratch, as after *Restart provisioning*: the second finds everybody and writes nothing. */
async function resyncTwice({ muster }: Site, token: string, slug: string): Promise<string[]> {
  const directory = makeDirectory(`${slug}.test`, 30, 3);
  const losses: string[] = [];
  let writes = 0;
  for (let pass = 0; pass < 2; pass++) {
    const wire = new Wire(`${muster.url}/scim/v2`, token, false);
    const job = new Job(wire, defaultKnobs);
    await job.cycle(directory);
    wire.close();
    losses.push(...job.failures.map((failure) => `the resync: ${JSON.stringify(failure).slice(0, 200)}`));
    writes = wire.writes;
  }
  return writes === 0 ? losses : [...losses, `the second resync wrote ${writes} times`];
}

/** Suspends everybody at once: a fifth or ten go through, the rest are held, and go through when the hold is lifted. */
async function suspendAll({ folder }: Site, scim: Scim, slug: string): Promise<string[]> {
  // Only people who have had access for more than a day count.
  await askBeside(
    folder,
    `UPDATE "Membership" SET "activeSince" = now() - interval '3 days' WHERE "workspaceId" = (SELECT id FROM "Workspace" WHERE slug = $1)`,
    [slug],
  );
  const list = await scim.ask("GET", "/Users?count=100");
  const users = (list.body.Resources ?? []) as { id: string; userName: string }[];
  const ids = users.filter(({ userName }) => !userName.startsWith("a@")).map(({ id }) => id);
  const suspend = () =>
    Promise.all(ids.map((id) => scim.patch(`/Users/${id}`, { op: "replace", path: "active", value: false })));
  const first = await suspend();
  const through = first.filter(({ status }) => status < 300).length;
  const held = first.filter(({ status, retryAfter }) => status === 429 && retryAfter !== null).length;
  operate(folder, "hold", "approve", "--workspace", slug);
  const second = await suspend();
  return [
    ...(through + held === ids.length ? [] : [`${ids.length - through - held} suspensions were neither made nor held`]),
    ...(through <= 10 && held > 0 ? [] : [`${through} of ${ids.length} suspensions went through, ${held} were held`]),
    ...second.filter(({ status }) => status >= 300).map(({ status }) => `once approved, a suspension got ${status}`),
  ];
}
