import type pg from "pg";
import { residentMegabytes } from "@/bench/cost";
import { type Report, say, short } from "@/bench/report";
import { ScimClient } from "@/bench/scim";
import { openBenchWorkspace, settle } from "@/bench/seed";
import type { Stage } from "@/bench/stage";

/** People of almost a megabyte each: what one body can hold. */
async function seedLargest(db: pg.Client, workspaceId: string, people: number): Promise<void> {
  const emails = `(SELECT jsonb_agg(jsonb_build_object('value', md5(e::text) || '@example.test', 'type', 'other')) FROM generate_series(1, 9500) e)`;
  await db.query(
    `WITH d AS MATERIALIZED (SELECT jsonb_build_object('emails', ${emails}, 'title', repeat('x', 200000)) AS attributes)
     INSERT INTO "Membership" ("workspaceId", id, state, "userName", "userNameKey", attributes)
     SELECT $1, uuidv7(), 'suspended', 'large' || n, 'large' || n, d.attributes FROM d, generate_series(1, $2::int) n`,
    [workspaceId, people],
  );
}

/** Four pages of the largest people at once, in every way that they are read: a page has bytes as well as resources. */
export async function measureLargest(stage: Stage, report: Report): Promise<void> {
  const { db, quick } = stage;
  const workspace = await openBenchWorkspace(db, "largest");
  await seedLargest(db, workspace.id, quick ? 100 : 1_000);
  await settle(db);
  const muster = await stage.startMuster();
  const clients = [1, 2, 3, 4].map(() => new ScimClient(muster.url, workspace));
  say("largest people …");
  for (const query of ["", "&sortBy=userName", "&attributes=emails,title", "&excludedAttributes=groups"])
    for (let round = 0; round < 3; round++)
      await Promise.all(clients.map((client) => client.time("GET", `/Users?count=1000${query}`)));
  for (const client of clients) client.close();
  const { peak } = residentMegabytes(muster.pid);
  report.add("memory, four count=1000 over the largest people", `${short(peak)} MB at most`, "≤ 400 MB", peak <= 400);
  await muster.stop();
}
