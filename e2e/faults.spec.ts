import { expect, test } from "@playwright/test";
import { jumpClock } from "./faults/kinds/clock";
import { besideGiant, storm } from "./faults/kinds/crowd";
import { fillDisk } from "./faults/kinds/disk";
import { killApplication, killBackends, killDatabase } from "./faults/kinds/kills";
import { crossLocks, holdEverything, holdRows, refuseConnections } from "./faults/kinds/locks";
import { killMailer, misbehaveMail } from "./faults/kinds/mails";
import { troubleNames } from "./faults/kinds/names";
import { breakWay, loseCommits, partOne, slowDatabase } from "./faults/kinds/network";
import { standStill, stopUnderLoad } from "./faults/kinds/process";
import { raceForGroup } from "./faults/kinds/races";
import { loseAnswers, shuffleRequests } from "./faults/kinds/repeats";
import { putBack } from "./faults/kinds/restore";
import { restartInTurn } from "./faults/kinds/rolling";
import { soak } from "./faults/kinds/soak";
import { openSite, type Site } from "./faults/site";
import { type Row, tableOf } from "./faults/table";

// The faults of `npm run faults` in a few tries each: clients write while something is done to the server, and nothing of what was
// acknowledged may be lost.

const short: [string, () => Promise<Row>][] = [
  ["F01 the application is killed", () => killApplication(4)],
  ["F02 the database is killed", () => killDatabase(2)],
  ["F02 backends are ended", () => killBackends(20)],
  ["F03 the way to the database falls silent", () => breakWay("silent", 1)],
  ["F03 the way to the database is closed", () => breakWay("closed", 2)],
  ["F03 the way to the database is half closed", () => breakWay("half-closed", 1)],
  ["F03 who gets to the database is cut off", () => breakWay("cutting", 2)],
  ["F03 commits and their answers are lost", () => loseCommits(20)],
  ["F03 answers of the database are late", () => slowDatabase(3)],
  ["F06 the mail server misbehaves", () => misbehaveMail(1, ["down", "drops after taking"])],
  ["F07 resolvers are silent, fail and lie", () => troubleNames(1, ["all fail", "one says that nothing is there"])],
  ["F11 the server's clock jumps", () => jumpClock(1, ["+86400", "-86400"])],
  ["F12 the disk of the database is full", () => fillDisk(1)],
  ["F13 the process stands still", () => standStill(1)],
  ["F14 the server is stopped under load", () => stopUnderLoad(2)],
  ["F15 one of two servers loses its database", () => partOne(1)],
  ["F16 two servers are restarted in turn", () => restartInTurn(1)],
  ["F17 an old copy of the data folder is put back", () => putBack(1)],
  ["F20 the server is killed while mails leave", () => killMailer(1)],
  ["C5 a steady load is answered", () => soak(0.2, 100)],
];

/** These need no start of their own: they are done to one server, one after the other. */
const together: [string, (site: Site) => Promise<Row>][] = [
  ["F04 all connections wait", (site) => holdEverything(1, site)],
  ["F04 the database gives no connections", (site) => refuseConnections(1, site)],
  ["F05 deadlocks with a client beside the server", (site) => crossLocks(2, site)],
  ["F05 rows stay locked", (site) => holdRows(1, site)],
  ["F08 many change one group at once", (site) => raceForGroup(40, site)],
  ["F09 answers are lost and requests repeated", (site) => loseAnswers(10, site)],
  ["F10 requests arrive in another order", (site) => shuffleRequests(3, site)],
  ["F18 a large group is beside a small workspace", (site) => besideGiant(200, site)],
  ["F19 a storm of wrong tokens, resyncs and suspensions", (site) => storm(1, site)],
];

const promise = "nothing that was acknowledged is lost, and it goes on by itself";

function expectNothingLost(row: Row): void {
  expect(row.losses, tableOf([row])).toEqual([]);
  if (row.tries > 0) expect(row.tally.acknowledged, "clients wrote meanwhile").toBeGreaterThan(0);
}

test.describe("each on a server of its own", () => {
  test.describe.configure({ mode: "parallel" });
  for (const [name, run] of short) test(`${name}: ${promise}`, async () => expectNothingLost(await run()));
});

test.describe("done to one server", () => {
  let site: Site;
  test.beforeAll(async () => {
    site = await openSite();
  });
  test.afterAll(() => site.remove());

  for (const [name, run] of together) test(`${name}: ${promise}`, async () => expectNothingLost(await run(site)));
});
