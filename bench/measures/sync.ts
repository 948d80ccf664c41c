import { cpuSeconds } from "@/bench/cost";
import { type Report, say, short } from "@/bench/report";
import type { Running } from "@/bench/running";
import { type BenchWorkspace, openBenchWorkspace, settle } from "@/bench/seed";
import type { Stage } from "@/bench/stage";
import { Wire } from "@/e2e/idp/entra/connector/wire";
import { makeDirectory } from "@/e2e/idp/entra/directory";
import { emptyState, Job, type JobState } from "@/e2e/idp/entra/job";
import { defaultKnobs, type Knobs } from "@/e2e/idp/entra/knobs";

type Cycle = { seconds: number; steps: Record<string, number>; requests: number; writes: number; failures: string[] };

/** One cycle of the Entra simulator. */
async function runCycle(
  server: Running,
  workspace: BenchWorkspace,
  [users, groups]: [number, number],
  state: JobState,
  knobs: Knobs = defaultKnobs,
): Promise<Cycle> {
  const wire = new Wire(`${server.url}/scim/v2`, workspace.token, false);
  const job = new Job(wire, knobs, state);
  const started = performance.now();
  let step = started;
  const steps: Record<string, number> = {};
  await job.cycle(makeDirectory(workspace.domain, users, groups), (name, done, total) => {
    if (done !== total) return;
    steps[name] = (performance.now() - step) / 1000;
    say(`  ${name}: ${short(total)} in ${short(steps[name])} s`);
    step = performance.now();
  });
  wire.close();
  const failures = job.failures.map(({ object, why }) => `${object}: ${why}`);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, steps, requests: wire.requests, writes: wire.writes, failures };
}

function told({ seconds, steps, requests, writes, failures }: Cycle): string {
  const failed = failures.length === 0 ? "" : `; ${failures.length} failed, such as ${failures[0]}`;
  const parts = Object.entries(steps).map(([name, part]) => `${name} ${short(part)}`);
  return `${short(seconds)} s (${parts.join(", ")}), ${short(requests)} requests, ${short(writes)} writes${failed}`;
}

/**
 * A first sync of a directory, and a second one in which nothing has changed; with a tenant's defaults, which are one member for each
 * PATCH and eight objects at once. The first sync of a gallery application, which sends many members at once, is a figure of its own.
 */
export async function measureSync(stage: Stage, report: Report): Promise<void> {
  const { db, quick } = stage;
  const sizes: [number, number] = quick ? [1_000, 20] : [10_000, 100];
  const workspace = await openBenchWorkspace(db, "sync");
  const gallery = await openBenchWorkspace(db, "gallery");
  await settle(db);
  const muster = await stage.startMuster();
  const size = `${short(sizes[0])} users and ${short(sizes[1])} groups`;
  const state = emptyState();
  say("first sync …");
  const first = await runCycle(muster, workspace, sizes, state);
  report.add(`first sync of ${size}`, told(first), "≤ 60 s", first.seconds <= 60 && first.failures.length === 0);
  report.tell("server CPU of the first sync", `${short(cpuSeconds(muster.pid))} s`);
  say("second sync …");
  const second = await runCycle(muster, workspace, sizes, state);
  const isMet = second.writes === 0 && second.failures.length === 0;
  report.add("second, unchanged sync", told(second), "0 writes", isMet);
  say("first sync, a hundred members at once …");
  const chunked = await runCycle(muster, gallery, sizes, emptyState(), { ...defaultKnobs, memberChunk: 100 });
  report.tell("first sync, a hundred members at once", told(chunked));
  report.keep("cycles", { first, second, chunked });
  await muster.stop();
}
