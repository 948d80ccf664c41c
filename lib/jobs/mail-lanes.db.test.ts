import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { inTransaction } from "@/lib/database/transaction";
import { all, type MailKind, one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { askSignInLink } from "@/lib/workspace/accounts/sign-in-links";
import { addMail } from "@/lib/workspace/mail/outbox";
import { dailyMails } from "@/lib/workspace/mail/queue";
import { listMembers } from "@/lib/workspace/members/list";
import { finishMails, sendDueMails, startMails, stopMails } from "./mail";
import { openGate } from "./mail-gate";

// Mails of one workspace and those of another, provisioning's and a person's who waits at the sign-in page.

let server: MailServer;
let a: TestWorkspace;
let b: TestWorkspace;

beforeAll(async () => {
  server = await openMailServer();
  env().SMTP_URL = server.url;
  env().MUSTER_INVITE_DELAY = 0;
});
afterAll(() => server.close());
beforeEach(async () => {
  await run(sql`DELETE FROM "Mail"`);
  [a, b] = [await openWorkspace("a"), await openWorkspace("b")];
  await run(sql`DELETE FROM "Mail"`);
});

const put = (workspace: TestWorkspace, kind: MailKind, to: string, key = to) =>
  inTransaction("mail", async (tx) =>
    addMail(tx, {
      kind,
      to,
      workspaceId: workspace.id,
      data: { workspace: workspace.slug, slug: workspace.slug, domain: workspace.domain },
      dedupeKey: `${kind} ${workspace.id} ${key}`,
    }),
  );

/** Many mails of a workspace, without waiting for each. */
const fill = (workspace: TestWorkspace, kind: MailKind, count: number, prefix: string) =>
  Promise.all(Array.from({ length: count }, (_, at) => put(workspace, kind, `${prefix}${at}@${workspace.domain}`)));

const arrived = (text: string) => server.mails.filter(({ to }) => to.some((address) => address.includes(text)));

describe("C3 mails have lanes", () => {
  test("C3 a sign-in link leaves while every mail of provisioning and every invite hangs", async () => {
    await fill(a, "domain_verified", 20, "hang-added");
    await fill(b, "domain_verified", 10, "hang-added");
    await fill(b, "domain_warning", 10, "hang-warned");
    for (const workspace of [a, b])
      for (let at = 0; at < 5; at++)
        await workspace.scim("POST", "/Users", userBody(`hang-guest${at}@${workspace.slug}.example`));
    const hold = server.holdRecipients(/^hang-/);
    startMails();
    await vi.waitFor(() => expect(hold.waiting()).toBe(4), 10_000);
    await askSignInLink(`admin@${a.domain}`, "/", null);
    startMails(); // as the worker does after the commit
    await vi.waitFor(
      () => expect(arrived(`admin@${a.domain}`).map(({ subject }) => subject)).toEqual(["Sign in to Muster"]),
      10_000,
    );
    expect(arrived("hang-")).toEqual([]);
    hold.release();
    await finishMails();
    expect(arrived("hang-")).toHaveLength(50);
  });

  test("C3 what comes in while a lane looks for more is sent, not left for the next minute", async () => {
    const sent = Array.from({ length: 40 }, async (_, at) => {
      await put(a, "domain_verified", `steady${at}@${a.domain}`);
      startMails();
    });
    await Promise.all(sent);
    await finishMails();
    expect(arrived("steady")).toHaveLength(40);
  });

  test("C3 a workspace with thousands of mails takes turns with one that has a few", async () => {
    await fill(a, "domain_verified", 60, "many");
    await fill(b, "domain_verified", 3, "few");
    await sendDueMails();
    const order = server.mails.flatMap(({ to }) => to).filter((address) => /^(many|few)/.test(address));
    expect(order).toHaveLength(63);
    const lastOfFew = order.findLastIndex((address) => address.startsWith("few"));
    expect(lastOfFew, order.slice(0, 12).join(" ")).toBeLessThan(10);
  });

  test("C3 a workspace whose mails hang holds up nobody else's of the same lane", async () => {
    await fill(a, "domain_verified", 20, "stuck");
    await fill(b, "domain_verified", 5, "free");
    const hold = server.holdRecipients(/^stuck/);
    startMails();
    await vi.waitFor(() => expect(arrived("free")).toHaveLength(5), 10_000);
    expect(hold.waiting()).toBe(1);
    hold.release();
    await finishMails();
    expect(arrived("stuck")).toHaveLength(20);
  });

  test("C3 stopping lets what is under way end and takes nothing more", async () => {
    await fill(a, "domain_verified", 10, "stop");
    const hold = server.holdRecipients(/^stop/);
    startMails();
    await vi.waitFor(() => expect(hold.waiting()).toBe(1), 10_000);
    const stopped = stopMails();
    hold.release();
    await stopped;
    expect(arrived("stop")).toHaveLength(1);
    await sendDueMails();
    expect(arrived("stop")).toHaveLength(10);
  });
});

describe("C3 a refusal for good", () => {
  const stateOf = (to: string) =>
    one<{ state: string; attempts: number; detail: string }>(
      sql`SELECT state, attempts, detail FROM "Mail" WHERE "to" = ${to}`,
    );

  test("C3 5xx at RCPT ends that mail at once, and is shown beside the person until a mail gets through", async () => {
    server.refuseRecipients(550, /^gone/);
    const guest = `gone@${a.slug}.example`;
    await a.scim("POST", "/Users", userBody(guest));
    await a.scim("POST", "/Users", userBody(`fine@${a.slug}.example`));
    await b.scim("POST", "/Users", userBody(guest));
    await sendDueMails();
    const rows = await all<{ state: string; attempts: number }>(
      sql`SELECT state, attempts FROM "Mail" WHERE "to" = ${guest}`,
    );
    expect(rows).toEqual([
      { state: "refused", attempts: 1 },
      { state: "refused", attempts: 1 },
    ]);
    const shown = async () => {
      const { members } = await listMembers(a.id, {});
      return Object.fromEntries(members.map(({ userName, mailRefused }) => [userName, mailRefused]));
    };
    expect(await shown()).toEqual({
      [`admin@${a.domain}`]: null,
      [guest]: expect.stringContaining("550 no such mailbox"),
      [`fine@${a.slug}.example`]: null,
    });
    await run(
      sql`UPDATE "Mail" SET state = 'pending', "notBefore" = now() WHERE "to" = ${guest} AND "workspaceId" = ${a.id}`,
    );
    await run(
      sql`UPDATE "Mail" SET state = 'sent', "sentAt" = now() + interval '1 second' WHERE "to" = ${guest} AND "workspaceId" = ${a.id}`,
    );
    expect((await shown())[guest]).toBeNull();
  });

  test.each([450, 451, 421])("C3 %i at RCPT is tried again", async (code) => {
    server.refuseRecipients(code, new RegExp(`^later${code}`));
    const guest = `later${code}@${a.slug}.example`;
    await a.scim("POST", "/Users", userBody(guest));
    await sendDueMails();
    expect(await stateOf(guest)).toMatchObject({ state: "pending", attempts: code === 421 ? 0 : 1 });
    openGate(); // 421 closes the channel: the next look is some seconds away
  });

  test.each([551, 552, 553, 554])("C3 %i at RCPT is for good", async (code) => {
    server.refuseRecipients(code, new RegExp(`^never${code}`));
    const guest = `never${code}@${a.slug}.example`;
    await a.scim("POST", "/Users", userBody(guest));
    await sendDueMails();
    expect(await stateOf(guest)).toMatchObject({ state: "refused", attempts: 1 });
  });

  test("C3 5xx about the content or the sender is the operator's to mend, and tried again", async () => {
    const guest = `content@${a.slug}.example`;
    await a.scim("POST", "/Users", userBody(guest));
    server.refuseWith(554);
    await sendDueMails();
    server.refuseWith(null);
    expect(await stateOf(guest)).toMatchObject({ state: "pending", attempts: 1 });
  });
});

describe("A10 a recipient is not flooded", () => {
  test("A10 README says how many", () => {
    const words = readFileSync("docs/operate.md", "utf8").replace(/\s+/g, " ");
    expect(words).toContain(`at most ${dailyMails} emails of a kind a day`);
  });

  test(`A10 one workspace sends one address ${dailyMails} mails of a kind in a day; the rest wait for the next`, async () => {
    const victim = "victim@outside.example";
    for (let at = 0; at < dailyMails + 5; at++)
      await put(a, "domain_verified", at % 2 ? victim : victim.toUpperCase(), `${at}`);
    await put(a, "domain_warning", victim);
    await put(b, "domain_verified", victim);
    await sendDueMails();
    const isVictim = ({ to }: { to: string[] }) => to.some((address) => address.toLowerCase() === victim);
    expect(server.mails.filter(isVictim)).toHaveLength(dailyMails + 2);
    const waiting = await all<{ attempts: number; isTomorrow: boolean }>(sql`
      SELECT attempts, "notBefore" BETWEEN now() + interval '23 hours' AND now() + interval '25 hours' AS "isTomorrow" FROM "Mail" WHERE state = 'pending' AND "toKey" = ${victim}`);
    expect(waiting).toEqual(Array.from({ length: 5 }, () => ({ attempts: 0, isTomorrow: true })));
    await run(sql`UPDATE "Mail" SET "sentAt" = "sentAt" - interval '1 day', "notBefore" = least("notBefore", now())`);
    await sendDueMails();
    expect(server.mails.filter(isVictim)).toHaveLength(dailyMails + 7);
  });

  test("A10 a machine without a mail server keeps all of them: nobody is sent any", async () => {
    const { SMTP_URL } = env();
    env().SMTP_URL = undefined;
    for (let at = 0; at < dailyMails + 5; at++) await put(a, "domain_verified", "kept@outside.example", `${at}`);
    await sendDueMails();
    env().SMTP_URL = SMTP_URL;
    const left = await all(sql`SELECT 1 FROM "Mail" WHERE state <> 'kept' AND "toKey" = 'kept@outside.example'`);
    expect(left).toEqual([]);
  });
});
