import { cpSync, lstatSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { chance } from "@/e2e/faults/chance";
import { openSite, type Site } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { Wire } from "@/e2e/idp/entra/connector/wire";
import { type Directory, makeDirectory } from "@/e2e/idp/entra/directory";
import { emptyState, Job, type JobState } from "@/e2e/idp/entra/job";
import { defaultKnobs } from "@/e2e/idp/entra/knobs";
import { startMuster } from "@/e2e/support/muster";

/** Like Entra with a resource that it knows but can't find any more: it searches for a match, and creates one if there is none. */
const knobs = { ...defaultKnobs, on404: "rematch" } as const;

/** A job's pass over the directory; returns the failures, and the number of writes. */
async function cycle(
  { muster, token, tally }: Site,
  directory: Directory,
  state: JobState,
  onUser: (done: number) => void = () => {},
): Promise<{ failures: string[]; writes: number }> {
  const wire = new Wire(`${muster.url}/scim/v2`, token, false);
  wire.onAnswer = ({ method, path, status }) => {
    if (status < 400) tally.acknowledged++;
    else tally.refused++;
    if (status >= 500 && status !== 503) tally.wrong.push(`${method} ${path}: ${status}`);
  };
  const job = new Job(wire, knobs, state);
  await job.cycle(directory, (step, done) => step === "users" && onUser(done));
  wire.close();
  return { failures: job.failures.map((failure) => JSON.stringify(failure).slice(0, 200)), writes: wire.writes };
}

async function untilGone(pid: number): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
    try {
      process.kill(pid, 0);
    } catch {
      return; // this id no longer exists
    }
  }
}

/** Ends the server and its database as a power failure would. */
async function cutPower(site: Site): Promise<void> {
  const database = site.databasePid();
  await site.muster.kill();
  process.kill(database, "SIGKILL");
  await untilGone(database);
}

async function start(site: Site): Promise<void> {
  site.muster = await startMuster({ MUSTER_DATA_DIR: site.folder, MUSTER_SCIM_RATE: "0" });
}

/** Some people change and some leave, as on a normal day. */
function goOn(directory: Directory, day: number): void {
  for (const [at, user] of [...directory.users.values()].entries()) {
    if (at % 7 === day % 7) user.jobTitle = `Title of day ${day}`;
    if (at % 13 === day % 13) user.accountEnabled = false;
  }
}

/** F17: power fails in the middle of a cycle and the data folder is copied; days later the copy is restored. */
export async function putBack(times: number): Promise<Row> {
  const site = await openSite();
  const losses: string[] = [];
  const directory = makeDirectory("acme.test", 40, 4);
  const state = emptyState();
  const copy = `${site.folder}-copy`;
  for (let done = 0; done < times; done++) {
    const at = 5 + Math.floor(chance() * 30);
    let cut: Promise<void> | undefined;
    goOn(directory, done);
    await cycle(site, directory, state, (count) => {
      if (count >= at) cut ??= cutPower(site);
    });
    await (cut ?? cutPower(site));
    const filter = (path: string) => !lstatSync(path).isSocket();
    cpSync(site.folder, copy, { recursive: true, filter, preserveTimestamps: true });
    await start(site);
    goOn(directory, done + 1);
    losses.push(...(await cycle(site, directory, state)).failures);
    await site.muster.stop();
    rmSync(site.folder, { recursive: true });
    cpSync(copy, site.folder, { recursive: true, preserveTimestamps: true });
    rmSync(copy, { recursive: true });
    await start(site);
    losses.push(...(await cycle(site, directory, state)).failures);
    const { failures, writes } = await cycle(site, directory, state);
    if (writes > 0) losses.push(`the cycle after the next still wrote ${writes} times`);
    losses.push(...failures, ...(await site.examine()));
  }
  await site.remove();
  return rowOf("F17", "an old copy of the data folder is put back", times, losses, site.tally);
}
