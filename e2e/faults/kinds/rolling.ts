import { setTimeout as sleep } from "node:timers/promises";
import { chance } from "@/e2e/faults/chance";
import { RecordingClient } from "@/e2e/faults/recording-client";
import { openSite, writeDuring } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { startMuster } from "@/e2e/support/muster";
import { makeWorkspaceFolder } from "@/e2e/support/workspace-folder";
import { openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { keptSecret } from "@/scripts/embedded/secret";

/** F16: two servers of one database are restarted one after the other while clients write to both, as in an upgrade. */
export async function restartInTurn(times: number): Promise<Row> {
  const folder = makeWorkspaceFolder();
  const database = await openEmbeddedPostgres(folder.path);
  const settings = { DATABASE_URL: database.url, MUSTER_SECRET: keptSecret(folder.path) };
  const start = () => startMuster({ MUSTER_DATA_DIR: folder.path, MUSTER_SCIM_RATE: "0", ...settings });
  const site = await openSite(settings, { ...folder, remove: () => {} });
  const servers = [site.muster, await start()];
  // A load balancer that sends each request to either server; a request to a closed port has reached nobody.
  const either = () => servers[chance() < 0.5 ? 0 : 1]?.url ?? "";
  site.clients = site.clients.map((_, at) => new RecordingClient(either, site.token, `r${at}`, site.tally));
  const losses: string[] = [];
  for (let done = 0; done < times; done++) {
    const unknown = site.tally.unknown;
    await writeDuring(site, async () => {
      for (const at of [0, 1]) {
        await sleep(200 + chance() * 300);
        const code = await servers[at]?.stop();
        if (code !== 0) losses.push(`a server ended with ${code}`);
        servers[at] = await start();
      }
      await sleep(200);
    });
    [site.muster] = servers as [typeof site.muster];
    const cut = site.tally.unknown - unknown;
    if (cut > 0) losses.push(`${cut} requests under way got no answer`);
    losses.push(...(await site.examine()));
  }
  await servers[1]?.stop();
  await site.remove();
  await database.release();
  folder.remove();
  return rowOf("F16", "two servers are restarted in turn", times, losses, site.tally);
}
