import { setTimeout as sleep } from "node:timers/promises";
import { residentMegabytes } from "@/bench/cost";
import { median, quantile } from "@/bench/load";
import { type Report, say, short } from "@/bench/report";
import type { Running } from "@/bench/running";
import { lookupPath, newUser, ScimClient } from "@/bench/scim";
import {
  type BenchWorkspace,
  findSeededIds,
  openBenchWorkspace,
  seededName,
  seedPeople,
  seedTeam,
  settle,
} from "@/bench/seed";
import type { Stage } from "@/bench/stage";

const small = 10_000;

type Page = { totalResults: number; nextCursor?: string | null; Resources: { id: string }[] };

/** A person of a workspace, spread over all of them. */
function nameAt(workspace: BenchWorkspace, members: number, index: number): string {
  return seededName(workspace.domain, (index * 7_919) % members);
}

/** Lookups in a small and a large workspace of one database, in turns. */
async function measureLookups(
  url: string,
  [few, many]: [BenchWorkspace, BenchWorkspace],
  large: number,
  rounds: number,
  report: Report,
): Promise<void> {
  const sides = [
    { workspace: few, members: small, client: new ScimClient(url, few), times: [] as number[] },
    { workspace: many, members: large, client: new ScimClient(url, many), times: [] as number[] },
  ];
  for (let round = 0; round <= rounds; round++) {
    for (const { workspace, members, client, times } of sides) {
      for (let index = 0; index < 200; index++) {
        const { ms } = await client.time("GET", lookupPath(nameAt(workspace, members, round * 200 + index)));
        if (round > 0) times.push(ms); // the first round warms up
      }
    }
  }
  for (const { client } of sides) client.close();
  const [before = 0, after = 0] = sides.map(({ times }) => quantile(times, 0.95));
  const ratio = after / before;
  const measured = `${short(ratio)} × (${short(after)} against ${short(before)} ms)`;
  report.add(`lookup at ${short(large)}, p95 at 1`, measured, `≤ 1.5 × at ${short(small)}`, ratio <= 1.5);
  report.keep(
    "lookups",
    sides.map(({ members, times }) => ({ members, p50: median(times), p95: quantile(times, 0.95) })),
  );
}

/** Follows the cursors of pages of 100 to the end; how many were seen, and the cursor that leads to the last full page. */
async function walkToEnd(client: ScimClient): Promise<{ seen: number; last: string | undefined }> {
  let seen = 0;
  const cursors: string[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const page: Page = await client.read<Page>(`/Users?cursor=${encodeURIComponent(cursor)}&count=100`);
    seen += page.Resources.length;
    cursor = page.nextCursor ?? undefined;
    if (cursor !== undefined) cursors.push(cursor);
    if (cursors.length % 1_000 === 0) say(`  ${short(seen)} walked`);
  }
  return { seen, last: cursors.at(-2) }; // the last cursor may lead to a page that is not full
}

/** The first page by cursor against one at the far end. */
async function measureFarPage(url: string, workspace: BenchWorkspace, rounds: number, report: Report): Promise<void> {
  const client = new ScimClient(url, workspace);
  const started = performance.now();
  const { seen, last } = await walkToEnd(client);
  report.tell("walk by cursor, pages of 100", `${short(seen)} in ${short((performance.now() - started) / 1000)} s`);
  const paths = ["", last ?? ""].map((cursor) => `/Users?cursor=${encodeURIComponent(cursor)}&count=100`);
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const [side, path] of paths.entries()) times[side]?.push((await client.time("GET", path)).ms);
  }
  client.close();
  const [first, far] = times.map((all) => median(all.slice(10))) as [number, number];
  const measured =
    last === undefined ? "no cursors" : `${short(far / first)} × (${short(far)} against ${short(first)} ms)`;
  report.add(
    "page of 100 by cursor at the far end, at 1",
    measured,
    "≤ 1.5 × the first page",
    last !== undefined && far / first <= 1.5,
  );
}

type Changes = { deleted: Set<string>; added: number; isOver: boolean };

/** Deletes people spread over the workspace and adds others, until the walk is over. */
async function change(url: string, workspace: BenchWorkspace, ids: string[], changes: Changes): Promise<void> {
  const client = new ScimClient(url, workspace);
  for (let index = 0; !changes.isOver && index < ids.length / 3; index++) {
    const id = ids[(index * 7_919) % ids.length];
    if (id === undefined || changes.deleted.has(id)) continue;
    changes.deleted.add(id);
    await client.time("DELETE", `/Users/${id}`);
    await client.time("POST", "/Users", newUser(`Walker${index}@${workspace.domain}`));
    changes.added++;
  }
  client.close();
}

/** A walk while others are deleted and added: who stays is seen exactly once. */
async function measureWalk(url: string, workspace: BenchWorkspace, stage: Stage, report: Report): Promise<void> {
  const ids = await findSeededIds(stage.db, workspace, 1, small); // the first is the admin, who can't be deleted
  const changes: Changes = { deleted: new Set(), added: 0, isOver: false };
  const changing = change(url, workspace, ids, changes);
  changing.catch(() => {}); // told when it is waited for
  const client = new ScimClient(url, workspace);
  const seen = new Map<string, number>();
  for (let cursor: string | undefined = ""; cursor !== undefined; await sleep(30)) {
    const page: Page = await client.read<Page>(
      `/Users?cursor=${encodeURIComponent(cursor)}&count=100&attributes=userName`,
    );
    for (const { id } of page.Resources) seen.set(id, (seen.get(id) ?? 0) + 1);
    cursor = page.nextCursor ?? undefined;
  }
  changes.isOver = true;
  await changing;
  client.close();
  const survivors = ids.filter((id) => !changes.deleted.has(id));
  const missed = survivors.filter((id) => !seen.has(id)).length;
  const twice = [...seen.values()].filter((times) => times > 1).length;
  const measured = `${missed} missed, ${twice} twice; ${changes.deleted.size} deleted, ${changes.added} added`;
  report.add(`walk of ${short(small)} by cursor under change`, measured, "each once", missed === 0 && twice === 0);
}

/** Reads pages and groups with several clients, and looks at how large the server has become. */
async function measureMemory(
  server: Running,
  workspace: BenchWorkspace,
  team: string,
  large: number,
  report: Report,
): Promise<void> {
  const start = residentMegabytes(server.pid).peak;
  const paths = [
    "/Users?count=1000",
    `/Users?startIndex=${large / 2}&count=1000`,
    "/Users?cursor&count=100",
    `/Groups/${team}`,
    "/Groups?count=100&excludedAttributes=members",
    "/Users?filter=title%20eq%20%22engineer%22&count=100",
  ];
  const read = async (_: unknown, turn: number) => {
    const client = new ScimClient(server.url, workspace);
    for (let index = 0; index < 60; index++) await client.time("GET", paths[(index + turn) % paths.length] ?? "");
    client.close();
  };
  await Promise.all(Array.from({ length: 4 }, read));
  const { peak, now } = residentMegabytes(server.pid);
  const measured = `${short(peak)} MB at most, ${short(now)} MB now, ${short(start)} MB at the start`;
  report.add(`memory at ${short(large)} members, pages and groups`, measured, "≤ 400 MB", peak <= 400);
}

/** A workspace of a million members beside one of ten thousand. */
export async function measureScale(stage: Stage, report: Report): Promise<void> {
  const { db, quick } = stage;
  const large = quick ? 100_000 : 1_000_000;
  const few = await openBenchWorkspace(db, "ten-thousand");
  const many = await openBenchWorkspace(db, "million");
  const walked = await openBenchWorkspace(db, "walked");
  for (const workspace of [few, walked]) await seedPeople(db, workspace, small);
  const started = performance.now();
  await seedPeople(db, many, large, (done) => say(`  ${short(done)} people seeded`));
  report.tell(`seeding of ${short(large)} people`, `${short((performance.now() - started) / 1000)} s`);
  const teams = [];
  for (const size of [10, 1_000, 100_000]) teams.push(await seedTeam(db, many, size));
  await settle(db);

  const reader = await stage.startMuster();
  say("memory …");
  await measureMemory(reader, many, teams.at(-1) ?? "", large, report);
  await reader.stop();

  const muster = await stage.startMuster();
  say("lookups …");
  await measureLookups(muster.url, [few, many], large, quick ? 5 : 20, report);
  say("cursors …");
  await measureFarPage(muster.url, many, quick ? 60 : 300, report);
  await measureWalk(muster.url, walked, stage, report);
  await muster.stop();
}
