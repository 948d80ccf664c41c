import { expect, test } from "vitest";
import { run, sql } from "@/lib/db";
import { findServer, recordServer } from "@/lib/process/server-record";
import { noteSetAside } from "@/lib/set-aside";
import { examine, linesOf } from "./doctor";

test("A4 doctor shows what the server's queues have set aside, as the server wrote it down", async () => {
  const { seen } = await recordServer(true);
  noteSetAside("request log", new Error("unsupported Unicode escape sequence"), {});
  noteSetAside("request log", new Error("half a \uD83D"), {});
  await seen();
  const { problems } = await examine(await findServer(), undefined);
  expect(problems.join("\n")).toMatch(/The queue "request log" has set 2 rows aside; .*half a \uFFFD/);
});

test("A8 doctor shows emails that wait for the mail server, and those that failed, with their ids", async () => {
  await run(sql`
    INSERT INTO "Mail" (id, "dedupeKey", kind, "to", data, state, detail, "unreachableSince", attempts)
    VALUES (uuidv7(), 'a', 'added', 'lin@x.test', '{}', 'pending', 'connect ECONNREFUSED', now(), 0), (uuidv7(), 'b', 'added', 'max@x.test', '{}', 'failed', '451 later', NULL, 10)`);
  const lines = linesOf(await examine(await findServer(), undefined)).join("\n");
  expect(lines).toContain("1 waiting, 2 failing");
  expect(lines).toMatch(/pending after 0: added to lin@x\.test \([0-9a-f-]{36}\): connect ECONNREFUSED/);
  expect(lines).toMatch(/failed after 10: added to max@x\.test \([0-9a-f-]{36}\): 451 later/);
  expect(lines).toContain("email send-again --all");
});
