import prepareFolder from "@/e2e/support/workspace-folder";
import { seed } from "./chance";
import { jumpClock } from "./kinds/clock";
import { besideGiant, storm } from "./kinds/crowd";
import { fillDisk } from "./kinds/disk";
import { killApplication, killBackends, killDatabase } from "./kinds/kills";
import { crossLocks, holdEverything, holdRows, refuseConnections } from "./kinds/locks";
import { killMailer, misbehaveMail } from "./kinds/mails";
import { troubleNames } from "./kinds/names";
import { breakWay, loseCommits, partOne, slowDatabase } from "./kinds/network";
import { standStill, stopUnderLoad } from "./kinds/process";
import { raceForGroup } from "./kinds/races";
import { loseAnswers, shuffleRequests } from "./kinds/repeats";
import { putBack } from "./kinds/restore";
import { restartInTurn } from "./kinds/rolling";
import { soak } from "./kinds/soak";
import { type Row, tableOf } from "./table";

// Run by scripts/faults.mjs, on a built server.

/** Each fault, with how often a long run tries it. */
const faults: Record<string, [number, (times: number) => Promise<Row>]> = {
  application: [1_000, killApplication],
  database: [200, killDatabase],
  backends: [500, killBackends],
  silent: [10, (times) => breakWay("silent", times)],
  closed: [20, (times) => breakWay("closed", times)],
  "half-closed": [10, (times) => breakWay("half-closed", times)],
  cutting: [20, (times) => breakWay("cutting", times)],
  commits: [200, loseCommits],
  slow: [20, slowDatabase],
  "all-held": [5, holdEverything],
  "no-connections": [20, refuseConnections],
  deadlocks: [100, crossLocks],
  locks: [5, holdRows],
  mail: [10, misbehaveMail],
  mailer: [50, killMailer],
  names: [5, troubleNames],
  group: [5_000, raceForGroup],
  answers: [500, loseAnswers],
  order: [100, shuffleRequests],
  clock: [5, jumpClock],
  parted: [10, partOne],
  rolling: [20, restartInTurn],
  restore: [10, putBack],
  giant: [10_000, besideGiant],
  storm: [10, storm],
  stop: [50, stopUnderLoad],
  still: [3, standStill],
  disk: [5, fillDisk],
  soak: [10, (minutes) => soak(minutes, 100)],
};

const words = process.argv.slice(2);
const at = words.indexOf("--times");
const factor = at < 0 ? 1 : Number(words[at + 1]);
const chosen = at < 0 ? words : words.toSpliced(at, 2);
const unknown = chosen.filter((name) => !(name in faults));
if (unknown.length > 0 || !(factor > 0)) {
  process.stderr.write(`Say which: ${Object.keys(faults).join(", ")}; --times is a factor, such as 0.1.\n`);
  process.exit(1);
}
const removeFolder = await prepareFolder();
const rows: Row[] = [];
for (const [name, [times, run]] of Object.entries(faults)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  process.stdout.write(`  ${name} …\n`);
  const row = await run(Math.max(1, Math.round(times * factor)));
  process.stdout.write(`${tableOf([row])}\n`);
  rows.push(row);
}
removeFolder();
if (rows.length > 1) process.stdout.write(`\n${tableOf(rows)}\n`);
process.stdout.write(`\n  MUSTER_SEED=${seed}\n`);
process.exit(rows.some(({ losses }) => losses.length > 0) ? 1 : 0);
