import { expect, test } from "@playwright/test";
import { fillDisk } from "./faults/disk";
import { killApplication, killBackends, killDatabase } from "./faults/kills";
import { breakWay, loseCommits, partOne, slowDatabase } from "./faults/network";
import { standStill, stopUnderLoad } from "./faults/process";
import { soak } from "./faults/soak";
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
  ["F12 the disk of the database is full", () => fillDisk(1)],
  ["F13 the process stands still", () => standStill(1)],
  ["F14 the server is stopped under load", () => stopUnderLoad(2)],
  ["F15 one of two servers loses its database", () => partOne(1)],
  ["C5 a steady load is answered", () => soak(0.2, 100)],
];

for (const [name, run] of short) {
  test(`${name}: nothing that was acknowledged is lost, and it goes on by itself`, async () => {
    const row = await run();
    expect(row.losses, tableOf([row])).toEqual([]);
    if (row.tries > 0) expect(row.tally.acknowledged, "clients wrote meanwhile").toBeGreaterThan(0);
  });
}
