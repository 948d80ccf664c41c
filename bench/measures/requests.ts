import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { cpuSeconds } from "@/bench/cost";
import { compare, type Plan, type Target } from "@/bench/load";
import { printTable, type Report, say, short } from "@/bench/report";
import { openBenchWorkspace, seedPeople, settle } from "@/bench/seed";
import type { Stage } from "@/bench/stage";
import { judgeRequests, Results, unexpectedIn } from "@/bench/verdicts";
import { checkWorks, type Work, worksOf } from "./works";

const members = 10_000;

/** One client alone sends a third of the requests. */
function planFor(clients: number, requests: number, quick: boolean): Plan {
  const count = Math.ceil(clients === 1 ? requests / 3 : requests);
  return { clients, requests: quick ? Math.ceil(count / 4) : count, rounds: quick ? 3 : 5 };
}

async function measureWorks(works: Work[], stage: Stage): Promise<Results> {
  const results = new Results();
  for (const { title, requests, targets } of works) {
    for (const clients of [1, 16, 64]) {
      say(`${title} at ${clients} …`);
      for (const measured of await compare(targets, planFor(clients, requests, stage.quick))) {
        results.add(title, measured);
      }
      await stage.db.query("CHECKPOINT");
    }
  }
  return results;
}

function printResults(results: Results): void {
  const rows = results.entries().map(([name, measured]) => {
    const { perSecond, cpu, p50, p95 } = measured;
    return [name, short(perSecond), ...[cpu, p50, p95].map((ms) => `${short(ms)} ms`), unexpectedIn(measured)];
  });
  printTable([["work, server, clients", "requests/s", "CPU/request", "p50", "p95", ""], ...rows]);
}

/** Keeps mails in the outbox while people are added: then what is measured is the request. Returns how to let them go. */
async function holdMails(db: pg.Client): Promise<() => Promise<unknown>> {
  await db.query(`CREATE FUNCTION bench_hold_mail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW."notBefore" := now() + interval '1 day'; RETURN NEW; END $$`);
  await db.query(
    `CREATE TRIGGER bench_hold_mail BEFORE INSERT ON "Mail" FOR EACH ROW EXECUTE FUNCTION bench_hold_mail()`,
  );
  return () => db.query(`DROP TRIGGER bench_hold_mail ON "Mail"`);
}

async function countDueMails(db: pg.Client): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM "Mail" WHERE state = 'pending' AND "notBefore" < now() + interval '1 hour'`,
  );
  return rows[0]?.count ?? 0;
}

/** The same requests, with every mail rendered by the same process at the same time. */
async function measureWithMails(db: pg.Client, target: Target, requests: number, report: Report): Promise<void> {
  const before = cpuSeconds(target.pid);
  const [measured] = await compare([target], { clients: 16, requests, rounds: 1 });
  while ((await countDueMails(db)) > 0) await sleep(100);
  const cpu = ((cpuSeconds(target.pid) - before) * 1000) / (requests + Math.ceil(requests / 3));
  report.tell("POST /Users, server.ts, with mails leaving, at 16", `${short(measured?.perSecond ?? 0)} /s`);
  report.tell("POST /Users, server.ts, CPU with its mail", `${short(cpu)} ms`);
}

/** Single requests at both doors, beside a bare server and a bare Next application on the same database. */
export async function measureRequests(stage: Stage, report: Report): Promise<void> {
  const { db, quick } = stage;
  const full = await openBenchWorkspace(db, "requests");
  const joining = await openBenchWorkspace(db, "joining");
  await seedPeople(db, full, members);
  await db.query("CREATE TABLE bench_row (id uuid PRIMARY KEY DEFAULT uuidv7(), name text, body jsonb)");
  await settle(db);
  const servers = {
    bare: await stage.startBare(full.id),
    next: await stage.startNextBaseline(full.id),
    muster: await stage.startMuster(),
    route: await stage.startRouteDoor(),
  };
  const releaseMails = await holdMails(db);
  const works = worksOf(servers, full, members, joining);
  await checkWorks(works);
  const results = await measureWorks(works, stage);
  printResults(results);
  report.keep("requests", Object.fromEntries(results.entries()));
  judgeRequests(results, report);
  await releaseMails();
  const post = works.at(-1)?.targets.find(({ name }) => name === "server.ts");
  if (post) await measureWithMails(db, post, quick ? 150 : 600, report);
  for (const server of Object.values(servers)) await server.stop();
}
