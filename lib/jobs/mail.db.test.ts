import { afterAll, beforeAll, expect, test } from "vitest";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { all, one, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, patchBody, userBody } from "@/lib/provisioning/testing/fixtures";
import { sendDueMails } from "./mail";

let server: MailServer;

beforeAll(async () => {
  server = await openMailServer();
  env().SMTP_URL = server.url;
  env().MUSTER_INVITE_DELAY = 0;
});

afterAll(() => server.close());

const stateOf = (to: string) =>
  one<{ state: string; attempts: number }>(
    sql`SELECT state, attempts FROM "Mail" WHERE "to" = ${to} ORDER BY id LIMIT 1`,
  );

test("a member is told over SMTP, in text and HTML, once", async () => {
  const workspace = await openWorkspace("mail");
  const address = `lin@${workspace.domain}`;
  await workspace.scim("POST", "/Users", userBody(address, { name: { givenName: "Lin <b>", familyName: "O" } }));
  await sendDueMails();
  await sendDueMails();
  const mails = server.mails.filter(({ to }) => to.includes(address));
  expect(mails.map(({ subject }) => subject).sort()).toEqual([
    `You were added to ${workspace.slug}`,
    "Your Muster account is ready",
  ]);
  for (const { text, html } of mails) {
    expect(text).toContain("http://muster.test/");
    expect(html).toContain("http://muster.test/");
    expect(html).not.toContain("Lin <b>");
  }
});

test("an invite carries its link, and never leaves when it was cancelled first", async () => {
  const workspace = await openWorkspace("mail");
  const [kept, gone] = [`kept${workspace.slug}@else.test`, `gone${workspace.slug}@else.test`];
  await workspace.scim("POST", "/Users", userBody(kept));
  const { body } = await workspace.scim("POST", "/Users", userBody(gone));
  await workspace.scim("PATCH", `/Users/${body.id}`, patchBody({ op: "Replace", path: "active", value: false }));
  await sendDueMails();
  expect(server.mails.find(({ to }) => to.includes(kept))?.text).toMatch(/http:\/\/muster\.test\/invite\/[\w-]{20,}/);
  expect(server.mails.some(({ to }) => to.includes(gone))).toBe(false);
  expect(await stateOf(gone)).toMatchObject({ state: "dropped" });
});

test("a server that refuses is tried again, later and later, and the mail is not lost", async () => {
  const workspace = await openWorkspace("mail");
  const address = `late${workspace.slug}@else.test`;
  server.refuseWith(451);
  await workspace.scim("POST", "/Users", userBody(address));
  await sendDueMails();
  expect(await stateOf(address)).toMatchObject({ state: "pending", attempts: 1 });
  const due = await all(sql`SELECT 1 FROM "Mail" WHERE "to" = ${address} AND "notBefore" <= now()`);
  expect(due, "not at once again").toEqual([]);
  server.refuseWith(null);
  await all(sql`UPDATE "Mail" SET "notBefore" = now() - interval '1 second' WHERE "to" = ${address}`);
  await sendDueMails();
  expect(await stateOf(address)).toMatchObject({ state: "sent", attempts: 2 });
});

test("the link is not readable in the database", async () => {
  const link = /invite\/([\w-]+)/.exec(server.mails.find(({ text }) => text.includes("/invite/"))?.text ?? "")?.[1];
  expect(link).toBeDefined();
  for (const table of ["Mail", "Invite"]) {
    const rows = await all<{ row: string }>({
      name: `dump ${table}`,
      text: `SELECT t::text AS row FROM "${table}" t`,
      values: [],
    });
    expect(rows.some(({ row }) => row.includes(link ?? "?"))).toBe(false);
  }
});
