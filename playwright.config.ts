import { availableParallelism } from "node:os";
import { defineConfig } from "@playwright/test";
import { keepTemporaryFilesInMemory } from "./scripts/testing/temporary.ts";

keepTemporaryFilesInMemory();

// The system's Chromium needs no sandbox of its own in a container; nothing is fetched besides the pages under test.
const flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const long = /\/(start|server|pages)\.spec\.ts$/;
const { MUSTER_CHROMIUM, MUSTER_TRACE } = process.env;

export default defineConfig({
  testDir: "e2e",
  // The longest files begin first, so that none of them is left over at the end.
  projects: [
    { name: "long", testMatch: long },
    { name: "short", testMatch: "**/*.spec.ts", testIgnore: long },
  ],
  globalSetup: "./e2e/support/workspace-folder.ts",
  outputDir: "test-results/playwright",
  // Each file has a server, a database and a browser of its own. Many wait for something, so two more than there are cores.
  workers: Math.min(availableParallelism() + 2, 4),
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["json", { outputFile: "test-results/playwright.json" }]],
  use: {
    viewport: { width: 1280, height: 800 },
    colorScheme: "light",
    locale: "en-GB",
    timezoneId: "UTC",
    // Recording every step costs CPU; MUSTER_TRACE=1 keeps the trace of what fails.
    trace: MUSTER_TRACE ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    launchOptions: { args: flags, ...(MUSTER_CHROMIUM && { executablePath: MUSTER_CHROMIUM }) },
  },
});
