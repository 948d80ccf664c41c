import { afterAll, beforeAll, expect, test } from "vitest";
import { type Manner, openRoughMailServer, type RoughMailServer } from "@/e2e/support/rough-mail-server";
import { takenFor } from "@/lib/workspace/mail/queue";
import { pauses } from "./mail";
import { sendBySmtp, sendLimit } from "./smtp";

let server: RoughMailServer;

beforeAll(async () => {
  server = await openRoughMailServer();
});
afterAll(() => server.close());

const message = {
  id: "<1@muster.test>",
  from: "a@muster.test",
  to: "b@c.test",
  subject: "S",
  html: "<p>H</p>",
  text: "T",
};

test.each<[Manner, string]>([
  ["takes", "sent"],
  ["silent", "unreachable"],
  ["greets with 421", "unreachable"],
  ["greets with 450", "unreachable"],
  ["421 at RCPT", "unreachable"],
  ["slow at DATA", "failed"],
  ["drops at DATA", "failed"],
  ["drops after taking", "failed"],
])("A8 a server that %s: %s, within the limit", async (manner, kind) => {
  server.behave(manner);
  const limit = manner === "silent" || manner === "slow at DATA" ? 300 : 5_000;
  expect(await sendBySmtp(server.url, message, limit)).toMatchObject({ kind });
});

test("A8 nobody listens, or the name leads nowhere: unreachable", async () => {
  const gone = await openRoughMailServer();
  await gone.close();
  expect(await sendBySmtp(gone.url, message, 5_000)).toMatchObject({
    kind: "unreachable",
    detail: expect.stringContaining("ECONNREFUSED"),
  });
  const nowhere = await sendBySmtp("smtp://nowhere.invalid", message, 5_000);
  expect(nowhere).toMatchObject({ kind: "unreachable" });
});

test("A8 a lease is longer than sending may take, and the tries of a mail take about three days", () => {
  expect(sendLimit).toBeLessThan(takenFor - 10_000);
  expect(takenFor).toBeLessThanOrEqual(60_000);
  const days = pauses.reduce<number>((sum, pause) => sum + pause, 0) / 86_400;
  expect(days).toBeGreaterThan(2);
  expect(days).toBeLessThan(3.5);
  expect(pauses).toHaveLength(9);
});
