import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { inTransaction } from "@/lib/database/transaction";
import { all, type MailKind, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { addMail } from "@/lib/workspace/mail/outbox";
import { sendDueMails } from "./mail";
import { mayTake, nextProbeIn, openGate, shutGate } from "./mail-gate";

let server: MailServer;
let workspace: TestWorkspace;

beforeAll(async () => {
  server = await openMailServer();
  workspace = await openWorkspace("hostile");
});
afterAll(() => server.close());
beforeEach(async () => {
  await run(sql`DELETE FROM "Mail"`);
  openGate();
});
afterEach(() => {
  vi.useRealTimers();
});

const put = (to: string, kind: MailKind, data: Record<string, string>) =>
  inTransaction("mail", async (tx) =>
    addMail(tx, {
      kind,
      to,
      workspaceId: workspace.id,
      data: { workspace: workspace.slug, slug: workspace.slug, domain: workspace.domain, ...data },
      dedupeKey: to,
    }),
  );

test.each(["sent", "kept"])(
  "A4 a welcome that names nobody (mails are %s) ends alone, and its lane goes on",
  async (way) => {
    env().SMTP_URL = way === "sent" ? server.url : undefined;
    await put("bad@x.test", "welcome", { membership: "nobody" });
    await put("good@x.test", "domain_verified", {});
    await sendDueMails();
    expect(await all(sql`SELECT "to", state FROM "Mail" ORDER BY "to"`)).toEqual([
      { to: "bad@x.test", state: "dropped" },
      { to: "good@x.test", state: way },
    ]);
  },
);

test("F11 a clock that is set back by a day keeps no mail waiting after an outage of the mail server", () => {
  shutGate(false);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 86_400_000 });
  expect(mayTake()).toBe(false);
  expect(nextProbeIn()).toBeLessThan(16);
});
