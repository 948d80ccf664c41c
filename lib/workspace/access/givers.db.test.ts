import { describe, expect, test } from "vitest";
import { apiClient } from "@/app/api/v1/support";
import { codeFor, issued, makeClient, makeCodeClient, revoke, spendCode, spendRefresh } from "@/app/oauth/support";
import { all, one, run, sql } from "@/lib/db";
import { announceTokenExpiry } from "@/lib/jobs/token-expiry";
import {
  addUnmanaged,
  adminOf,
  eventsOf,
  mailsTo,
  openWorkspace,
  type TestWorkspace,
} from "@/lib/provisioning/testing/decisions";
import { createOAuthClient, revokeOAuthClient } from "@/lib/workspace/access/oauth/clients";
import type { Actor } from "@/lib/workspace/actor";
import { suspendMember, updateRole } from "@/lib/workspace/members/edit";
import { createWebhook, findWebhook, updateWebhook } from "@/lib/workspace/webhooks/webhooks";
import { disconnect } from "./connections";
import { listConnections } from "./find-connection";
import { keepLeftBehind, listLeftBehind } from "./givers";
import { revokeConsent } from "./oauth/grants";
import { rotateAccessToken } from "./rotate-token";
import { findTokenHolder } from "./token-holder";
import { createAccessToken, revokeAccessToken, updateAccessToken } from "./tokens";

// Access ends with its giver, or is listed (D-13).

const newToken = {
  name: "Sync",
  scopes: ["webhook:read-write", "user_management:read-write"],
  expiresAt: null,
  connection: null,
};
const hook = { url: "https://hooks.example.com/muster", description: "CRM", events: ["team.created"] };
const client = {
  name: "Okta",
  kind: "client_credentials" as const,
  isPublic: false,
  scopes: ["user_management:read"],
  tokenSeconds: 3_600,
  redirectUris: [],
  issuer: null,
  subject: null,
  audiences: [],
  jwksUri: null,
  connection: null,
};

/** A workspace with two admins besides its first: Grace acts, Lin hears of it. */
async function openAdmins() {
  const workspace = await openWorkspace("givers");
  const grace = `grace@${workspace.domain}`;
  const lin = `lin@${workspace.domain}`;
  const graceId = await addUnmanaged(workspace, grace, "active", "admin");
  const linId = await addUnmanaged(workspace, lin, "active", "admin");
  const actorOf = (id: string, name: string): Actor => ({ workspaceId: workspace.id, kind: "member", id, name });
  return { workspace, grace, lin, graceId, linId, as: actorOf(graceId, "Grace"), asLin: actorOf(linId, "Lin") };
}

async function tokenHook({ operator }: TestWorkspace) {
  const { token } = await createAccessToken(operator, newToken);
  const actor: Actor = { ...operator, kind: "token", id: token.id, name: token.name };
  return { token, webhook: (await createWebhook(actor, hook)).webhook };
}

describe("A6 new access is told of", () => {
  type Admins = Awaited<ReturnType<typeof openAdmins>>;
  const gives: [string, (admins: Admins) => Promise<unknown>][] = [
    ["an access token", ({ as }) => createAccessToken(as, newToken)],
    ["an OAuth client", ({ as }) => createOAuthClient(as, client)],
    ["a webhook", ({ as }) => createWebhook(as, hook)],
    [
      "a consent",
      async ({ workspace, as, lin }) => {
        const made = await makeCodeClient(workspace);
        await run(sql`DELETE FROM "Mail" WHERE "to" = ${lin} OR "to" = ${`grace@${workspace.domain}`}`);
        await codeFor({ ...workspace, operator: as }, made);
      },
    ],
  ];

  test.each(gives)("A6 %s: each admin is mailed once, not the one who gave it", async (what, give) => {
    const admins = await openAdmins();
    await give(admins);
    const accessMails = async (to: string) =>
      (await mailsTo(admins.workspace, to)).filter((kind) => kind === "access_given");
    expect(await accessMails(admins.grace)).toEqual([]);
    expect(await accessMails(admins.lin)).toEqual(["access_given"]);
    const mail = await one<{ data: Record<string, string> }>(
      sql`SELECT data FROM "Mail" WHERE "to" = ${admins.lin} AND kind = 'access_given'`,
    );
    expect(mail?.data).toMatchObject({ what, by: "Grace" });
  });

  test("A6 rotating and editing give nobody new access", async () => {
    const { workspace, lin, as } = await openAdmins();
    const { token } = await createAccessToken(workspace.operator, newToken);
    await run(sql`DELETE FROM "Mail" WHERE "to" = ${lin}`);
    await rotateAccessToken(as, token.id, "1h");
    expect(await mailsTo(workspace, lin)).toEqual([]);
  });
});

describe("A6 a webhook that a token made ends with it", () => {
  const ends: [string, (workspace: TestWorkspace, tokenId: string) => Promise<unknown>][] = [
    ["revoked", ({ operator }, id) => revokeAccessToken(operator, id)],
    [
      "expired",
      async (_, id) => {
        await run(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 second' WHERE id = ${id}`);
        await announceTokenExpiry();
      },
    ],
    [
      "disconnected with its identity provider",
      async (workspace) => {
        const [connection] = await listConnections(workspace.id);
        await disconnect(adminOf(workspace), connection?.id ?? "");
      },
    ],
  ];

  test.each(ends)("A6 %s, with the reason on its page and in the log; an admin's own goes on", async (_, end) => {
    const workspace = await openWorkspace("givers");
    const { token, webhook } = await tokenHook(workspace);
    const own = (await createWebhook(workspace.operator, hook)).webhook;
    await end(workspace, token.id);
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({
      enabled: false,
      disabledReason: expect.stringMatching(/created it/),
    });
    expect(await findWebhook(workspace.id, own.id)).toMatchObject({ enabled: true });
    expect(await eventsOf(workspace, webhook.id)).toContain("webhook.disabled");
  });

  test("A6 the same for one that a token of an OAuth client made", async () => {
    const workspace = await openWorkspace("givers");
    const { client: made } = await createOAuthClient(workspace.operator, client);
    const actor: Actor = { ...workspace.operator, kind: "token", id: made.id, name: made.name };
    const { webhook } = await createWebhook(actor, hook);
    await revokeOAuthClient(workspace.operator, made.id);
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ enabled: false });
  });

  test("A6 a rotation passes it on: it ends with the new token, not with the old one's overlap", async () => {
    const workspace = await openWorkspace("givers");
    const { token, webhook } = await tokenHook(workspace);
    const next = await rotateAccessToken(workspace.operator, token.id, "1h");
    await revokeAccessToken(workspace.operator, token.id);
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ enabled: true });
    await revokeAccessToken(workspace.operator, next.token.id);
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ enabled: false });
  });

  test("A6 an admin who turns it on again answers for it", async () => {
    const { workspace, as, graceId } = await openAdmins();
    const { token, webhook } = await tokenHook(workspace);
    await revokeAccessToken(workspace.operator, token.id);
    await updateWebhook(as, webhook.id, { enabled: true });
    expect(await one(sql`SELECT "tokenId", "creatorId" FROM "Webhook" WHERE id = ${webhook.id}`)).toEqual({
      tokenId: null,
      creatorId: graceId,
    });
  });
});

describe("A6 what a former admin left behind", () => {
  async function openLeft() {
    const admins = await openAdmins();
    const { workspace, as } = admins;
    const { token } = await createAccessToken(as, newToken);
    const { client: made } = await createOAuthClient(as, client);
    const { webhook } = await createWebhook(as, hook);
    const code = await makeCodeClient(workspace);
    const first = await spendCode(code, await codeFor({ ...workspace, operator: as }, code));
    const tokens = await spendRefresh(code, first.body.refresh_token); // a consent is one, however often it was refreshed
    return { ...admins, token, made, webhook, code, refresh: tokens.body.refresh_token };
  }

  const leaves: [string, (left: Awaited<ReturnType<typeof openLeft>>) => Promise<unknown>][] = [
    ["suspended", ({ asLin, graceId }) => suspendMember(asLin, graceId)],
    ["ended", ({ workspace, graceId }) => workspace.scim("DELETE", `/Users/${graceId}`)],
    ["member", ({ asLin, graceId }) => updateRole(asLin, graceId, "member")],
  ];

  test.each(leaves)("A6 is listed once they are %s, and the other admins are mailed", async (why, leave) => {
    const left = await openLeft();
    expect(await listLeftBehind(left.workspace.id)).toEqual([]);
    await leave(left);
    const rows = await listLeftBehind(left.workspace.id);
    expect(rows.map(({ kind }) => kind).sort()).toEqual(["access_token", "consent", "oauth_client", "webhook"]);
    expect(rows.every((row) => row.by === "Grace" && row.why === why)).toBe(true);
    expect(await mailsTo(left.workspace, left.lin)).toContain("access_left");
    expect(await mailsTo(left.workspace, left.grace)).not.toContain("access_left");
  });

  test("A6 kept by another admin it is theirs, and goes on; a second decision finds nothing", async () => {
    const left = await openLeft();
    const { workspace, asLin, graceId, code, refresh } = left;
    await suspendMember(asLin, graceId);
    for (const { kind, id } of await listLeftBehind(workspace.id)) {
      await keepLeftBehind(asLin, kind, id);
      await expect(keepLeftBehind(asLin, kind, id)).rejects.toMatchObject({ reason: "not_found" });
    }
    expect(await listLeftBehind(workspace.id)).toEqual([]);
    const next = await spendRefresh(code, refresh);
    expect(next.status).toBe(200);
    await suspendMember(workspace.operator, asLin.id ?? "");
    const rows = await listLeftBehind(workspace.id);
    expect(rows.map(({ kind, by }) => `${kind} ${by}`).sort()).toEqual([
      "access_token Lin",
      "consent Lin",
      "oauth_client Lin",
      "webhook Lin",
    ]);
  });

  test("A6 revoked it is gone: the consent's refresh token gets nothing any more", async () => {
    const left = await openLeft();
    const { workspace, asLin, graceId, token, made, code, refresh } = left;
    await suspendMember(asLin, graceId);
    const consent = (await listLeftBehind(workspace.id)).find(({ kind }) => kind === "consent");
    await revokeConsent(asLin, consent?.id ?? "");
    await revokeAccessToken(asLin, token.id);
    await revokeOAuthClient(asLin, made.id);
    expect((await spendRefresh(code, refresh)).status).toBe(400);
    expect((await listLeftBehind(workspace.id)).map(({ kind }) => kind)).toEqual(["webhook"]);
  });

  test("A6 another workspace's is not to be seen, kept or revoked", async () => {
    const left = await openLeft();
    await suspendMember(left.asLin, left.graceId);
    const other = await openWorkspace("other");
    expect(await listLeftBehind(other.id)).toEqual([]);
    for (const { kind, id } of await listLeftBehind(left.workspace.id)) {
      await expect(keepLeftBehind(adminOf(other), kind, id)).rejects.toMatchObject({ reason: "not_found" });
    }
    const consent = (await listLeftBehind(left.workspace.id)).find(({ kind }) => kind === "consent");
    await expect(revokeConsent(adminOf(other), consent?.id ?? "")).rejects.toMatchObject({ reason: "not_found" });
    const revoked = sql`SELECT 1 FROM "OAuthGrant" WHERE "workspaceId" = ${left.workspace.id} AND "revokedAt" IS NOT NULL`;
    expect(await all(revoked)).toEqual([]);
  });
});

describe("A6 what made a webhook has ended otherwise", () => {
  async function hookOf(secret: string): Promise<string> {
    const made = await apiClient(secret)("POST", "/webhooks", hook);
    return (made.body.webhook as { id: string }).id;
  }

  test("A6 a consent is revoked: the webhook goes that was made with it, and no other of the client", async () => {
    const workspace = await openWorkspace("consents");
    const made = await makeCodeClient(workspace, { scopes: newToken.scopes });
    const [first, second] = [
      (await spendCode(made, await codeFor(workspace, made))).body,
      (await spendCode(made, await codeFor(workspace, made))).body,
    ];
    const [ended, other] = [await hookOf(String(first.access_token)), await hookOf(String(second.access_token))];
    await revoke({ token: String(first.refresh_token), ...made.credentials });
    expect(await findWebhook(workspace.id, ended)).toMatchObject({
      enabled: false,
      disabledReason: expect.stringContaining("was revoked"),
    });
    expect(await findWebhook(workspace.id, other)).toMatchObject({ enabled: true });
  });

  test("A6 a token that was issued for a while is revoked", async () => {
    const workspace = await openWorkspace("issued");
    const made = await makeClient(workspace, { scopes: newToken.scopes });
    const token = await issued(made);
    const id = await hookOf(token);
    await revoke({ token, ...made.credentials });
    expect(await findWebhook(workspace.id, id)).toMatchObject({ enabled: false });
  });

  test("A6 an old secret's overlap ends, and a token ends while nothing runs for days", async () => {
    const workspace = await openWorkspace("overlap");
    const { token, webhook } = await tokenHook(workspace);
    await rotateAccessToken(workspace.operator, token.id, "1h");
    const during = await createWebhook({ ...workspace.operator, kind: "token", id: token.id, name: "T" }, hook);
    await run(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '3 days' WHERE id = ${token.id}`);
    await announceTokenExpiry();
    expect(await findWebhook(workspace.id, during.webhook.id)).toMatchObject({ enabled: false });
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ enabled: true }); // the new secret has it
  });

  test("A6 a token ended while nothing ran for days", async () => {
    const workspace = await openWorkspace("away");
    const { token, webhook } = await tokenHook(workspace);
    await run(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '3 days' WHERE id = ${token.id}`);
    await announceTokenExpiry();
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ enabled: false });
  });

  test("A6 the scope for webhooks goes", async () => {
    const workspace = await openWorkspace("scopes");
    const { token, webhook } = await tokenHook(workspace);
    await updateAccessToken(workspace.operator, token.id, { name: "T", scopes: newToken.scopes.slice(0, 1) });
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ enabled: true });
    await updateAccessToken(workspace.operator, token.id, { name: "T", scopes: ["audit_log:read"] });
    expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ enabled: false });
  });
});

test("A6 a token that points an admin's webhook elsewhere answers for it, and the admins are told", async () => {
  const { workspace, lin, as } = await openAdmins();
  const { webhook } = await createWebhook(as, hook);
  const { token, secret } = await createAccessToken(workspace.operator, newToken);
  await run(sql`DELETE FROM "Mail" WHERE "workspaceId" = ${workspace.id}`);
  const url = "https://elsewhere.example.com/";
  expect(await apiClient(secret)("PATCH", `/webhooks/${webhook.id}`, { url })).toMatchObject({ status: 200 });
  expect(await mailsTo(workspace, lin)).toHaveLength(1);
  await revokeAccessToken(workspace.operator, token.id);
  expect(await findWebhook(workspace.id, webhook.id)).toMatchObject({ url, enabled: false });
});

test("A6 an old secret that goes on until it is revoked is listed when who made it is no longer an admin", async () => {
  const { workspace, graceId, as, asLin } = await openAdmins();
  const { token, secret } = await createAccessToken(as, newToken);
  await rotateAccessToken(asLin, token.id, "none-set");
  await suspendMember(asLin, graceId);
  expect(await findTokenHolder(secret)).not.toBeNull();
  expect((await listLeftBehind(workspace.id)).map(({ id }) => id)).toContain(token.id);
});
