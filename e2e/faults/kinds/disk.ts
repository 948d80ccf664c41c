import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { emptyTally } from "@/e2e/faults/recording-client";
import { openSite, writeDuring } from "@/e2e/faults/site";
import { type Row, rowOf } from "@/e2e/faults/table";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

/** A small file system that can be filled, or null if this account may not mount one. */
function mountSmall(megabytes: number): { path: string; remove: () => void } | null {
  const path = mkdtempSync(join(tmpdir(), "muster-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    rmSync(path, { recursive: true });
    return null;
  }
  const remove = () => {
    execFileSync("umount", [path]);
    rmSync(path, { recursive: true });
  };
  return { path, remove };
}

/** Writes to a file until the disk is full. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const piece = Buffer.alloc(65_536); ; ) writeSync(file, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * F12: the database's disk is full for a while. Writes fail, nothing is lost, and once there is space everything continues without help.
 */
export async function fillDisk(times: number): Promise<Row> {
  const disk = mountSmall(220);
  if (!disk) return rowOf("F12", "the disk is full (not tried: this account may not mount one)", 0, [], emptyTally());
  const site = await openSite({}, { ...disk, token: copyWorkspace(disk.path) });
  const losses: string[] = [];
  const filler = join(disk.path, "filler");
  for (let done = 0; done < times; done++) {
    const refused = site.tally.refused + site.tally.unknown;
    await writeDuring(site, async () => {
      await sleep(300);
      fill(filler);
      await sleep(3_000);
      rmSync(filler);
      for (const end = Date.now() + 15_000; ; await sleep(200)) {
        const ready = await fetch(`${site.muster.url}/readyz`).catch(() => null);
        if (ready?.status === 200) break;
        if (Date.now() > end) {
          losses.push("it did not come back by itself once there was room");
          break;
        }
      }
    });
    if (site.tally.refused + site.tally.unknown === refused) losses.push("no write met the full disk");
    losses.push(...(await site.examine()));
  }
  await site.remove();
  return rowOf("F12", "the disk of the database is full", times, losses, site.tally);
}
