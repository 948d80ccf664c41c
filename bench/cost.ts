import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Ticks of a second in /proc: USER_HZ, the same on every Linux. */
const ticks = 100;

const hasProc = existsSync("/proc/self/stat");

function ps(pid: number, column: string): string {
  return execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" }).trim();
}

/** `[[dd-]hh:]mm:ss.cc` as seconds. */
function toSeconds(time: string): number {
  return time.split(/[-:]/).reduce((sum, part, index, parts) => {
    const unit = parts.length - index === 4 ? 24 : 60;
    return index === 0 ? Number(part) : sum * unit + Number(part);
  }, 0);
}

/** Seconds of CPU, user's and system's, that a process has used so far. */
export function cpuSeconds(pid: number): number {
  if (!hasProc) return toSeconds(ps(pid, "time"));
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** Megabytes that a process holds in memory now, and at most so far; without /proc only the first is known. */
export function residentMegabytes(pid: number): { now: number; peak: number } {
  if (!hasProc) {
    const now = Number(ps(pid, "rss")) / 1024;
    return { now, peak: now };
  }
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const read = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1024;
  return { now: read("VmRSS"), peak: read("VmHWM") };
}
