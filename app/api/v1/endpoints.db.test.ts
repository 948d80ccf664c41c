import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { openWebhookReceiver, type WebhookReceiver } from "@/e2e/support/webhook-receiver";
import { all, one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { finishDeliveries, startDeliveries } from "@/lib/jobs/webhooks";
import { userBody } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { setSeatLimit, updateSettings } from "@/lib/workspace/workspaces/settings";
import { apiClient, type Filled, openApi, openFilled } from "./support";

let dns: DnsServer;
let receiver: WebhookReceiver;
let ours: Filled;

beforeAll(async () => {
  [dns, receiver] = [await openDnsServer(), await openWebhookReceiver()];
  env().MUSTER_DNS_SERVERS = [dns.address];
});
afterAll(async () => {
  receiver.close();
  await dns.close();
});
beforeEach(async () => {
  ours = await openFilled("rest");
});

type Row = Record<string, unknown>;
const rowsOf = (body: Row) => body.data as Row[];
const audited = (action: string, target: unknown) =>
  all(
    sql`SELECT "actorKind", "actorName" FROM "AuditEvent" WHERE "workspaceId" = ${ours.id} AND action = ${action} AND "targetId" = ${String(target)}`,
  );

describe("the workspace", () => {
  test("a token is told what it is, whatever its scopes, and so is what was issued for it", async () => {
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const input = { name: "Small", scopes: ["webhook:read"], expiresAt, connection: null };
    const { secret, token } = await createAccessToken(ours.operator, input);
    expect((await apiClient(secret)("GET", "/self")).body).toEqual({
      workspace: { id: ours.id, name: ours.slug, slug: ours.slug },
      token: { id: token.id, name: "Small", scopes: ["webhook:read"], expiresAt },
    });
    const { usedAt } = (await one<{ usedAt: Date }>(
      sql`SELECT at AS "usedAt" FROM "AccessTokenUse" WHERE "tokenId" = ${token.id}`,
    )) ?? { usedAt: null };
    expect(usedAt).not.toBeNull();
  });

  test("is read and renamed", async () => {
    const { api } = ours;
    expect((await api("GET", "/workspace")).body).toMatchObject({ slug: ours.slug, plan: "enterprise", seatsUsed: 3 });
    expect((await api("PATCH", "/workspace", { name: " New name " })).body).toMatchObject({ name: "New name" });
    expect(await audited("workspace.updated", ours.id)).toEqual([{ actorKind: "token", actorName: "Product" }]);
  });

  test("seats: limit, use and history, page by page; names only for who may read people", async () => {
    const { body } = await ours.api("GET", "/seats?limit=1");
    expect(body).toMatchObject({ limit: null, used: 3, history: [{ change: 1, who: `guest@${ours.slug}.example` }] });
    const next = await ours.api("GET", `/seats?limit=1&cursor=${body.nextCursor}`);
    expect(next.body).toMatchObject({ history: [{ who: `lin@${ours.domain}` }] });
    const small = await openApi(ours, ["workspace:read"]);
    expect((await small("GET", "/seats?limit=1")).body).toMatchObject({ history: [{ who: null }] });
  });

  test("audit events: newest first, by action, target, actor and time", async () => {
    const { api } = ours;
    const all_ = rowsOf((await api("GET", "/audit-events")).body);
    expect(all_[0]).toMatchObject({ action: "team.created", target: { id: ours.ids.team, name: "Ours" } });
    const invited = rowsOf((await api("GET", `/audit-events?action=membership.invited&target=${ours.ids.guest}`)).body);
    expect(invited).toMatchObject([
      { actor: { kind: "token", name: "Product" }, requestId: expect.stringMatching(/^req_/) },
    ]);
    const { at, actor } = invited[0] as { at: string; actor: { id: string } };
    const later = new Date(new Date(at).getTime() + 1).toISOString();
    const between = rowsOf((await api("GET", `/audit-events?from=${at}&to=${later}&actor=${actor.id}`)).body);
    expect(between.map(({ action }) => action)).toEqual(["membership.invited"]);
    expect(rowsOf((await api("GET", `/audit-events?to=${at}&action=membership.invited`)).body)).toEqual([]);
  });
});

describe("members", () => {
  test("are listed page by page, each once, and found by state, search and e-mail", async () => {
    const { api, domain } = ours;
    for (const name of ["ann", "bob", "cyd"]) await ours.invite(name);
    const seen: unknown[] = [];
    let cursor = "";
    do {
      const { body } = await api("GET", `/members?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...rowsOf(body).map(({ email }) => email));
      cursor = String(body.nextCursor ?? "");
    } while (cursor !== "");
    expect(seen).toHaveLength(6);
    expect(new Set(seen).size).toBe(6);
    expect(rowsOf((await api("GET", `/members?email=LIN@${domain}`)).body)).toMatchObject([
      { id: ours.ids.managed, state: "active", managedBy: { name: "Identity provider" } },
    ]);
    expect(rowsOf((await api("GET", "/members?state=invited&search=bob")).body)).toHaveLength(1);
    expect(rowsOf((await api("GET", "/members?search=%25")).body)).toEqual([]);
  });

  test("an invite takes a seat, is mailed and audited, and is cancelled for good", async () => {
    const { api } = ours;
    const email = `new@${ours.slug}.example`;
    const made = await api("POST", "/members", { email, firstName: "Nia", lastName: "New" });
    expect(made.body).toMatchObject({ state: "invited", role: "member", email, name: "Nia New", managedBy: null });
    expect((await api("GET", `/members/${made.body.id}`)).body).toEqual(made.body);
    expect(await audited("membership.invited", made.body.id)).toHaveLength(1);
    expect(await all(sql`SELECT state FROM "Mail" WHERE "to" = ${email} AND kind = 'invite'`)).toHaveLength(1);
    expect((await api("POST", `/members/${made.body.id}/invite`)).status).toBe(204);
    expect(await all(sql`SELECT state FROM "Mail" WHERE "to" = ${email} AND kind = 'invite'`)).toHaveLength(2);
    expect((await api("POST", "/members", { email: email.toUpperCase() })).body).toMatchObject({
      status: 409,
      type: "urn:muster:problem:already_member",
    });
    expect((await api("DELETE", `/members/${made.body.id}/invite`)).status).toBe(204);
    expect((await api("GET", `/members/${made.body.id}`)).status).toBe(404);
    expect((await api("GET", "/seats")).body).toMatchObject({ used: 3 });
  });

  test("without a free seat nobody is invited, also not by two at once", async () => {
    await setSeatLimit(ours.operator, 4);
    const asked = await Promise.all(
      ["a", "b", "c"].map((name) => ours.api("POST", "/members", { email: `${name}@x.example` })),
    );
    expect(asked.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await ours.api("GET", "/seats")).body).toMatchObject({ limit: 4, used: 4 });
  });

  test("whom nobody manages is suspended, reactivated and given a role", async () => {
    const { api, ids } = ours;
    await run(sql`UPDATE "Membership" SET "connectionId" = NULL WHERE id = ${ids.managed}`);
    expect((await api("PATCH", `/members/${ids.managed}`, { state: "suspended" })).body).toMatchObject({
      state: "suspended",
    });
    expect((await api("PATCH", `/members/${ids.managed}`, { state: "suspended" })).status).toBe(409);
    expect((await api("PATCH", `/members/${ids.managed}`, { state: "active" })).body).toMatchObject({
      state: "active",
    });
    await updateSettings(ours.operator, { scimMayGrantAdmin: true });
    expect((await api("PATCH", `/members/${ids.managed}`, { role: "admin" })).body).toMatchObject({ role: "admin" });
    expect((await api("PATCH", `/members/${ids.managed}`, { role: "member" })).body).toMatchObject({ role: "member" });
    expect((await api("PATCH", `/members/${ids.managed}`, { role: "admin", state: "active" })).status).toBe(422);
  });

  test("T06 no token makes an admin where no admin has allowed it, by a role or by an invite", async () => {
    const { api, ids } = ours;
    await run(sql`UPDATE "Membership" SET "connectionId" = NULL WHERE id = ${ids.managed}`);
    const refused = { status: 403, type: "urn:muster:problem:admin_not_allowed" };
    expect((await api("PATCH", `/members/${ids.managed}`, { role: "admin" })).body).toMatchObject(refused);
    const invite = { email: "boss@x.example", role: "admin" };
    expect((await api("POST", "/members", invite)).body).toMatchObject(refused);
    expect(rowsOf((await api("GET", "/members?email=boss@x.example")).body)).toEqual([]);
    await updateSettings(ours.operator, { scimMayGrantAdmin: true });
    expect((await api("POST", "/members", invite)).body).toMatchObject({ role: "admin", state: "invited" });
    const mails = sql`SELECT 1 FROM "Mail" WHERE kind = 'admin_granted' AND "to" = ${`admin@${ours.domain}`}`;
    expect(await all(mails)).toHaveLength(1);
  });

  test("the last admin stays, and whom an identity provider manages is locked, with the owner named", async () => {
    const { api, ids } = ours;
    const [admin] = rowsOf((await api("GET", `/members?email=admin@${ours.domain}`)).body);
    expect((await api("PATCH", `/members/${admin?.id}`, { role: "member" })).body).toMatchObject({
      status: 409,
      type: "urn:muster:problem:last_admin",
    });
    for (const change of [{ state: "suspended" }, { role: "member" }]) {
      const { body } = await api("PATCH", `/members/${ids.managed}`, change);
      expect(body).toMatchObject({ status: 409, detail: expect.stringContaining("Identity provider") });
    }
    const { body } = await ours.scim("POST", "/Users", userBody("waits@else.example"));
    expect((await api("DELETE", `/members/${body.id}/invite`)).status).toBe(409);
  });

  test("T08 a token that suspends many is held here as over SCIM", async () => {
    const people = [];
    for (let at = 0; at < 11; at++) {
      const { body } = await ours.scim("POST", "/Users", userBody(`p${at}@${ours.domain}`));
      people.push(String(body.id));
    }
    await run(
      sql`UPDATE "Membership" SET "connectionId" = NULL, "activeSince" = now() - interval '2 days' WHERE id = ANY(${people}::uuid[])`,
    );
    const statuses = [];
    for (const id of people) statuses.push(await ours.api("PATCH", `/members/${id}`, { state: "suspended" }));
    expect(statuses.map(({ status }) => status)).toEqual([...Array(10).fill(200), 429]);
    expect(statuses.at(-1)?.headers.get("retry-after")).toBe("900");
  });
});

describe("teams", () => {
  test("are made, renamed, filled and deleted", async () => {
    const { api, ids } = ours;
    const { body: team } = await api("POST", "/teams", { name: " Design " });
    expect(team).toMatchObject({ name: "Design", memberCount: 0, managedBy: null });
    expect((await api("POST", "/teams", { name: "DESIGN" })).status).toBe(409);
    expect((await api("PATCH", `/teams/${team.id}`, { name: "Form" })).body).toMatchObject({ name: "Form" });
    for (const _ of [1, 2]) expect((await api("PUT", `/teams/${team.id}/members/${ids.managed}`)).status).toBe(204);
    await api("PUT", `/teams/${team.id}/members/${ids.guest}`);
    const first = await api("GET", `/teams/${team.id}/members?limit=1`);
    const second = await api("GET", `/teams/${team.id}/members?limit=1&cursor=${first.body.nextCursor}`);
    expect([...rowsOf(first.body), ...rowsOf(second.body)].map(({ id }) => id).sort()).toEqual(
      [ids.managed, ids.guest].sort(),
    );
    expect((await api("GET", `/members/${ids.guest}`)).body).toMatchObject({ teamIds: [team.id] });
    expect((await api("DELETE", `/teams/${team.id}/members/${ids.guest}`)).status).toBe(204);
    expect((await api("GET", `/teams/${team.id}`)).body).toMatchObject({ memberCount: 1 });
    expect(rowsOf((await api("GET", "/teams?name=form")).body)).toHaveLength(1);
    expect((await api("DELETE", `/teams/${team.id}`)).status).toBe(204);
    expect((await api("GET", `/teams/${team.id}`)).status).toBe(404);
  });

  test("what an identity provider manages is locked, with the owner named", async () => {
    const { api, ids } = ours;
    expect(rowsOf((await api("GET", "/teams")).body)).toMatchObject([
      { name: "Managed", managedBy: { name: "Identity provider" } },
      { name: "Ours", managedBy: null },
    ]);
    const tried: [string, string, object?][] = [
      ["PATCH", `/teams/${ids.group}`, { name: "Mine" }],
      ["DELETE", `/teams/${ids.group}`],
      ["PUT", `/teams/${ids.group}/members/${ids.guest}`],
      ["DELETE", `/teams/${ids.group}/members/${ids.guest}`],
    ];
    for (const [method, path, body] of tried) {
      const answer = await api(method, path, body);
      expect(answer.body, `${method} ${path}`).toMatchObject({
        status: 409,
        detail: expect.stringContaining("Identity provider"),
      });
    }
  });
});

test("domains are claimed, checked and removed; the last one while a provider is connected takes its name", async () => {
  const { api } = ours;
  const { body: claim } = await api("POST", "/domains", { name: "Claim.Example-Labs.com" });
  expect(claim).toMatchObject({ name: "claim.example-labs.com", state: "pending" });
  expect((await api("POST", "/domains", { name: "gmail.com" })).status).toBe(422);
  const { fullName, value } = claim.record as { fullName: string; value: string };
  dns.set(fullName, { kind: "txt", values: [value] });
  expect((await api("POST", `/domains/${claim.id}/check`)).body).toMatchObject({
    state: "verified",
    answer: { outcome: "verified" },
  });
  expect((await api("DELETE", `/domains/${claim.id}`)).status).toBe(204);
  const last = `/domains/${ours.ids.domain}`;
  expect((await api("DELETE", last)).body).toMatchObject({ type: "urn:muster:problem:last_domain" });
  expect((await api("DELETE", `${last}?confirmation=${ours.domain}`)).status).toBe(204);
  expect(rowsOf((await api("GET", "/domains")).body)).toEqual([]);
});

test("webhooks are made, changed, rotated, tried and deleted; a delivery is looked at and sent again", async () => {
  const { api } = ours;
  const input = { url: receiver.url, description: "CRM", events: ["team.created"] };
  const { body: made } = await api("POST", "/webhooks", input);
  const { id } = made.webhook as { id: string };
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(rowsOf((await api("GET", "/webhooks")).body)).toHaveLength(2);
  expect(JSON.stringify((await api("GET", `/webhooks/${id}`)).body)).not.toContain("whsec_");
  const rotated = await api("POST", `/webhooks/${id}/rotate`, { overlap: "1h" });
  expect(rotated.body.secret).not.toBe(made.secret);
  expect((await api("PATCH", `/webhooks/${id}`, { description: "Sales" })).body).toMatchObject({
    description: "Sales",
    events: ["team.created"],
    enabled: true,
  });
  expect((await api("POST", `/webhooks/${id}/test`)).status).toBe(202);
  await api("POST", "/teams", { name: "Heard" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await startDeliveries();
  await finishDeliveries();
  const [last, first] = rowsOf((await api("GET", `/webhooks/${id}/deliveries`)).body);
  expect([first?.event, last?.event]).toEqual(["webhook.test", "team.created"]);
  const { body: detail } = await api("GET", `/webhooks/${id}/deliveries/${last?.id}`);
  expect(detail).toMatchObject({ state: "delivered", log: [{ status: 204 }], payload: { type: "team.created" } });
  expect((await api("POST", `/webhooks/${id}/deliveries/${last?.id}/redeliver`)).status).toBe(202);
  expect(rowsOf((await api("GET", `/webhooks/${id}/deliveries?state=pending`)).body)).toHaveLength(1);
  expect((await api("PATCH", `/webhooks/${id}`, { enabled: false })).body).toMatchObject({ enabled: false });
  expect((await api("POST", `/webhooks/${id}/test`)).status).toBe(409);
  expect((await api("DELETE", `/webhooks/${id}`)).status).toBe(204);
  expect((await api("GET", `/webhooks/${id}`)).status).toBe(404);
});
