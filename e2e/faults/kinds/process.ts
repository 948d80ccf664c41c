import { setTimeout as sleep } from "node:timers/promises";
import { chance } from "@/e2e/faults/chance";
import { openSite, writeDuring } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { startMuster } from "@/e2e/support/muster";

/** F14: the server is stopped under load; running requests are answered, and the next server finds all their writes. */
export async function stopUnderLoad(times: number): Promise<Row> {
  const site = await openSite();
  const losses: string[] = [];
  for (let done = 0; done < times; done++) {
    const unknown = site.tally.unknown;
    await writeDuring(site, async () => {
      await sleep(300 + chance() * 400);
      const began = performance.now();
      const code = await site.muster.stop();
      const seconds = (performance.now() - began) / 1000;
      if (code !== 0 || seconds > 30) losses.push(`it ended with ${code} after ${seconds.toFixed(0)} s`);
      site.muster = await startMuster({ MUSTER_DATA_DIR: site.folder, MUSTER_SCIM_RATE: "0" });
    });
    const cut = site.tally.unknown - unknown;
    if (cut > 0) losses.push(`${cut} requests under way got no answer`);
    losses.push(...(await site.examine()));
  }
  await site.remove();
  return rowOf("F14", "SIGTERM under load", times, losses, site.tally);
}

/** F13: the process is paused for longer than its liveness allows, and then resumes. */
export async function standStill(times: number): Promise<Row> {
  const site = await openSite();
  const losses: string[] = [];
  for (let done = 0; done < times; done++) {
    await writeDuring(site, async () => {
      await sleep(200);
      process.kill(site.muster.pid, "SIGSTOP");
      await sleep(6_000);
      process.kill(site.muster.pid, "SIGCONT");
      const status = await fetch(`${site.muster.url}/livez`).then((answer) => answer.status);
      if (status !== 503) losses.push(`/livez said ${status} right after six seconds of standing still`);
      await sleep(200);
    });
    for (const end = Date.now() + 15_000; Date.now() < end; await sleep(500)) {
      if ((await fetch(`${site.muster.url}/livez`)).status === 200) break;
    }
    losses.push(...(await site.examine()));
  }
  await site.remove();
  return rowOf("F13", "the process stands still for 6 s", times, losses, site.tally);
}
