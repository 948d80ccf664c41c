import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { all, one, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { finishDomainChecks, startDomainChecks } from "@/lib/jobs/domains";
import { openWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { askSignInLink, createSignInLink } from "@/lib/workspace/accounts/sign-in-links";
import { nextCheckIn, nextState } from "@/lib/workspace/claims/state";
import { addDomain, checkDomain, listDomains, trustDomain } from "./domains";
import { removeDomain } from "./remove";

// Claiming a domain (D-15), what each answer of DNS means (D-16), and the states that follow (D-18 to D-21).

let servers: DnsServer[] = [];
let [first, second, third] = [] as unknown as [DnsServer, DnsServer, DnsServer];

beforeAll(async () => {
  servers = await Promise.all([openDnsServer(), openDnsServer(), openDnsServer()]);
  [first, second, third] = servers as [DnsServer, DnsServer, DnsServer];
});

afterAll(() => Promise.all(servers.map((server) => server.close())));

/** The resolvers that checks ask from now on. */
function ask(...asked: DnsServer[]): void {
  env().MUSTER_DNS_SERVERS = asked.map(({ address }) => address);
}

let claims = 0;

/** A fresh claim with its record. */
async function claim(name = `claim${++claims}.test`) {
  const workspace = await openWorkspace("dns");
  const { id, record } = await addDomain(workspace.operator, name);
  const check = async () => (await checkDomain(workspace.operator, id)).answer?.outcome;
  const state = async () => (await listDomains(workspace.id)).find((domain) => domain.id === id)?.state;
  return { workspace, id, name, host: record.fullName, value: record.value, check, state };
}

test.each([
  ["acme-host.test", "_muster-challenge"],
  ["eu.acme-host.test", "_muster-challenge.eu"],
  ["mail.eu.acme-host.co.uk", "_muster-challenge.mail.eu"],
])("the host of the record for %s is %s: panels append what is registered", async (name, host) => {
  const { operator } = await openWorkspace("dns");
  const { record } = await addDomain(operator, name);
  expect(record).toMatchObject({ host, fullName: `_muster-challenge.${name}` });
});

describe("each answer of DNS is told apart (ux.md A2)", () => {
  test("verified: the record is there, in several strings, with quotes or beside others", async () => {
    ask(first);
    for (const values of [
      (v: string) => [v],
      (v: string) => [`"${v}"`, "spf"],
      (v: string) => ["x".repeat(600), ` ${v} `],
    ]) {
      const { name, host, value, check, state } = await claim();
      first.set(name, { kind: "empty" });
      first.set(host, { kind: "txt", values: values(value) });
      expect(await check()).toBe("verified");
      expect(await state()).toBe("verified");
    }
  });

  test("verified_at_apex: the record stands at the domain itself", async () => {
    const { name, host, value, check } = await claim();
    first.set(name, { kind: "txt", values: ["v=spf1 -all", value] });
    first.set(host, { kind: "unknown" });
    expect(await check()).toBe("verified_at_apex");
  });

  test("no_domain, no_record, different_value, nested, cname, server_error, no_answer: none of them verifies", async () => {
    type Prepared = Awaited<ReturnType<typeof claim>>;
    const cases: [string, (of: Prepared) => void][] = [
      ["no_domain", () => {}],
      ["no_record", ({ name }) => first.set(name, { kind: "empty" })],
      [
        "different_value",
        ({ name, host }) => {
          first.set(name, { kind: "empty" });
          first.set(host, { kind: "txt", values: ["muster-verify=somebodyelse"] });
        },
      ],
      [
        "nested",
        ({ name, host, value }) => {
          first.set(name, { kind: "empty" });
          first.set(`${host}.${name}`, { kind: "txt", values: [value] });
        },
      ],
      [
        "cname",
        ({ name, host }) => {
          first.set(name, { kind: "empty" });
          first.set(host, { kind: "cname", target: "elsewhere.test" });
        },
      ],
      ["server_error", ({ host }) => first.set(host, { kind: "servfail" })],
      ["no_answer", ({ host }) => first.set(host, { kind: "silent" })],
    ];
    ask(first);
    for (const [outcome, prepare] of cases) {
      const prepared = await claim();
      prepare(prepared);
      expect(await prepared.check()).toBe(outcome);
      expect(await prepared.state(), outcome).toBe("pending");
    }
  });

  test("other_claim: the value is another workspace's, which is not named", async () => {
    const other = await claim();
    const { workspace, id, name, host, check } = await claim();
    first.set(name, { kind: "empty" });
    first.set(host, { kind: "txt", values: [other.value] });
    expect(await check()).toBe("other_claim");
    const shown = (await listDomains(workspace.id)).find((domain) => domain.id === id);
    expect(JSON.stringify(shown?.answer)).not.toContain(other.value);
  });

  test("T11 wildcard: a zone that answers for every name proves nothing", async () => {
    const { name, value, check, state } = await claim();
    first.set(`*.${name}`, { kind: "txt", values: [value] });
    expect(await check()).toBe("wildcard");
    expect(await state()).toBe("pending");
  });

  test("T13 spreading: of three resolvers one sees it, then two do", async () => {
    const { name, host, value, check, state } = await claim();
    ask(first, second, third);
    for (const server of servers) server.set(name, { kind: "empty" });
    first.set(host, { kind: "txt", values: [value] });
    expect(await check()).toBe("spreading");
    expect(await state()).toBe("pending");
    second.set(host, { kind: "txt", values: [value] });
    expect(await check()).toBe("verified");
    ask(first);
  });

  test("verified_elsewhere: a domain is verified in one workspace only, also by an operator's word", async () => {
    const [one, two] = [await claim("shared.test"), await claim("shared.test")];
    for (const { host, value } of [one, two]) {
      first.set("shared.test", { kind: "empty" });
      first.set(host, { kind: "txt", values: [value] });
      await (host === one.host && value === one.value ? one : two).check();
    }
    first.set(one.host, { kind: "txt", values: [one.value, two.value] });
    expect([await one.check(), await two.check()]).toContain("verified_elsewhere");
    expect([await one.state(), await two.state()].sort()).toEqual(["pending", "verified"]);
    const loser = (await one.state()) === "pending" ? one : two;
    await expect(trustDomain(loser.workspace.operator, "shared.test")).rejects.toMatchObject({
      reason: "domain_taken",
    });
  });
});

describe("the life of a claim", () => {
  const at = (days: number) => new Date(Date.UTC(2026, 0, 1) + days * 86_400_000);
  const start = { createdAt: at(0), warnedAt: null, verifiedBy: "dns" as const };

  test("T10 a record that is gone warns for seven days and then lapses; one that comes back is trusted again", () => {
    expect(nextState({ ...start, state: "verified" }, "no_record", at(40))).toBe("warning");
    const warned = { ...start, state: "warning" as const, warnedAt: at(40) };
    expect(nextState(warned, "no_record", at(46.9))).toBe("warning");
    expect(nextState(warned, "no_record", at(47))).toBe("lapsed");
    expect(nextState(warned, "verified", at(46))).toBe("verified");
  });

  test("F07 silence and errors of name servers take no trust away", () => {
    for (const outcome of ["no_answer", "server_error", "spreading"] as const) {
      expect(nextState({ ...start, state: "verified" }, outcome, at(40))).toBe("verified");
      expect(nextState({ ...start, state: "warning", warnedAt: at(1) }, outcome, at(40))).toBe("warning");
    }
  });

  test("a claim that is never proven fails after thirty days; an operator's word is not re-checked", () => {
    expect(nextState({ ...start, state: "pending" }, "no_record", at(29.9))).toBe("pending");
    expect(nextState({ ...start, state: "pending" }, "no_record", at(30))).toBe("failed");
    const trusted = { ...start, state: "verified" as const, verifiedBy: "operator" as const };
    expect(nextState(trusted, "no_record", at(40))).toBe("verified");
    expect(nextCheckIn(trusted, "verified", at(40))).toBeNull();
  });

  test("A2 checks come quickly at first, then hourly, then daily", () => {
    const waits = [0, 4, 20, 90, 400, 2_000].map((age) =>
      nextCheckIn({ ...start, state: "pending" }, "pending", at(age / 86_400)),
    );
    expect(waits.map((wait) => Math.round(wait ?? 0))).toEqual([5, 1, 10, 30, 500, 1_600]);
    expect(nextCheckIn({ ...start, state: "pending" }, "pending", at(1))).toBe(3_600);
    expect(nextCheckIn({ ...start, state: "pending" }, "pending", at(4))).toBe(86_400);
    expect(nextCheckIn({ ...start, state: "verified" }, "verified", at(4))).toBe(86_400);
  });

  test("T10 a lapse changes the challenge, mails the admins, and ends the trust: new people are invited", async () => {
    ask(first);
    const { workspace, id, name, host, value, check } = await claim();
    first.set(name, { kind: "empty" });
    first.set(host, { kind: "txt", values: [value] });
    await check();
    first.set(host, { kind: "unknown" });
    expect(await check()).toBe("no_record");
    await all(sql`UPDATE "Domain" SET "warnedAt" = now() - interval '8 days' WHERE id = ${id}`);
    await check();
    const domain = (await listDomains(workspace.id)).find((known) => known.id === id);
    expect(domain).toMatchObject({ state: "lapsed" });
    expect(domain?.record.value).not.toBe(value);
    const kinds = await all<{ kind: string }>(
      sql`SELECT kind FROM "Mail" WHERE "workspaceId" = ${workspace.id} AND data->>'domain' = ${name} ORDER BY id`,
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(["domain_verified", "domain_warning", "domain_lapsed"]);
    const { body } = await workspace.scim("POST", "/Users", userBody(`x@${name}`));
    expect(await one(sql`SELECT state FROM "Membership" WHERE id = ${String(body.id)}`)).toEqual({ state: "invited" });
  });

  test("people invited on a domain become members when it is verified, with the same id", async () => {
    const { workspace, name, host, value, check } = await claim();
    const { body } = await workspace.scim("POST", "/Users", userBody(`early@${name}`));
    first.set(name, { kind: "empty" });
    first.set(host, { kind: "txt", values: [value] });
    await check();
    expect(await one(sql`SELECT state FROM "Membership" WHERE id = ${String(body.id)}`)).toEqual({ state: "active" });
  });

  test("the worker checks what is due", async () => {
    const { id, name, host, value, state } = await claim();
    first.set(name, { kind: "empty" });
    first.set(host, { kind: "txt", values: [value] });
    await all(sql`UPDATE "Domain" SET "nextCheckAt" = CASE WHEN id = ${id} THEN now() ELSE NULL END`);
    await startDomainChecks();
    await finishDomainChecks();
    expect(await state()).toBe("verified");
    expect(await one(sql`SELECT checks FROM "Domain" WHERE id = ${id}`)).toEqual({ checks: 1 });
  });

  test("removed: people stay, new ones are invited; the same domain can be added again with another value", async () => {
    const { workspace, id, name, host, value, check } = await claim();
    first.set(name, { kind: "empty" });
    first.set(host, { kind: "txt", values: [value] });
    await check();
    const before = await workspace.scim("POST", "/Users", userBody(`a@${name}`));
    await removeDomain(workspace.operator, id);
    expect(await one(sql`SELECT state FROM "Membership" WHERE id = ${String(before.body.id)}`)).toEqual({
      state: "active",
    });
    const again = await addDomain(workspace.operator, name);
    expect(again.record.value).not.toBe(value);
    await expect(addDomain(workspace.operator, name.toUpperCase())).rejects.toMatchObject({
      reason: "domain_already_added",
    });
  });

  test("the last verified one goes only by its name, typed, while an identity provider is connected; then POST is refused", async () => {
    const { workspace, id } = await claim();
    const [own] = (await listDomains(workspace.id)).filter(({ state }) => state === "verified");
    await removeDomain(workspace.operator, id); // one that is not verified
    await expect(removeDomain(workspace.operator, own?.id ?? "")).rejects.toMatchObject({ reason: "last_domain" });
    await expect(removeDomain(workspace.operator, own?.id ?? "", "other.test")).rejects.toMatchObject({
      reason: "last_domain",
    });
    const member = await workspace.scim("POST", "/Users", userBody(`a@${workspace.domain}`));
    await removeDomain(workspace.operator, own?.id ?? "", workspace.domain.toUpperCase());
    expect((await workspace.scim("POST", "/Users", userBody(`b@${workspace.domain}`))).status).toBe(403);
    const path = `/Users/${member.body.id}`;
    expect((await workspace.scim("GET", path)).body.active, "nobody is suspended").toBe(true);
    const off = {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "replace", value: { active: false } }],
    };
    expect((await workspace.scim("PATCH", path, off)).status, "leavers are").toBe(200);
  });
});

describe("B7 the zone's own servers are asked", () => {
  test("B7 case 12: a resolver that remembers for an hour that there was no record keeps nobody waiting", async () => {
    const resolver = await openDnsServer();
    resolver.remember();
    ask(resolver);
    const { name, host, value, check, state } = await claim();
    resolver.set(name, { kind: "empty" });
    resolver.serve(name);
    expect(await check()).toBe("no_record");
    expect(await check()).toBe("no_record");
    expect(resolver.asked, "its cache was never filled with the record's name").not.toContain(host);
    resolver.set(host, { kind: "txt", values: [value] });
    expect(await check()).toBe("verified");
    expect(await state()).toBe("verified");
    await resolver.close();
  });

  test("B7 a zone whose servers can't be found or don't answer is asked for by the set resolvers", async () => {
    ask(first);
    const { name, host, value, check } = await claim();
    first.set(name, { kind: "empty" });
    first.set(host, { kind: "txt", values: [value] });
    expect(await check()).toBe("verified");
    expect(first.asked).toContain(host);
  });

  test.each([
    ["mail.sub-a.test", "mail.sub-a.test.sub-a.test"],
    ["mail.sub-b.test", "mail.sub-b.test.mail.sub-b.test"],
    ["a.b.sub-c.test", "a.b.sub-c.test.b.sub-c.test"],
    ["a.sub-d.co.uk", "a.sub-d.co.uk.sub-d.co.uk"],
  ])("B7 case 13: %s with its record at _muster-challenge.%s is nested, with the short host", async (name, nested) => {
    ask(first);
    const { workspace, id, value, check } = await claim(name);
    first.set(name, { kind: "empty" });
    first.set(`_muster-challenge.${nested}`, { kind: "txt", values: [value] });
    expect(await check()).toBe("nested");
    const row = (await listDomains(workspace.id)).find((domain) => domain.id === id);
    expect(row?.record.host).toBe(`_muster-challenge.${name.replace(/\.sub-\w\..*/, "")}`);
  });
});

describe("B7 silence", () => {
  const at = (days: number) => new Date(Date.UTC(2026, 0, 1) + days * 86_400_000);
  const start = { createdAt: at(0), warnedAt: null, verifiedBy: "dns" as const };

  test.each(["no_answer", "server_error"] as const)(
    "B7 %s warns after seven days and ends trust after seven more",
    (outcome) => {
      const silent = (since: number, state: "verified" | "warning", warned: number | null, day: number) =>
        nextState(
          { ...start, state, warnedAt: warned === null ? null : at(warned), unansweredSince: at(since) },
          outcome,
          at(day),
        );
      expect(silent(10, "verified", null, 16.9)).toBe("verified");
      expect(silent(10, "verified", null, 17)).toBe("warning");
      expect(silent(10, "warning", 17, 23.9)).toBe("warning");
      expect(silent(10, "warning", 17, 24)).toBe("lapsed");
      // Missing first, then silent: the warning goes on, and so does the wait for an answer.
      expect(silent(12, "warning", 10, 17)).toBe("warning");
      expect(silent(12, "warning", 10, 19)).toBe("lapsed");
      const trusted = { ...start, verifiedBy: "operator" as const, state: "verified" as const, unansweredSince: at(1) };
      expect(nextState(trusted, outcome, at(40))).toBe("verified");
    },
  );

  test("B7 our own resolvers' outage moves nothing, however long", () => {
    for (const state of ["verified", "warning", "lapsed"] as const)
      expect(nextState({ ...start, state, warnedAt: at(1), unansweredSince: at(1) }, "resolver_outage", at(40))).toBe(
        state,
      );
  });

  /** A verified claim, and as if days went by between checks. */
  async function verified() {
    const prepared = await claim();
    const { name, host, value, check, id } = prepared;
    first.set(name, { kind: "empty" });
    first.set(host, { kind: "txt", values: [value] });
    await check();
    const passed = (days: number) =>
      all(
        sql`UPDATE "Domain" SET "unansweredSince" = "unansweredSince" - make_interval(days => ${days}), "warnedAt" = "warnedAt" - make_interval(days => ${days}) WHERE id = ${id}`,
      );
    return { ...prepared, passed };
  }

  test("B7 a zone that fails is waited out, then warned about, then lapses; an answer ends the count", async () => {
    ask(first);
    const { workspace, name, host, value, check, state, passed } = await verified();
    first.set(host, { kind: "servfail" });
    expect(await check()).toBe("server_error");
    expect(await state()).toBe("verified");
    await passed(6);
    first.set(host, { kind: "txt", values: [value] });
    await check();
    first.set(host, { kind: "servfail" });
    await check();
    await passed(6);
    await check();
    expect(await state(), "counted anew").toBe("verified");
    await passed(1);
    await check();
    expect(await state()).toBe("warning");
    await passed(7);
    await check();
    expect(await state()).toBe("lapsed");
    const mails = await all<{ kind: string; why: string }>(
      sql`SELECT kind, data->>'why' AS why FROM "Mail" WHERE "workspaceId" = ${workspace.id} AND data->>'domain' = ${name} ORDER BY id`,
    );
    expect(mails.slice(1)).toEqual([
      { kind: "domain_warning", why: "silent" },
      { kind: "domain_lapsed", why: "silent" },
    ]);
  });

  test("B7 resolvers that answer nobody are told apart by a control question", async () => {
    const dead = await openDnsServer();
    ask(first);
    const { check, state, passed, host, workspace, id } = await verified();
    first.set(host, { kind: "servfail" });
    await check();
    await passed(30);
    await dead.close();
    ask(dead);
    expect(await check()).toBe("resolver_outage");
    expect(await state()).toBe("verified");
    const row = (await listDomains(workspace.id)).find((domain) => domain.id === id);
    expect(row?.answer?.outcome).toBe("resolver_outage");
    ask(first);
  });

  test("B7 a lapse takes a majority of the resolvers, as a proof does", async () => {
    const dead = await openDnsServer();
    await dead.close();
    ask(first);
    const { check, state, host } = await verified();
    first.set(host, { kind: "unknown" });
    ask(first, dead, dead);
    await check();
    expect(await state(), "one of three says that it is gone").toBe("verified");
    ask(first, second, dead);
    second.set(host, { kind: "unknown" });
    await check();
    expect(await state()).toBe("warning");
    ask(first);
  });
});

describe("B7 a lapsed domain vouches for nobody", () => {
  async function lapsed() {
    ask(first);
    const prepared = await claim();
    await trustDomain(prepared.workspace.operator, prepared.name);
    const scim = (path: string) => prepared.workspace.scim("POST", "/Users", userBody(path));
    expect((await scim(`lin@${prepared.name}`)).status).toBe(201);
    await all(sql`UPDATE "Domain" SET state = 'lapsed', "lapsedAt" = now() WHERE id = ${prepared.id}`);
    return { ...prepared, address: `lin@${prepared.name}` };
  }
  const links = async (address: string) =>
    (await all(sql`SELECT 1 FROM "Mail" WHERE kind = 'sign_in' AND "to" = ${address}`)).length;

  test("B7 nobody whom only it vouches for gets a sign-in link, by mail or from the operator; in the same words", async () => {
    const { address, name } = await lapsed();
    await expect(askSignInLink(address, "/", null)).resolves.toBeUndefined();
    expect(await links(address)).toBe(0);
    await expect(createSignInLink(address)).rejects.toMatchObject({
      reason: "domain_lapsed",
      detail: expect.stringContaining(name),
    });
  });

  test("B7 an admin gets the operator's link, and none by mail", async () => {
    const { address } = await lapsed();
    await all(sql`UPDATE "Membership" SET role = 'admin' WHERE "addressKey" = ${address}`);
    await askSignInLink(address, "/", null);
    expect(await links(address)).toBe(0);
    expect(await createSignInLink(address)).toContain("/sign-in/confirm");
  });

  test("B7 whom another workspace vouches for signs in; so does everybody once it is verified again", async () => {
    const { address, id, workspace } = await lapsed();
    const other = await openWorkspace("vouch");
    await other.scim("POST", "/Users", userBody(address));
    const user = await one<{ userId: string }>(
      sql`SELECT "userId" FROM "Membership" WHERE "addressKey" = ${address} AND "workspaceId" = ${workspace.id}`,
    );
    await all(
      sql`UPDATE "Membership" SET state = 'active', "userId" = ${user?.userId}, "joinedAt" = now(), "activeSince" = now() WHERE "addressKey" = ${address} AND "workspaceId" = ${other.id}`,
    );
    await askSignInLink(address, "/", null);
    expect(await links(address)).toBe(1);
    await all(
      sql`UPDATE "Membership" SET state = 'ended', "userId" = NULL WHERE "addressKey" = ${address} AND "workspaceId" = ${other.id}`,
    );
    await askSignInLink(address, "/", null);
    expect(await links(address)).toBe(1);
    await all(sql`UPDATE "Domain" SET state = 'verified' WHERE id = ${id}`);
    await askSignInLink(address, "/", null);
    expect(await links(address)).toBe(2);
  });
});

describe("B6 real companies on lists of shared mail", () => {
  test("B6 bt.com is warned about, and verified by its record", async () => {
    ask(first);
    const { workspace, name, host, value, check, state } = await claim("bt.com");
    first.set(name, { kind: "empty" });
    first.set(host, { kind: "txt", values: [value] });
    expect(await check()).toBe("verified");
    expect(await state()).toBe("verified");
    const [domain] = (await listDomains(workspace.id)).filter((row) => row.name === name);
    expect(domain?.note).toContain("bt.com is on a list");
    const member = await workspace.scim("POST", "/Users", userBody("ada@bt.com"));
    expect(member).toMatchObject({ status: 201 });
    await removeDomain(workspace.operator, domain?.id ?? "");
  });

  test("B6 the operator's word counts for it, and for no mailbox provider's", async () => {
    const { workspace, state } = await claim("discovery.com");
    await trustDomain(workspace.operator, "discovery.com");
    expect(await state()).toBe("verified");
    await expect(trustDomain(workspace.operator, "gmail.com")).rejects.toMatchObject({ reason: "domain_refused" });
    await expect(addDomain(workspace.operator, "outlook.de")).rejects.toMatchObject({ reason: "domain_refused" });
  });
});
