// npm test: the gate, unit, database and browser tests from a bare checkout; ends with "N passed, N failed".
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { findChromium } from "./chromium.mjs";
import { bin, build, checkNode, generate, install } from "./prepare.mjs";

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

/** Each tool of the gate counts as one test. */
function gate(name, program, args) {
  process.stdout.write(`\n— ${name}\n`);
  const { status } = spawnSync(bin(program), args, { stdio: "inherit", env: process.env });
  if (status === 0) passed++;
  else failed++;
}

/** A test runner counts as the tests in its JSON report; a run without a report is a failure. */
function suite(name, program, args, report, count) {
  process.stdout.write(`\n— ${name}\n`);
  const { status } = spawnSync(bin(program), args, { stdio: "inherit", env: process.env });
  try {
    const counted = count(JSON.parse(readFileSync(report, "utf8")));
    passed += counted.passed;
    failed += counted.failed || (status === 0 ? 0 : 1);
  } catch {
    failed++; // it exited before it could report
  }
}

gate("route types", "next", ["typegen"]);
gate("Biome", "biome", ["ci", "."]);
gate("types", "tsc", ["--noEmit"]);
gate("unused code", "knip", []);
suite(
  "unit and database tests",
  "vitest",
  ["run", "--reporter=default", "--reporter=json", "--outputFile.json=test-results/vitest.json"],
  "test-results/vitest.json",
  (report) => ({
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numPendingTests,
  }),
);
build();
process.env.MUSTER_CHROMIUM = findChromium();
suite("browser tests", "playwright", ["test"], "test-results/playwright.json", ({ stats }) => ({
  passed: stats.expected + stats.flaky,
  failed: stats.unexpected + stats.skipped,
}));

const after = workingTree();
if (after === before) passed++;
else {
  failed++;
  process.stdout.write(`\nF2 the tests wrote into the working tree:\n${after}`);
}

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
