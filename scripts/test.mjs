// npm test: the gate, unit, database and browser tests from a bare checkout; ends with "N passed, N failed".
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { findChromium } from "./chromium.mjs";
import { bin, checkNode, generate, install } from "./prepare.mjs";

checkNode();
install();
generate();
rmSync("test-results", { recursive: true, force: true });
mkdirSync("test-results", { recursive: true });

// Other commands set these: new seeds, and the pages that a run writes.
delete process.env.MUSTER_FUZZ;
delete process.env.MUSTER_SEED;
delete process.env.MUSTER_WRITE;

/** The changes that git reports here, or null if this is not a checkout. */
function workingTree() {
  const { status, stdout } = spawnSync("git", ["status", "--porcelain"], { encoding: "utf8" });
  return status === 0 ? stdout : null;
}

let passed = 0;
let failed = 0;
const before = workingTree();

/** Resolves when all stages so far have printed everything. */
let printed = Promise.resolve();

/**
 * Begins a stage after others. Stages run side by side, and each prints in one piece: what it says is held back until all stages before it
 * have ended.
 */
function stage(name, work, ...after) {
  let held = [];
  const say = (chunk) => (held ? held.push(chunk) : process.stdout.write(chunk));
  const done = Promise.all(after).then(() => work(say));
  printed = printed.then(() => {
    process.stdout.write(`\n— ${name}\n`);
    for (const chunk of held.splice(0)) process.stdout.write(chunk);
    held = null;
    return done;
  });
  return done;
}

/** Runs a program; resolves with whether it succeeded. */
function run(say, program, args) {
  const colors = process.stdout.isTTY && { FORCE_COLOR: "1" };
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...colors } });
  child.stdout.on("data", say);
  child.stderr.on("data", say);
  return new Promise((resolve) => {
    child.once("error", (error) => {
      say(`${error.message}\n`);
      resolve(false);
    });
    child.once("close", (status) => resolve(status === 0));
  });
}

/** Each tool of the gate counts as one test. */
const tool = (program, args) => async (say) => {
  if (await run(say, bin(program), args)) passed++;
  else failed++;
};

/** A test runner counts as the tests in its JSON report; a run without a report is a failure. */
const suite = (program, args, report, count) => async (say) => {
  const isGood = await run(say, bin(program), args);
  try {
    const counted = count(JSON.parse(readFileSync(report, "utf8")));
    passed += counted.passed;
    failed += counted.failed || (isGood ? 0 : 1);
  } catch {
    failed++; // it exited before it could report
  }
};

/** Builds the pages, for which the browser tests wait. */
async function build(say) {
  if (!(await run(say, process.execPath, ["scripts/build.mjs"]))) failed++;
}

// `next typegen` and `next build` write the types that tsc reads, so these three follow each other.
const routes = stage("route types", tool("next", ["typegen"]));
const types = stage("types", tool("tsc", ["--noEmit"]), routes);
const style = stage("Biome", tool("biome", ["ci", "."]), types);
const unused = stage("unused code", tool("knip", []), style);
const pages = stage("build", build, types);
const tests = stage(
  "unit and database tests",
  suite(
    "vitest",
    ["run", "--reporter=default", "--reporter=json", "--outputFile.json=test-results/vitest.json"],
    "test-results/vitest.json",
    (report) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numPendingTests,
    }),
  ),
  routes,
);
const browser = suite("playwright", ["test"], "test-results/playwright.json", ({ stats }) => ({
  passed: stats.expected + stats.flaky,
  failed: stats.unexpected + stats.skipped,
}));
const browse = (say) => {
  process.env.MUSTER_CHROMIUM = findChromium();
  return browser(say);
};
stage("browser tests", browse, pages, unused, tests);
await printed;

const after = workingTree();
if (after === before) passed++;
else {
  failed++;
  process.stdout.write(`\nF2 the tests wrote into the working tree:\n${after}`);
}

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
