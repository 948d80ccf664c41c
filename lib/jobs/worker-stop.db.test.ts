import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace } from "@/lib/provisioning/testing/fixtures";
import { newId } from "@/lib/workspace/id";
import { migrate } from "@/scripts/database/migrate";
import { announceTokenExpiry } from "./token-expiry";
import { takeTurn } from "./turn";
import { startWorker } from "./worker";

let dns: Socket;
/** How often a resolver was asked that knows nothing, and takes its time to say so. */
let asked = 0;

beforeAll(async () => {
  await migrate(process.env.DATABASE_URL ?? "");
  dns = createSocket("udp4").on("message", (query, { port, address }) => {
    asked++;
    const answer = Buffer.from(query);
    answer.writeUInt16BE(0x8182, 2); // a response: SERVFAIL
    setTimeout(() => dns.send(answer, port, address), 50);
  });
  await new Promise<void>((resolve) => dns.bind(0, "127.0.0.1", resolve));
  env().MUSTER_DNS_SERVERS = [`127.0.0.1:${(dns.address() as AddressInfo).port}`];
});
afterAll(() => {
  dns.close();
});

const due = () =>
  one<{ count: number }>(
    sql`SELECT count(*) AS count FROM "Domain" WHERE "nextCheckAt" <= now() + interval '1 second'`,
  );

test("A5 domain checks stop between two domains, not after all that are due", async () => {
  const workspace = await openWorkspace("backlog");
  for (let index = 0; index < 40; index++) {
    await run(sql`
      INSERT INTO "Domain" ("workspaceId", id, name, challenge, "nextCheckAt")
      VALUES (${workspace.id}, ${newId()}, ${`d${index}.test`}, ${`c${index}`}, now())`);
  }
  const worker = await startWorker();
  await vi.waitFor(() => expect(asked).toBeGreaterThan(0), { timeout: 20_000 });
  await worker.stop();
  expect((await due())?.count).toBeGreaterThan(20);
}, 60_000);

test("A5 what tells of tokens that end stops between two of them", async () => {
  const workspace = await openWorkspace("tokens");
  for (const name of ["a", "b", "c"]) {
    await run(sql`
      INSERT INTO "AccessToken" ("workspaceId", id, "publicId", "secretHash", last4, name, scopes, "createdAt", "expiresAt")
      VALUES (${workspace.id}, ${newId()}, ${`${name}${workspace.slug}`.slice(0, 8)}, '\\x00', 'last', ${name}, '{}', now() - interval '60 days', now() + interval '1 hour')`);
  }
  const countMails = () =>
    one<{ count: number }>(sql`SELECT count(*) AS count FROM "Mail" WHERE kind = 'token_expiring'`);
  let looked = 0;
  await announceTokenExpiry(() => looked++ >= 2);
  expect((await countMails())?.count).toBe(2);
  await announceTokenExpiry();
  expect((await countMails())?.count).toBe(3);
});

test("of several processes one takes an hourly turn; the next comes after an hour, or after the clock was set back", async () => {
  const processes = () => Promise.all(Array.from({ length: 5 }, () => takeTurn("sweep", 3_600)));
  const begin = (moved: string) =>
    run(sql`UPDATE "JobTurn" SET "begunAt" = now() + ${moved}::interval WHERE job = 'sweep'`);
  expect((await processes()).filter(Boolean)).toHaveLength(1);
  expect((await processes()).filter(Boolean)).toHaveLength(0);
  await begin("-61 minutes");
  expect((await processes()).filter(Boolean)).toHaveLength(1);
  await begin("1 day");
  expect((await processes()).filter(Boolean)).toHaveLength(1);
});
