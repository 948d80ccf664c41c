import { defineConfig } from "@playwright/test";

// The system's Chromium needs no sandbox of its own in a container; nothing is fetched besides the pages under test.
const flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const { MUSTER_CHROMIUM } = process.env;

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results/playwright",
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["json", { outputFile: "test-results/playwright.json" }]],
  use: {
    viewport: { width: 1280, height: 800 },
    colorScheme: "light",
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    launchOptions: { args: flags, ...(MUSTER_CHROMIUM && { executablePath: MUSTER_CHROMIUM }) },
  },
});
