import { cpuSeconds, residentMegabytes } from "@/bench/cost";
import { median } from "@/bench/load";
import { printTable, type Report, say, short } from "@/bench/report";
import type { Running } from "@/bench/running";
import { patchOf, ScimClient } from "@/bench/scim";
import { findSeededIds, openBenchWorkspace, seedPeople, seedTeam, settle } from "@/bench/seed";
import type { Stage } from "@/bench/stage";

const works = ["add one member", "remove one member", "GET without members"] as const;

type Group = { id: string; size: number; times: Record<(typeof works)[number], number[]> };

/** One member in and out again, and the group without its members; milliseconds of each. */
async function visit(client: ScimClient, { id, times }: Group, member: string): Promise<void> {
  const add = patchOf({ op: "add", path: "members", value: [{ value: member }] });
  const remove = patchOf({ op: "remove", path: `members[value eq "${member}"]` });
  times["add one member"].push((await client.time("PATCH", `/Groups/${id}`, add)).ms);
  times["remove one member"].push((await client.time("PATCH", `/Groups/${id}`, remove)).ms);
  times["GET without members"].push((await client.time("GET", `/Groups/${id}?excludedAttributes=members`)).ms);
}

async function measureWhole(server: Running, client: ScimClient, { id, size }: Group, report: Report): Promise<void> {
  await client.time("GET", `/Groups/${id}`);
  const before = cpuSeconds(server.pid);
  const replies = [];
  for (let index = 0; index < 5; index++) replies.push(await client.time("GET", `/Groups/${id}`));
  const cpu = ((cpuSeconds(server.pid) - before) * 1000) / replies.length;
  const bytes = replies[0]?.bytes ?? 0;
  const ms = median(replies.map((reply) => reply.ms));
  const memory = `${short(residentMegabytes(server.pid).peak)} MB at most`;
  const measured = `${short(ms)} ms, ${short(bytes / 1e6)} MB, ${short(cpu)} ms CPU; server ${memory}`;
  report.tell(`GET of a group of ${short(size)}`, measured);
}

function judge(groups: Group[], report: Report): void {
  const rows = groups.map(({ size, times }) => [
    short(size),
    ...works.map((work) => `${short(median(times[work].slice(5)))} ms`),
  ]);
  printTable([["members", ...works], ...rows]);
  const [least, most] = [groups[0], groups.at(-1)];
  if (!least || !most) return;
  for (const work of works) {
    const [few, many] = [median(least.times[work].slice(5)), median(most.times[work].slice(5))];
    const measured = `${short(many / few)} × (${short(many)} against ${short(few)} ms)`;
    const bar = `≤ 2 × at ${short(least.size)}`;
    report.add(`${work}, group of ${short(most.size)}`, measured, bar, many / few <= 2);
  }
}

/** One member more or less, in groups of ten to a hundred thousand. */
export async function measureGroups(stage: Stage, report: Report): Promise<void> {
  const { db, quick } = stage;
  const sizes = quick ? [10, 100, 1_000, 10_000] : [10, 100, 1_000, 10_000, 100_000];
  const largest = sizes.at(-1) ?? 0;
  const workspace = await openBenchWorkspace(db, "groups");
  await seedPeople(db, workspace, largest + 100);
  const groups: Group[] = [];
  for (const size of sizes) {
    const times = { "add one member": [], "remove one member": [], "GET without members": [] };
    groups.push({ id: await seedTeam(db, workspace, size), size, times });
  }
  await settle(db);
  const members = await findSeededIds(db, workspace, largest + 1, 50);
  const muster = await stage.startMuster();
  const client = new ScimClient(muster.url, workspace);
  say("members …");
  for (let round = 0; round < (quick ? 30 : 120); round++) {
    for (const group of groups) await visit(client, group, members[round % members.length] ?? "");
  }
  judge(groups, report);
  for (const group of groups) await measureWhole(muster, client, group, report);
  client.close();
  await muster.stop();
}
