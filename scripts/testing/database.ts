import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, inject } from "vitest";

/** Runs one statement outside the database under test. */
async function maintain(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("adminUrl") });
  await client.connect();
  await client.query(text);
  await client.end();
}

// Each test file gets its own database, copied file by file from the migrated template.
const url = new URL(inject("templateUrl"));
const name = `test_${randomUUID().slice(0, 8)}`;
await maintain(`CREATE DATABASE "${name}" TEMPLATE "template" STRATEGY file_copy OWNER "${url.username}"`);
url.pathname = `/${name}`;
process.env.DATABASE_URL = url.href;
process.env.MUSTER_TEST_DATABASE_URL = url.href;
process.env.MUSTER_SECRET = "a secret of the test run, long enough";
process.env.MUSTER_URL = "http://muster.test";
process.env.LOG_LEVEL ||= "silent";

afterAll(async () => {
  const { closeDatabase } = await import("@/lib/db");
  const { flushRequestLog } = await import("@/lib/provisioning/http/request-log");
  await flushRequestLog(); // else its timer would go off in the next file
  await closeDatabase();
  await maintain(`DROP DATABASE "${name}" WITH (FORCE)`);
});
