import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { openRoughMailServer, type RoughMailServer } from "@/e2e/support/rough-mail-server";
import { inTransaction } from "@/lib/database/transaction";
import { all, type MailKind, one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { listSetAside } from "@/lib/set-aside";
import { askSignInLink } from "@/lib/workspace/accounts/sign-in-links";
import { addMail } from "@/lib/workspace/mail/outbox";
import { takeMail } from "@/lib/workspace/mail/queue";
import { listUnsentMails, sendMailAgain } from "@/lib/workspace/mail/unsent";
import { finishMails, nextMailLookIn, sendDueMails, startMails } from "./mail";
import { openGate } from "./mail-gate";

let rough: RoughMailServer;
let good: MailServer;
let ours: TestWorkspace;
let theirs: TestWorkspace;

beforeAll(async () => {
  [rough, good] = await Promise.all([openRoughMailServer(), openMailServer()]);
  env().MUSTER_INVITE_DELAY = 0;
  [ours, theirs] = [await openWorkspace("out"), await openWorkspace("out")];
});
afterAll(() => Promise.all([rough.close(), good.close()]));
beforeEach(async () => {
  await run(sql`DELETE FROM "Mail"`);
  openGate();
  env().SMTP_URL = rough.url;
  rough.taken.length = 0;
  good.mails.length = 0;
  rough.behave("takes");
});
afterEach(() => {
  vi.restoreAllMocks();
});

let count = 0;

const put = (to: string, kind: MailKind = "domain_verified", workspace = ours) =>
  inTransaction("mail", async (tx) =>
    addMail(tx, {
      kind,
      to,
      workspaceId: workspace.id,
      data: { workspace: workspace.slug, slug: workspace.slug, domain: workspace.domain },
      dedupeKey: `${kind} ${++count}`,
    }),
  );

type State = { to: string; state: string; attempts: number; detail: string | null; isWaiting: boolean };

const states = () =>
  all<State>(
    sql`SELECT "to", state, attempts, detail, "unreachableSince" IS NOT NULL AS "isWaiting" FROM "Mail" ORDER BY id`,
  );

const realNow = performance.now.bind(performance);

/** As if time had gone by, for the gate and for the database's rows. */
async function pass(seconds: number): Promise<void> {
  const ahead = performance.now() + seconds * 1000 - realNow();
  vi.spyOn(performance, "now").mockImplementation(() => realNow() + ahead);
  await run(
    sql`UPDATE "Mail" SET "notBefore" = least("notBefore", now() - interval '1 second') WHERE state = 'pending'`,
  );
}

const idIn = (mail: string | undefined) => /^Message-ID: (<.+>)/im.exec(mail ?? "")?.[1];

describe("A8 an outage of the mail server", () => {
  test.each(["greets with 421", "greets with 450", "421 at RCPT"] as const)(
    "A8 one that %s costs no tries, is looked for by one mail at a time, and everything leaves afterwards",
    async (manner) => {
      rough.behave(manner);
      for (let n = 0; n < 6; n++) await put(`lin${n}@x.test`, n % 2 ? "domain_warning" : "domain_verified");
      await put("max@y.test", "domain_verified", theirs);
      await sendDueMails();
      const before = rough.connections();
      await sendDueMails();
      expect(rough.connections(), "nobody looks before the pause is over").toBe(before);
      for (let n = 1; n <= 3; n++) {
        await pass(1_000);
        await sendDueMails();
        expect(rough.connections(), "one mail finds out").toBe(before + n);
      }
      expect(await nextMailLookIn()).toBeGreaterThan(15);
      expect(
        (await states()).every(({ state, attempts, isWaiting }) => state === "pending" && !attempts && isWaiting),
      ).toBe(true);
      expect(await listUnsentMails(ours.id)).toMatchObject({ emails: [], waiting: { count: 6 } });
      rough.behave("takes");
      await pass(1_000);
      await sendDueMails();
      expect(rough.taken).toHaveLength(7);
      expect((await states()).every(({ state, attempts }) => state === "sent" && attempts === 1)).toBe(true);
      expect(await listUnsentMails(ours.id)).toMatchObject({ emails: [], waiting: null });
    },
  );

  test("A8 a server that nobody listens for is waited for for three days; then admins see what failed and send it again", async () => {
    const gone = await openRoughMailServer();
    await gone.close();
    env().SMTP_URL = gone.url;
    const guest = `guest${ours.slug}@else.test`;
    await ours.scim("POST", "/Users", userBody(guest));
    await put("lin@x.test");
    await sendDueMails();
    const since = (days: number) =>
      run(sql`UPDATE "Mail" SET "unreachableSince" = now() - make_interval(days => ${days}) WHERE state = 'pending'`);
    await since(2);
    await pass(20);
    await sendDueMails();
    expect((await states()).map(({ state }) => state)).toEqual(["pending", "pending"]);
    await since(4);
    await pass(2_000);
    await sendDueMails();
    expect((await states()).map(({ state }) => state)).toEqual(["failed", "failed"]);
    const { emails, total } = await listUnsentMails(ours.id);
    expect(total).toBe(2);
    expect(emails).toMatchObject([
      { to: "lin@x.test", reason: "The mail server couldn't be reached for three days.", canBeSent: true },
      { to: guest, kind: "invite", canBeSent: true },
    ]);
    expect(JSON.stringify(emails), "where the operator's server is").not.toContain("127.0.0.1");
    env().SMTP_URL = good.url;
    openGate();
    for (const { id } of emails) await sendMailAgain(ours.operator, id);
    await sendDueMails();
    expect(good.mails.map(({ to }) => to[0]).sort()).toEqual([guest, "lin@x.test"].sort());
    expect(good.mails.find(({ to }) => to[0] === guest)?.text).toMatch(/\/invite\/[\w-]{20,}/);
  });

  test("A8 a sign-in link that has expired meanwhile does not leave", async () => {
    await askSignInLink(`admin@${ours.domain}`, "/", null);
    await run(sql`UPDATE "Mail" SET "createdAt" = now() - interval '61 minutes'`);
    await sendDueMails();
    expect(await states()).toMatchObject([{ state: "dropped" }]);
    expect(rough.taken).toEqual([]);
  });
});

describe("A8 one mail", () => {
  test("A8 has one Message-ID in every try, of its own id and the public host", async () => {
    await put("lin@x.test");
    rough.behave("drops after taking");
    await sendDueMails();
    rough.behave("takes");
    await pass(60);
    await sendDueMails();
    const row = await one<{ id: string; attempts: number }>(sql`SELECT id, attempts FROM "Mail"`);
    expect(row?.attempts).toBe(2);
    expect(rough.taken.map(idIn)).toEqual([`<${row?.id}@muster.test>`, `<${row?.id}@muster.test>`]);
  });

  test("A8 whose connection is dropped at DATA loses a try, and holds up no other", async () => {
    rough.behave("drops at DATA");
    await put("bad@x.test");
    await sendDueMails();
    rough.behave("takes");
    await put("fine@x.test");
    await sendDueMails();
    expect(await states()).toMatchObject([
      { to: "bad@x.test", state: "pending", attempts: 1, isWaiting: false },
      { to: "fine@x.test", state: "sent", attempts: 1 },
    ]);
  });

  test("A8 that is sent while the database is away for a moment is sent once", async () => {
    env().SMTP_URL = good.url;
    const hold = good.holdRecipients(/^lin/);
    await put("lin@x.test");
    startMails();
    await vi.waitFor(() => expect(hold.waiting()).toBe(1), 10_000);
    await run(sql`ALTER TABLE "Mail" RENAME TO "Away"`);
    hold.release();
    await vi.waitFor(() => expect(good.mails).toHaveLength(1), 10_000);
    await new Promise((resolve) => setTimeout(resolve, 300)); // the first try to write it down has failed
    await run(sql`ALTER TABLE "Away" RENAME TO "Mail"`);
    await finishMails();
    expect(await states()).toMatchObject([{ state: "sent" }]);
    await pass(120);
    await sendDueMails();
    expect(good.mails).toHaveLength(1);
  });

  test("F20 a worker that dies makes one copy at most; ten deaths, and the mail is given up unsent", async () => {
    await put("lin@x.test");
    await takeMail(3, false, []); // this worker dies, before or after it has sent
    await sendDueMails();
    expect(rough.taken).toEqual([]);
    const lease = await one<{ seconds: number }>(
      sql`SELECT extract(epoch FROM "notBefore" - now())::float8 AS seconds FROM "Mail"`,
    );
    expect(lease?.seconds).toBeGreaterThan(50);
    expect(lease?.seconds).toBeLessThanOrEqual(60);
    await pass(60);
    await sendDueMails();
    expect(rough.taken).toHaveLength(1);
    await put("max@x.test");
    await run(sql`UPDATE "Mail" SET attempts = 10 WHERE state = 'pending'`);
    await sendDueMails();
    expect(rough.taken).toHaveLength(1);
    expect((await listUnsentMails(ours.id)).emails).toMatchObject([{ to: "max@x.test", state: "failed" }]);
  });

  test("F20 what a server doesn't take in ten tries is given up, and can be sent again by the operator", async () => {
    env().SMTP_URL = good.url;
    good.refuseWith(451);
    await put("lin@x.test");
    for (let n = 0; n < 12; n++) {
      await pass(1);
      await sendDueMails();
    }
    expect(await states()).toMatchObject([{ state: "failed", attempts: 10, detail: expect.stringContaining("451") }]);
    good.refuseWith(null);
    const output = execFileSync(
      process.execPath,
      ["--import", "tsx", "scripts/muster.ts", "email", "send-again", "--all"],
      {
        encoding: "utf8",
        env: { ...process.env, LOG_LEVEL: "error" },
      },
    );
    expect(output).toContain("1 emails wait");
    await sendDueMails();
    expect(good.mails).toHaveLength(1);
    expect(await states()).toMatchObject([{ state: "sent", attempts: 1 }]);
  });
});

describe("A4 a mail that can't be written fails by itself, with its reason", () => {
  const poison = async (to: string, change: "sealed" | "data") => {
    await put(to, "domain_verified");
    if (change === "sealed") await run(sql`UPDATE "Mail" SET sealed = 'AAAAnonsense' WHERE "to" = ${to}`);
    else await run(sql`UPDATE "Mail" SET data = 'null'::jsonb WHERE "to" = ${to}`);
  };

  test.each([
    ["sealed", "MUSTER_SECRET"],
    ["data", "rendered"],
  ] as const)("A4 its %s", async (change, words) => {
    const before = listSetAside().mail?.count ?? 0;
    for (let n = 0; n < 3; n++) {
      await poison(`bad${n}@x.test`, change);
      await put(`fine${n}@x.test`);
    }
    await sendDueMails();
    const rows = await states();
    expect(rows.filter(({ to }) => to.startsWith("fine")).map(({ state }) => state)).toEqual(["sent", "sent", "sent"]);
    for (const row of rows.filter(({ to }) => to.startsWith("bad"))) {
      expect(row).toMatchObject({ state: "failed", detail: expect.stringContaining(words) });
    }
    expect(listSetAside().mail?.count).toBe(before + 3);
    expect((await listUnsentMails(ours.id)).total).toBe(3);
  });

  test.each(["sealed", "data"] as const)("A4 its %s, on a machine that keeps its mails", async (change) => {
    delete env().SMTP_URL;
    await poison("bad@x.test", change);
    await put("fine@x.test");
    await sendDueMails();
    expect((await states()).map(({ state }) => state)).toEqual(["failed", "kept"]);
  });
});
