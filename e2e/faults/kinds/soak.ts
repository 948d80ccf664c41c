import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openSite } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";

/** Resident memory of a process in bytes, from /proc. */
function residentOf(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  return pages * 4_096;
}

/** Megabytes per minute by which memory grows in the second half of the samples: the slope of a line fitted through them. */
function slopeOf(samples: { at: number; bytes: number }[]): number {
  const half = samples.slice(Math.floor(samples.length / 2));
  const mean = (of: (sample: { at: number; bytes: number }) => number) =>
    half.reduce((sum, sample) => sum + of(sample), 0) / half.length;
  const [at, bytes] = [mean((sample) => sample.at), mean((sample) => sample.bytes)];
  const over = half.reduce((sum, sample) => sum + (sample.at - at) * (sample.bytes - bytes), 0);
  const under = half.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0);
  return (over / under) * (60_000 / 1_048_576);
}

/** Steady load for some minutes: no request fails, nothing is lost, and memory doesn't grow after warm-up. */
export async function soak(minutes: number, perSecond: number): Promise<Row> {
  const site = await openSite();
  const losses: string[] = [];
  const samples: { at: number; bytes: number }[] = [];
  const began = performance.now();
  const until = began + minutes * 60_000;
  const pause = (site.clients.length * 1000) / perSecond;
  const write = async (client: (typeof site.clients)[number]) => {
    for (let next = performance.now(); next < until; next += pause) {
      await sleep(Math.max(0, next - performance.now()));
      await client.act();
    }
  };
  const measure = async () => {
    for (; performance.now() < until; await sleep(1_000)) {
      samples.push({ at: performance.now() - began, bytes: residentOf(site.muster.pid) });
    }
  };
  await Promise.all([...site.clients.map(write), measure()]);
  losses.push(...(await site.examine()));
  const slope = slopeOf(samples);
  const { unknown, acknowledged, refused } = site.tally;
  if (unknown > 0) losses.push(`${unknown} requests without an answer that says what became of them`);
  if (minutes >= 5 && slope >= 1) losses.push(`memory grows by ${slope.toFixed(1)} MB a minute`);
  await site.remove();
  const rate = ((acknowledged + refused) / (minutes * 60)).toFixed(0);
  return rowOf("C5", `${minutes} min at ${rate}/s, memory ${slope.toFixed(2)} MB/min`, 1, losses, site.tally);
}
