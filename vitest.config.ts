import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { keepTemporaryFilesInMemory } from "./scripts/testing/temporary";

keepTemporaryFilesInMemory();

const root = fileURLToPath(new URL(".", import.meta.url));
const resolve = { alias: { "@": root.replace(/\/$/, "") } };

export default defineConfig({
  resolve,
  test: {
    maxWorkers: availableParallelism() + 1, // some files wait more than they work
    projects: [
      {
        resolve,
        test: {
          name: "unit",
          include: ["{lib,app,components,scripts,e2e,bench}/**/*.test.{ts,tsx}"],
          exclude: ["**/*.db.test.ts", "**/node_modules/**"],
        },
      },
      {
        resolve,
        test: {
          name: "db",
          include: ["{lib,app,scripts,e2e,bench}/**/*.db.test.ts"],
          globalSetup: ["scripts/testing/postgres.ts"],
          setupFiles: ["scripts/testing/database.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
