import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { all, run, sql } from "@/lib/db";
import { redact } from "@/lib/provisioning/http/redact";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { redactFilter, redactQuery, redactText } from "@/lib/provisioning/http/secret-text";
import { declareSchemaExtension } from "@/lib/provisioning/resources/schema-extensions";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import {
  bulkBody,
  openWorkspace,
  patchBody,
  searchBody,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/fixtures";
import { refillBuckets } from "@/lib/provisioning/threats/support";
import { rotateOAuthClient } from "@/lib/workspace/access/oauth/client-secret";
import { createOAuthClient, revokeOAuthClient } from "@/lib/workspace/access/oauth/clients";
import { newOAuthToken } from "@/lib/workspace/access/oauth/token";
import { newToken } from "@/lib/workspace/access/token-format";
import { createAccessToken, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { findProvisioningStatus } from "@/lib/workspace/log/health";

// What the request log keeps, whose requests are written into it, and the health of a connection that follows (D-90).

const word = "hunter2-zq";
const acme = "urn:acme:params:scim:schemas:extension:acme:1.0:User";

async function logOf({ id }: TestWorkspace): Promise<string[]> {
  await flushRequestLog();
  const rows = await all<{ row: string }>(sql`SELECT r::text AS row FROM "ScimRequest" r WHERE "workspaceId" = ${id}`);
  return rows.map(({ row }) => row);
}

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let other: TestWorkspace;
  let scim: ScimClient;
  let made = 0;

  beforeAll(async () => {
    workspace = await openWorkspace(adapter === "server.ts" ? "logs" : "logr");
    other = await openWorkspace("logother");
    const attributes = [
      { name: "badge", type: "string", returned: "never" },
      { name: "pins", type: "complex", multiValued: true, returned: "never", subAttributes: [{ name: "value" }] },
    ];
    await declareSchemaExtension(workspace.operator, "User", { id: acme, name: "Acme", attributes }, false);
    scim = open(workspace.token.secret);
  });
  beforeEach(refillBuckets);

  const get = (query: string) => scim("GET", `/Users?${query}`);
  const filter = (text: string) => get(`filter=${encodeURIComponent(text)}`);

  /** Sends a text in every place of a request that the log keeps. */
  async function sendEverywhere(path: string, found: string): Promise<void> {
    const twice = encodeURIComponent(encodeURIComponent(found));
    const hidden = [...found].map((char) => `%${(char.codePointAt(0) ?? 0).toString(16)}`).join("");
    for (const text of [encodeURIComponent(found), twice, hidden]) {
      await scim("GET", `/Users/${text}`);
      await scim("GET", `/${text}/x`);
      await get(`access_token=${text}`);
      await get(`x=${text}&count=1`);
    }
    await filter(`userName eq "${found}"`);
    await filter(`userName eq ${found}`);
    await filter(`emails[value eq "${found}"]`);
    await filter(`${found} eq "x"`);
    await scim("PATCH", path, patchBody({ op: "replace", path: `emails[value eq "${found}"].display`, value: "x" }));
    await scim("PATCH", path, patchBody({ op: "add", value: { [`emails[value eq "${found}"].display`]: 1 } }));
    await scim("PATCH", path, patchBody({ op: "replace", path: found, value: "x" }));
    await scim("PATCH", path, patchBody({ op: "replace", path: "nickName", value: `see ${found}.` }));
    await scim("PATCH", path, patchBody({ op: "replace", path: "profileUrl", value: `https://x.test/?a=${found}` }));
    await scim(
      "PATCH",
      path,
      patchBody({ op: "add", path: "roles", value: [{ value: JSON.stringify({ value: "a", display: found }) }] }),
    );
    await scim("POST", "/Users", userBody(`b${++made}@${workspace.domain}`, { [found]: found, externalId: found }));
    await scim("POST", "/Users", `{"userName": "${found}"`);
    await scim("POST", "/Users/.search", searchBody({ filter: `title co "${found}"` }));
    await scim("POST", "/Bulk", bulkBody([{ method: "DELETE", path: `/Users/${found}`, bulkId: found }]));
    await scim("GET", "/Users?count=0", undefined, { "user-agent": `curl ${found}` });
    await scim("GET", path, undefined, { "if-none-match": `"${found}"` });
  }

  test("A8 secrets stay out of the request log wherever they stand", async () => {
    const { secret } = workspace.token;
    const issued = await newOAuthToken({ publicId: secret.slice(4, 12), seconds: 60 });
    const ours = [secret, issued, `msr_${word}`, `msc_${word}`, `whsec_${word}/+8==`, secret.slice(0, 30)];
    const user = (await scim("POST", "/Users", userBody(`a${++made}@${workspace.domain}`))).body.id;
    const path = `/Users/${user}`;
    for (const found of ours) await sendEverywhere(path, found);
    const rows = await logOf(workspace);
    expect(rows.length).toBeGreaterThan(100);
    for (const found of ours)
      for (const row of rows) expect(row, row).not.toContain(found.slice(found.startsWith("mst_") ? 13 : 5, 28));
    expect(rows.filter((row) => row.includes("(redacted)")).length).toBeGreaterThan(100);
  });

  test("A8 by their names, too: passwords, tokens, and what the workspace's schemas never return", async () => {
    const names = [
      "password",
      "PassWord",
      "userPassword",
      "access_token",
      "accessToken",
      "client-secret",
      "api_key",
      "badge",
      `${acme}:badge`,
      "urn:ietf:params:scim:schemas:core:2.0:User:password",
    ];
    const user = (await scim("POST", "/Users", userBody(`c${++made}@${workspace.domain}`))).body.id;
    const path = `/Users/${user}`;
    for (const name of names) {
      const filters = [
        `${name} eq "${word}"`,
        `${name} co ${word}`,
        `title eq "x" and not (${name}  SW "${word} & \\"${word}")`,
        `emails[${name} eq "${word}"]`,
        `pins[value eq "${word}"]`,
      ];
      for (const filter of filters) {
        await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
        await scim("GET", `/Users?filter=${filter.replaceAll(" ", "+").replaceAll('"', "%22")}&count=1`);
        await scim("POST", "/.search", searchBody({ filter }));
        await scim("PATCH", path, patchBody({ op: "remove", path: `emails[${filter}]` }));
      }
      await scim("GET", `/Users?${encodeURIComponent(name)}=${word}`);
      await scim("GET", `/Users/x?a=1&${name.replace("p", "%70").replace("P", "%50")}=${word}`);
      await scim("GET", `/Users/${encodeURIComponent(`${name}=${word}`)}`);
      await scim(
        "POST",
        "/Users",
        userBody(`d${++made}@${workspace.domain}`, { [name]: word, profileUrl: `https://x.test/?${name}=${word}` }),
      );
      await scim("PATCH", path, patchBody({ op: "add", path: name, value: word }));
      await scim("PATCH", path, patchBody({ op: "add", path: `${name}[value eq "${word}"]`, value: word }));
      await scim("PATCH", path, patchBody({ op: "add", path: `${name}.value`, value: { value: word } }));
      await scim("PATCH", path, patchBody({ op: "add", value: { [name]: [word], name: { [name]: word } } }));
      await scim(
        "POST",
        "/Bulk",
        bulkBody([
          {
            method: "POST",
            path: "/Users",
            bulkId: "a",
            data: userBody("x", { [name]: word, roles: [{ value: `{"${name}":"${word}"}` }] }),
          },
        ]),
      );
      await scim("PATCH", path, `{"Operations":[{"op":"add","path":"${name}","value":"${word}"`);
    }
    const rows = await logOf(workspace);
    for (const row of rows) expect(row).not.toContain(word);
  });

  test.each([
    "password eq 'correct horse'",
    "password eq correct horse",
    'password eq"horse"',
    'not(password eq"horse")',
    'password = "correct horse"',
    "password = 'correct & horse'",
    'password eq ("horse")',
    '"horse" eq password',
    '"horse" password eq "x"',
    'password "horse"',
    'password eq "correct" horse',
    "password co “correct horse”",
    'title eq "x" "horse" and password pr',
    'title eq "x password eq "horse"',
    'title eq "x" and (userName eq "y" or passwordHash eq \'correct horse\')',
    `urn:ietf:params:scim:schemas:core:2.0:User:password eq 'correct horse'`,
    "pins eq correct horse",
  ])("A8 nothing of a broken filter that names a secret is kept: %s", async (filter) => {
    await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
    await scim("GET", `/Users?count=1&filter=${filter.replaceAll(" ", "+").replaceAll('"', "%22")}&startIndex=1`);
    await scim("GET", `/Users/${encodeURIComponent(filter)}`);
    await scim("POST", "/Users/.search", { filter });
    await scim("POST", "/.search", searchBody({ filter }));
    const nobody = "/Users/00000000-0000-4000-8000-000000000000";
    await scim("PATCH", nobody, patchBody({ op: "replace", path: `emails[${filter}].value`, value: "a@b.test" }));
    for (const row of await logOf(workspace)) expect(row).not.toContain("horse");
  });

  test.each([
    { passwordHash: "horse" },
    { password1: "horse" },
    { extra: [{ name: "password", value: "horse" }] },
    { extra: { key: "user_password", value: ["horse"] } },
    { extra: { attribute: "newPassword", value: "horse" } },
  ])("A8 nor a body's secret under a longer name, or beside its name: %j", async (more) => {
    await scim("POST", "/Users", userBody(`g${++made}@${workspace.domain}`, more));
    for (const row of await logOf(workspace)) expect(row).not.toContain("horse");
  });

  test.each([
    ['userName eq "token@x.test" and displayName co "Secret Santa (password)"', null],
    ['title eq "x" and not (password sw "horse")', 'title eq "x" and not (password sw "(redacted)")'],
    ["password pr", null],
    ["password", null],
    ['userName eq "x" and password eq 12', 'userName eq "x" and password eq "(redacted)"'],
  ])("A8 a filter as the grammar has it is kept but for its secrets: %s", (filter, kept) => {
    expect(redactFilter(filter, new Set())).toBe(kept ?? filter);
  });

  test("A8 what holds no secret is kept as it was sent", async () => {
    const query = `filter=userName%20eq%20%22r%26d%2Bx%40${workspace.domain}%22&count=2&attributes=userName,emails`;
    const sent = userBody(`e${++made}@${workspace.domain}`, {
      title: "Token Ring secretary, mst_ office",
      nickName: "50% off",
    });
    const { headers } = await scim("GET", `/Users?${query}`);
    await scim("POST", "/Users", sent);
    await flushRequestLog();
    const [row] = await all<{ query: string }>(
      sql`SELECT query FROM "ScimRequest" WHERE "requestId" = ${headers.get("x-request-id")}`,
    );
    expect(row?.query).toBe(query);
    const [kept] = await all<{ requestBody: string }>(
      sql`SELECT "requestBody" FROM "ScimRequest" WHERE "workspaceId" = ${workspace.id} AND method = 'POST' ORDER BY id DESC LIMIT 1`,
    );
    expect(JSON.parse(kept?.requestBody ?? "")).toEqual({
      ...sent,
      title: "Token Ring secretary, mst_(redacted) office",
    });
    const clientId = workspace.token.secret.slice(0, 12);
    expect(redactText(`the client ${clientId}.`, new Set())).toBe(`the client ${clientId}.`);
  });

  test("A8 a forged token with a real public id writes into no log and turns no health red", async () => {
    const client = await createOAuthClient(other.operator, {
      ...{
        kind: "client_credentials" as const,
        isPublic: false,
        connection: null,
        name: "Entra",
        scopes: ["user_management:read-write"],
      },
      ...{ redirectUris: [], tokenSeconds: 3_600, issuer: null, subject: null, audiences: [], jwksUri: null },
    });
    const forged = [newToken(client.client.clientId.slice(4)).token, newToken(other.token.secret.slice(4, 12)).token];
    const others = await newOAuthToken({ publicId: client.client.clientId.slice(4), seconds: 60 });
    forged.push(`${others.slice(0, -4)}AAAA`, `mso_${Buffer.from(others).toString("base64url")}`);
    const before = await logOf(other);
    for (const token of forged)
      for (const path of ["/Users", "/ServiceProviderConfig", "/Nope"]) {
        refillBuckets();
        expect((await open(token)("GET", path)).status).toBe(401);
        expect((await open(token)("POST", "/Users", userBody("x"))).status).toBe(401);
      }
    expect(await logOf(other)).toEqual(before);
    expect((await findProvisioningStatus(other.id)).connections.map(({ state }) => state)).not.toContain("failing");
  });

  test("A8 a secret that once was right tells its workspace, and no other, that it is still in use", async () => {
    const owner = await openWorkspace("old");
    const token = { name: "Old", scopes: ["user_management:read"], expiresAt: null, connection: null };
    const revoked = await createAccessToken(owner.operator, token);
    await revokeAccessToken(owner.operator, revoked.token.id);
    const expired = await createAccessToken(owner.operator, token);
    await run(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 hour' WHERE id = ${expired.token.id}`);
    const client = await createOAuthClient(owner.operator, {
      ...{
        kind: "client_credentials" as const,
        isPublic: false,
        connection: null,
        name: "Entra",
        scopes: ["user_management:read-write"],
      },
      ...{ redirectUris: [], tokenSeconds: 3_600, issuer: null, subject: null, audiences: [], jwksUri: null },
    });
    const issued = await newOAuthToken({ publicId: client.client.clientId.slice(4), seconds: 60 });
    await rotateOAuthClient(owner.operator, client.client.id, "none-set");
    await revokeOAuthClient(owner.operator, client.client.id);
    const seen = [revoked.secret, expired.secret, client.secret ?? "", issued];
    for (const [index, secret] of seen.entries()) {
      const { status, headers } = await open(secret)("GET", "/Users");
      expect(status).toBe(401);
      const rows = await logOf(owner);
      expect(
        rows.filter((row) => row.includes(headers.get("x-request-id") ?? "?")),
        String(index),
      ).toHaveLength(1);
    }
    expect((await findProvisioningStatus(owner.id)).connections[0]).toMatchObject({ state: "failing" });
    for (const row of await logOf(other)) expect(row).not.toContain("token is not known");
  });

  test("A8 a body with many unknown names keeps a few notes of them", async () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`unknown${index}`, 1]));
    const { headers } = await scim("POST", "/Users", userBody(`f${++made}@${workspace.domain}`, many));
    await flushRequestLog();
    const [row] = await all<{ notes: string[] }>(
      sql`SELECT notes FROM "ScimRequest" WHERE "requestId" = ${headers.get("x-request-id")}`,
    );
    expect(row?.notes).toHaveLength(51);
    expect(row?.notes.at(-1)).toBe("And 4950 more.");
  });
});

test("A8 looking for secrets takes no longer for a text that is made for it", () => {
  const none = new Set<string>();
  const long = 1_000_000;
  for (const piece of [
    "a.",
    "eyJ",
    "mst_",
    'password eq "',
    "token",
    "password[",
    '"password":"',
    "x-",
    "secret=",
    "\\u0070",
    "%70",
  ]) {
    const text = piece.repeat(long / piece.length);
    redactText(text, none);
    redactFilter(text, none);
    redactQuery(text, none);
    redactQuery(`filter=${text}`, none);
    redact(text, none);
    redact(JSON.stringify({ a: text, [text.slice(0, 1_000)]: [text] }), none);
  }
});
