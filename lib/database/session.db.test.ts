import { Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { sql } from "@/lib/db";
import { inTransaction } from "./transaction";

test("a transaction's beginning travels with its first statements, and what nobody waits for with its commit", async () => {
  await inTransaction("warm", (tx) => tx.one(sql`SELECT 1 AS one`)); // connects
  const writes = [vi.spyOn(Socket.prototype, "_write"), vi.spyOn(Socket.prototype, "_writev" as "_write")];
  await inTransaction("key", async (tx) => {
    await Promise.all([tx.one(sql`SELECT 1 AS one`), tx.one(sql`SELECT 2 AS two`)]);
    tx.send(sql`SELECT set_config('muster.mark', '1', true)`);
  });
  const count = writes.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  vi.restoreAllMocks();
  expect(count).toBe(2);
});
