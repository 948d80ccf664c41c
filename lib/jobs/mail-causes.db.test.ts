import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { rotateAccessToken } from "@/lib/workspace/access/rotate-token";
import { createAccessToken, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { addDomain, checkDomain } from "@/lib/workspace/domains/domains";
import { resendInvite } from "@/lib/workspace/invites/invites";
import { setSeatLimit, updateSettings } from "@/lib/workspace/workspaces/settings";
import { sendDueMails } from "./mail";
import { announceTokenExpiry } from "./token-expiry";

// Each mail of the workspace, read off a real SMTP server: once for its cause, in text and HTML (D-52).

let server: MailServer;
let dns: DnsServer;

beforeAll(async () => {
  [server, dns] = await Promise.all([openMailServer(), openDnsServer()]);
  env().SMTP_URL = server.url;
  env().MUSTER_INVITE_DELAY = 0;
  env().MUSTER_DNS_SERVERS = [dns.address];
});

afterAll(async () => {
  await Promise.all([server.close(), dns.close()]);
});

const suspend = patchBody({ op: "Replace", path: "active", value: "False" });
const reactivate = patchBody({ op: "Replace", path: "active", value: "True" });

/** Sends what is due, twice, and returns the subjects that an address got so far. */
async function subjectsOf(address: string): Promise<string[]> {
  await sendDueMails();
  await sendDueMails();
  const own = server.mails.filter(({ to }) => to.includes(address));
  for (const { text, html, subject, to } of own) {
    expect(to, "one recipient").toEqual([address]);
    expect(text.length, subject).toBeGreaterThan(40);
    expect(html, subject).toContain("<html");
    expect(text, subject).not.toMatch(/undefined|null|NaN|Invalid Date/);
  }
  return own.map(({ subject }) => subject);
}

/** What the first admin of a workspace got, besides that its domain is verified and that it has a token. */
async function adminSubjects({ domain }: TestWorkspace): Promise<string[]> {
  const isOfOpening = (subject: string) =>
    subject === `${domain} is verified` || / created an access token in /.test(subject);
  return (await subjectsOf(`admin@${domain}`)).filter((subject) => !isOfOpening(subject));
}

const linkIn = (text: string | undefined) => /invite\/([\w-]+)/.exec(text ?? "")?.[1];

async function addPerson(workspace: TestWorkspace, name: string, more: Record<string, unknown> = {}) {
  const address = `${name}@${workspace.domain}`;
  const { body } = await workspace.scim("POST", "/Users", userBody(address, more));
  return { address, id: String(body.id), path: `/Users/${body.id}` };
}

describe("people are told", () => {
  test("that they were added, suspended and have access again; a repetition tells nobody", async () => {
    const workspace = await openWorkspace("cause");
    const { address, path } = await addPerson(workspace, "lin");
    for (const body of [suspend, suspend, reactivate, reactivate]) await workspace.scim("PATCH", path, body);
    // Lanes of different kinds don't wait for each other, so only what each holds has an order.
    const subjects = await subjectsOf(address);
    expect(subjects.filter((subject) => subject.includes("access"))).toEqual([
      `Your access to ${workspace.slug} has ended`,
      `You have access to ${workspace.slug} again`,
    ]);
    expect(subjects.filter((subject) => !subject.includes("access"))).toEqual([
      `You were added to ${workspace.slug}`,
      "Your Muster account is ready",
    ]);
  });

  test("of an invite, with a link; sent again, the old link is dead and the new one works", async () => {
    const workspace = await openWorkspace("cause");
    const address = `guest${workspace.slug}@else.test`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address));
    await workspace.scim("PATCH", `/Users/${body.id}`, patchBody({ op: "replace", path: "title", value: "T" }));
    expect(await subjectsOf(address)).toEqual([`Join ${workspace.slug} on Muster`]);
    await resendInvite(workspace.operator, String(body.id));
    expect(await subjectsOf(address)).toHaveLength(2);
    const [first, second] = server.mails.filter(({ to }) => to.includes(address)).map(({ text }) => linkIn(text));
    expect(first).toBeDefined();
    expect(second).toBeDefined();
    expect(second).not.toBe(first);
  });

  test("of no invite that has expired before it could leave", async () => {
    const workspace = await openWorkspace("cause");
    const address = `late${workspace.slug}@else.test`;
    await workspace.scim("POST", "/Users", userBody(address));
    await run(sql`UPDATE "Invite" SET "expiresAt" = now() WHERE "workspaceId" = ${workspace.id}`);
    expect(await subjectsOf(address)).toEqual([]);
  });

  test("T33 of no more than a thousand invites a day: the next one is taken, and waits", async () => {
    const workspace = await openWorkspace("cause");
    const address = `first${workspace.slug}@else.test`;
    const { body } = await workspace.scim("POST", "/Users", userBody(address));
    await run(sql`
      INSERT INTO "Invite" ("workspaceId", id, "membershipId", "addressKey", "secretHash", "invitedBy", "expiresAt", "endedAt")
      SELECT ${workspace.id}, gen_random_uuid(), ${String(body.id)}, 'x', gen_random_uuid()::text, 'Test', now(), now() FROM generate_series(1, 999)`);
    const waiting = `second${workspace.slug}@else.test`;
    expect((await workspace.scim("POST", "/Users", userBody(waiting))).status).toBe(201);
    expect(await subjectsOf(waiting)).toEqual([]);
    const mail = await one<{ seconds: number; left: number }>(sql`
      SELECT extract(epoch FROM "notBefore" - now())::float8 AS seconds,
        extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day' - now() AT TIME ZONE 'UTC')::float8 AS left
      FROM "Mail" WHERE "to" = ${waiting}`);
    expect(mail?.seconds).toBeCloseTo(mail?.left ?? 0, -1);
  });

  test("at both addresses that their login has changed", async () => {
    const workspace = await openWorkspace("cause");
    const { address, path } = await addPerson(workspace, "lin");
    const next = `lin.new@${workspace.domain}`;
    await workspace.scim("PATCH", path, patchBody({ op: "Replace", path: "userName", value: next }));
    expect(await subjectsOf(address)).toContain("Your sign-in email has changed");
    expect(await subjectsOf(next)).toEqual(["Your sign-in email has changed"]);
  });
});

describe("admins are told", () => {
  test("T06 of each new admin, and so is the person", async () => {
    const workspace = await openWorkspace("cause");
    await updateSettings(workspace.operator, { scimMayGrantAdmin: true });
    const { address } = await addPerson(workspace, "boss", { roles: [{ value: "admin" }] });
    const subject = `${address} is now an admin of ${workspace.slug}`;
    expect(await adminSubjects(workspace)).toEqual([subject]);
    expect(await subjectsOf(address)).toContain(subject);
  });

  test("of a seat that was added, and of 80 and 100 per cent", async () => {
    const workspace = await openWorkspace("cause");
    await setSeatLimit(workspace.operator, 2);
    await updateSettings(workspace.operator, { automaticSeatAssignment: true });
    await addPerson(workspace, "a");
    await addPerson(workspace, "b");
    expect((await adminSubjects(workspace)).sort()).toEqual([
      `100% of the seats of ${workspace.slug} are used`,
      `A seat was added to ${workspace.slug}`,
    ]);
    const half = await openWorkspace("cause");
    await setSeatLimit(half.operator, 5);
    for (const name of ["a", "b", "c"]) await addPerson(half, name);
    expect(await adminSubjects(half)).toEqual([`80% of the seats of ${half.slug} are used`]);
  });

  test("T08 of a mass change that is held, once", async () => {
    const workspace = await openWorkspace("cause");
    const people = await Promise.all(Array.from({ length: 13 }, (_, at) => addPerson(workspace, `p${at}`)));
    await run(
      sql`UPDATE "Membership" SET "activeSince" = now() - interval '3 days' WHERE "workspaceId" = ${workspace.id}`,
    );
    for (const { path } of people) await workspace.scim("DELETE", path);
    expect(await adminSubjects(workspace)).toEqual([
      `Your identity provider wants to suspend many people in ${workspace.slug}`,
    ]);
  });

  test("T10 of a domain whose record is missing, and of one that has lapsed", async () => {
    const workspace = await openWorkspace("cause");
    const name = `late-${workspace.domain}`;
    const { id, record } = await addDomain(workspace.operator, name);
    dns.set(name, { kind: "empty" });
    dns.set(record.fullName, { kind: "txt", values: [record.value] });
    await checkDomain(workspace.operator, id);
    dns.set(record.fullName, { kind: "unknown" });
    for (let again = 0; again < 2; again++) await checkDomain(workspace.operator, id);
    await run(sql`UPDATE "Domain" SET "warnedAt" = now() - interval '8 days' WHERE id = ${id}`);
    for (let again = 0; again < 2; again++) await checkDomain(workspace.operator, id);
    expect((await adminSubjects(workspace)).sort()).toEqual(
      [`${name} is verified`, `The DNS record of ${name} is missing`, `${name} is no longer verified`].sort(),
    );
  });
});

describe("of a token's end admins are told", () => {
  const day = 86_400_000;

  async function openToken(days: number) {
    const workspace = await openWorkspace("cause");
    const { token } = await createAccessToken(workspace.operator, {
      name: "Entra",
      scopes: ["user_management:read-write"],
      expiresAt: new Date(Date.now() + days * day).toISOString(),
      connection: null,
    });
    /** Moves the token's whole life into the past. */
    const pass = async (passed: number) => {
      await run(sql`
        UPDATE "AccessToken" SET "createdAt" = "createdAt" - make_interval(hours => ${passed * 24}), "expiresAt" = "expiresAt" - make_interval(hours => ${passed * 24}) WHERE id = ${token.id}`);
      for (let again = 0; again < 2; again++) await announceTokenExpiry();
      return adminSubjects(workspace);
    };
    return { workspace, token, pass };
  }

  test("30, 14, 7, 3 and 1 days before, and when it has expired: each once", async () => {
    const { workspace, pass } = await openToken(40);
    expect(await pass(0)).toEqual([]);
    expect(await pass(11)).toHaveLength(1);
    for (const [passed, count] of [
      [16, 2],
      [7, 3],
      [4, 4],
      [1.5, 5],
    ] as const)
      expect(await pass(passed)).toHaveLength(count);
    const subjects = await pass(2);
    expect(subjects).toEqual([
      ...[30, 14, 7, 3].map((days) => `The access token Entra expires in ${days} days`),
      "The access token Entra expires in 1 day",
      "The access token Entra has expired",
    ]);
    const events = await one<{ count: number }>(
      sql`SELECT count(*) AS count FROM "AuditEvent" WHERE "workspaceId" = ${workspace.id} AND action = 'access_token.expired'`,
    );
    expect(events?.count).toBe(1);
  });

  test("of no stage that had passed when it was made", async () => {
    const { pass } = await openToken(5);
    expect(await pass(0)).toEqual([]);
    expect(await pass(3)).toEqual(["The access token Entra expires in 3 days"]);
  });

  test("of none that was revoked or replaced", async () => {
    const revoked = await openToken(40);
    await revokeAccessToken(revoked.workspace.operator, revoked.token.id);
    expect(await revoked.pass(38)).toEqual([]);
    const rotated = await openToken(40);
    await rotateAccessToken(rotated.workspace.operator, rotated.token.id, "24h");
    expect(await rotated.pass(1)).toEqual([]);
  });
});

test("a test user that is made and taken back at once, twice, is never mailed; on either kind of domain", async () => {
  const { MUSTER_INVITE_DELAY } = env();
  env().MUSTER_INVITE_DELAY = 60;
  const workspace = await openWorkspace("cause");
  const ids: unknown[] = [];
  for (const address of [`jctest@${workspace.domain}`, `jctest${workspace.slug}@else.test`]) {
    for (let round = 0; round < 2; round++) {
      const user = await workspace.scim("POST", "/Users", userBody(address));
      const members = [{ value: user.body.id }];
      const schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
      const group = await workspace.scim("POST", "/Groups", { schemas, displayName: "JumpCloud test", members });
      expect([user.status, group.status]).toEqual([201, 201]);
      for (const path of [`/Users/${user.body.id}`, `/Groups/${group.body.id}`]) {
        expect((await workspace.scim("DELETE", path)).status).toBe(204);
      }
      ids.push(user.body.id);
      await sendDueMails();
    }
    await run(sql`UPDATE "Mail" SET "notBefore" = now() - interval '1 second' WHERE "to" = ${address}`);
    expect(await subjectsOf(address)).toEqual([]);
  }
  expect(new Set(ids).size, "each time a new id").toBe(4);
  env().MUSTER_INVITE_DELAY = MUSTER_INVITE_DELAY;
});
