import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { keepTemporaryFilesInMemory } from "./scripts/testing/temporary.ts";

keepTemporaryFilesInMemory();

const root = fileURLToPath(new URL(".", import.meta.url));
const resolve = { alias: { "@": root.replace(/\/$/, "") } };

/** Many small files, which share processes; scripts/testing/anew.ts gives each its own modules. */
const small = ["{app,lib/workspace,lib/provisioning/conformance}/**/*.db.test.ts"];

/** Tests with a database: each file has one, and a process too unless it is small. */
function db(name: string, isolate: boolean): TestProjectInlineConfiguration {
  return {
    resolve,
    test: {
      name,
      isolate,
      include: isolate ? ["{lib,scripts,e2e,bench}/**/*.db.test.ts"] : small,
      exclude: isolate ? small : [],
      globalSetup: ["scripts/testing/postgres.ts"],
      sequence: { setupFiles: "list" }, // one after the other
      setupFiles: ["scripts/testing/anew.ts", "scripts/testing/database.ts"],
      testTimeout: 30_000,
      hookTimeout: 60_000,
    },
  };
}

export default defineConfig({
  resolve,
  test: {
    maxWorkers: availableParallelism() + 1, // some files wait more than they work
    projects: [
      {
        resolve,
        test: {
          name: "unit",
          isolate: false,
          setupFiles: ["scripts/testing/anew.ts"],
          include: ["{lib,app,components,scripts,e2e,bench}/**/*.test.{ts,tsx}"],
          exclude: ["**/*.db.test.ts", "**/node_modules/**"],
        },
      },
      db("db", true),
      db("db together", false),
    ],
  },
});
