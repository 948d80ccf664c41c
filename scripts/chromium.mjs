// Finds a Chromium: from MUSTER_CHROMIUM, the system, Playwright, or the package manager, in this order. The headless shell is preferred: a
// whole Chromium also renders its own toolbars for each window, which takes a fifth of the browser tests' CPU.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { bin, fail } from "./prepare.mjs";

const shells = ["chromium-headless-shell"];
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const folders = ["/usr/bin", "/usr/local/bin", "/snap/bin", "/opt/homebrew/bin"];
const mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

function find(wanted) {
  return folders.flatMap((folder) => wanted.map((name) => `${folder}/${name}`)).find((path) => existsSync(path));
}

function inSystem() {
  return find(names) ?? (existsSync(mac) ? mac : undefined);
}

/** The system's headless shell; Debian has a package of it. */
function headlessShell() {
  const there = find(shells);
  if (there || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return there;
  tryRun("apt-get", ["install", "-y", "--no-install-recommends", "chromium-headless-shell"], 120_000);
  return find(shells);
}

function fromPlaywright() {
  const { chromium } = createRequire(import.meta.url)("playwright-core");
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined;
}

function tryRun(program, args, timeout = 600_000) {
  return spawnSync(program, args, { stdio: "ignore", timeout }).status === 0;
}

/** The path of a Chromium; installs one if there is none. If that fails too, exits with what to do. */
export function findChromium() {
  const there = process.env.MUSTER_CHROMIUM || headlessShell() || inSystem() || fromPlaywright();
  if (there) return there;
  process.stdout.write("  Installing a Chromium for the browser tests …\n");
  if (tryRun(bin("playwright"), ["install", "chromium"])) {
    const installed = fromPlaywright();
    if (installed) return installed;
  }
  if (tryRun("apt-get", ["update"])) tryRun("apt-get", ["install", "-y", "--no-install-recommends", "chromium"]);
  return inSystem() ?? fail("No Chromium was found or could be installed: set MUSTER_CHROMIUM to the path of one.");
}
