import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { inspectAll } from "@/e2e/support/looks";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// OAuth as Okta walks it: a client made in Developers, consent in the browser, a code, tokens, and SCIM with them.
test.describe.configure({ mode: "serial" });

const folder = makeDataFolder();
let mail: MailServer;
let muster: Muster;
let page: Page;
/** The identity provider's side: it keeps what comes back to it. */
let okta: Server;
let callback = "";
let came: URLSearchParams[] = [];
let clientId = "";
let secret = "";

test.beforeAll(async ({ browser }) => {
  okta = createServer((request, response) => {
    const { searchParams, pathname } = new URL(request.url ?? "/", callback);
    if (pathname === "/oauth/callback") came.push(searchParams);
    response.writeHead(200, { "content-type": "text/html" }).end("<title>Okta</title><h1>Back at Okta</h1>");
  });
  await new Promise<void>((resolve) => okta.listen(0, "127.0.0.1", resolve));
  callback = `http://127.0.0.1:${(okta.address() as AddressInfo).port}/oauth/callback`;
  mail = await openMailServer();
  copyWorkspace(folder.path);
  muster = await startMuster({ MUSTER_DATA_DIR: folder.path, SMTP_URL: mail.url });
  page = await openTab(browser);
});

// biome-ignore lint/correctness/noEmptyPattern: Playwright gives its second argument only after a pattern
test.afterEach(({}, { status, expectedStatus }) => {
  if (status !== expectedStatus) process.stdout.write(muster.output());
});

test.afterAll(async () => {
  await page?.context().close();
  await muster?.stop();
  await mail?.close();
  okta?.close();
  folder.remove();
});

/** A tab that is signed in as the admin. */
async function openTab(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: muster.url });
  const tab = await context.newPage();
  const link = operate(folder.path, "sign-in-link", "--email", "a@acme.test");
  await tab.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();
  return tab;
}

function authorizePath(more: Record<string, string> = {}): string {
  const query = { response_type: "code", client_id: clientId, redirect_uri: callback, state: "st&te", ...more };
  return `/oauth/authorize?${new URLSearchParams(query)}`;
}

async function askToken(fields: Record<string, string>): Promise<{ status: number; body: Record<string, string> }> {
  const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`;
  const init = { method: "POST", headers: { authorization }, body: new URLSearchParams(fields) };
  const response = await fetch(`${muster.url}/oauth/token`, init);
  return { status: response.status, body: await response.json() };
}

async function scimStatus(token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${muster.url}/scim/v2/Users?startIndex=1&count=2`, { headers })).status;
}

test("an admin makes an authorization-code client in Developers and copies what Okta needs", async () => {
  await page.goto("/acme/settings/developers");
  await page.getByRole("button", { name: "+ New OAuth client" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "Authorization code" }).click();
  await dialog.getByLabel("Name", { exact: true }).fill("Okta");
  await expect(dialog.getByRole("button", { name: "Create client" })).toBeDisabled();
  await dialog.getByLabel("Redirect URLs").fill("http://okta.example/callback");
  await dialog.getByRole("radiogroup", { name: "User Management" }).getByRole("radio", { name: "Read-write" }).click();
  await dialog.getByRole("button", { name: "Create client" }).click();
  await expect(dialog.getByRole("alert")).toContainText("must begin with https://");
  await dialog.getByLabel("Redirect URLs").fill(callback);
  await dialog.getByRole("button", { name: "Create client" }).click();

  const made = page.getByTestId("made-client");
  await expect(made.getByText(`${muster.url}/oauth/authorize`)).toBeVisible();
  await expect(made.getByText(`${muster.url}/oauth/token`)).toBeVisible();
  secret = (await made.getByText(/^mst_\w{8}_/).textContent()) ?? "";
  clientId = (await made.getByText(/^mst_\w{8}$/).textContent()) ?? "";
  expect(secret.startsWith(`${clientId}_`)).toBe(true);
  await page.keyboard.press("Escape");
  await expect(made, "a stray key does not lose the secret").toBeVisible();
  await page.getByRole("dialog").getByRole("checkbox").click();
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("Not connected")).toBeVisible();
  await expect(page.getByText(secret), "and is nowhere afterwards").toHaveCount(0);
});

test("authorize: sign-in first, then consent, then back with a code, tokens, and SCIM answers 200", async ({
  browser,
}) => {
  const context = await browser.newContext({ baseURL: muster.url });
  const tab = await context.newPage();
  const said: string[] = [];
  tab.on("console", (message) => void (message.type() === "error" && said.push(message.text())));
  await tab.goto(authorizePath());
  await tab.getByLabel("Email").fill("a@acme.test");
  await tab.getByRole("button", { name: "Send sign-in link" }).click();
  const { text } = await mail.waitFor("a@acme.test", /sign in/i);
  await tab.goto(/http:\/\/\S+confirm\?\S+/.exec(text)?.[0] ?? "/no-link-in-the-mail");
  await tab.getByRole("button", { name: "Sign in" }).click();

  await expect(tab.getByRole("heading", { name: "Allow Okta to act for Acme?" })).toBeVisible();
  await expect(tab.getByText("User Management: Read-write")).toBeVisible();
  await expect(tab.getByText(new URL(callback).host)).toBeVisible();
  await tab.getByRole("button", { name: "Allow" }).click();
  await expect(tab.getByRole("heading", { name: "Back at Okta" })).toBeVisible();
  expect(said, "the page's policy lets all of it through").toEqual([]);
  await context.close();

  expect(came).toHaveLength(1);
  expect([came[0]?.get("state"), came[0]?.get("iss")]).toEqual(["st&te", muster.url]);
  const code = { grant_type: "authorization_code", code: came[0]?.get("code") ?? "", redirect_uri: callback };
  const { status, body } = await askToken(code);
  expect([status, body.token_type]).toEqual([200, "Bearer"]);
  expect(await scimStatus(body.access_token ?? "")).toBe(200);

  const next = await askToken({ grant_type: "refresh_token", refresh_token: body.refresh_token ?? "" });
  expect([next.status, await scimStatus(next.body.access_token ?? "")]).toEqual([200, 200]);
  const replayed = await askToken({ grant_type: "refresh_token", refresh_token: body.refresh_token ?? "" });
  expect(replayed).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  expect(await scimStatus(next.body.access_token ?? ""), "a replay ends the family").toBe(401);
});

test("an admin who denies goes back with access_denied", async () => {
  came = [];
  await page.goto(authorizePath({ scope: "user_management:read" }));
  await expect(page.getByText("User Management: Read", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Deny" }).click();
  await expect(page.getByRole("heading", { name: "Back at Okta" })).toBeVisible();
  expect([came[0]?.get("error"), came[0]?.get("state"), came[0]?.get("code")]).toEqual([
    "access_denied",
    "st&te",
    null,
  ]);
});

test("T25 what is wrong with the client or its address is shown here, also to an admin; other errors go back", async () => {
  came = [];
  for (const more of [
    { redirect_uri: "https://evil.example/" },
    { redirect_uri: `${callback}/x` },
    { client_id: "mst_AAAAAAAA" },
  ]) {
    const response = await page.goto(authorizePath(more));
    expect(response?.request().redirectedFrom()).toBeNull();
    await expect(page.getByRole("heading", { name: "This request isn't valid" })).toBeVisible();
    const bare = await fetch(`${muster.url}${authorizePath(more)}`, { redirect: "manual" });
    expect([bare.status, bare.headers.get("location")]).toEqual([200, null]);
  }
  expect(came).toEqual([]);
  const stranger = await fetch(`${muster.url}${authorizePath({ scope: "nonsense" })}`, { redirect: "manual" });
  expect(stranger.headers.get("location"), "a stranger is asked to sign in before anything else").toMatch(
    /^\/sign-in\?/,
  );
  await page.goto(authorizePath({ scope: "nonsense" }));
  await expect(page.getByRole("heading", { name: "Back at Okta" })).toBeVisible();
  expect(came[0]?.get("error")).toBe("invalid_scope");
});

test("a client finds everything by itself: 401, its document, the server's document", async () => {
  const refused = await fetch(`${muster.url}/scim/v2/Users`);
  const document = /resource_metadata="([^"]+)"/.exec(refused.headers.get("www-authenticate") ?? "")?.[1] ?? "";
  const resource = await (await fetch(document)).json();
  expect(resource.resource).toBe(`${muster.url}/scim/v2`);
  const found = await fetch(`${resource.authorization_servers[0]}/.well-known/oauth-authorization-server`);
  expect(found.headers.get("access-control-allow-origin")).toBeNull();
  const metadata = await found.json();
  expect([metadata.issuer, metadata.token_endpoint]).toEqual([muster.url, `${muster.url}/oauth/token`]);
});

test("the operator's command makes, lists and revokes clients", async () => {
  const json = (...words: string[]) =>
    JSON.parse(operate(folder.path, "client", ...words, "--workspace", "acme", "--json"));
  const scope = ["--scope", "user_management:read"];
  const made = json("create", "--name", "Entra", ...scope, "--hours", "6");
  expect(made).toMatchObject({
    kind: "client_credentials",
    tokenSeconds: 21_600,
    secret: expect.stringMatching(/^mst_/),
  });
  const trusted = ["--issuer", "https://issuer.example", "--subject", "s", "--audience", "a"];
  expect(json("create", "--name", "Federated", ...scope, ...trusted)).toMatchObject({
    kind: "federation",
    secret: null,
  });
  const grant = { grant_type: "client_credentials", client_id: made.clientId, client_secret: made.secret };
  const ask = async () => fetch(`${muster.url}/oauth/token`, { method: "POST", body: new URLSearchParams(grant) });
  const token = (await (await ask()).json()).access_token;
  expect(await scimStatus(token)).toBe(200);
  expect(json("list").map(({ name }: { name: string }) => name)).toEqual(["Federated", "Entra", "Okta"]);
  json("revoke", "--id", made.id);
  expect([(await ask()).status, await scimStatus(token)]).toEqual([401, 401]);
});

test("a client is edited, gets a new secret beside the old one, and is revoked", async () => {
  await page.goto("/acme/settings/developers");
  const pick = async (item: string) => {
    await page.getByRole("button", { name: "Actions for Okta" }).click();
    await page.getByRole("menuitem", { name: item, exact: true }).click();
  };
  await pick("Edit");
  await page.getByRole("dialog").getByLabel("Token lifetime").selectOption("2");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/tokens last 2 h/)).toBeVisible();
  await pick("New secret");
  await page.getByRole("button", { name: "Create new secret" }).click();
  await expect(page.getByTestId("made-client").getByText(clientId, { exact: true })).toBeVisible();
  await page.getByRole("dialog").getByRole("checkbox").click();
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("Two secrets")).toBeVisible();
  await pick("Revoke old secret");
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("Two secrets")).toHaveCount(0);
});

test("every page of OAuth, in both themes, wide and narrow", async ({ browser }) => {
  test.setTimeout(300_000);
  const tab = await openTab(browser);
  await tab.goto("/acme/settings/developers");
  await expect(tab.getByText("Federated")).toBeVisible();
  await inspectAll(tab, "oauth-developers");
  await tab.getByRole("button", { name: "+ New OAuth client" }).click();
  await expect(tab.getByRole("dialog")).toBeVisible();
  await inspectAll(tab, "new-client");
  for (const kind of ["Authorization code", "Workload identity federation"]) {
    await tab.getByRole("dialog").getByRole("radio", { name: kind }).click();
    await inspectAll(tab, `new-client-${kind.split(" ")[0]?.toLowerCase()}`);
  }
  await tab.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await tab.getByRole("button", { name: "Actions for Okta" }).click();
  await tab.getByRole("menuitem", { name: "New secret" }).click();
  await tab.getByRole("button", { name: "Create new secret" }).click();
  await expect(tab.getByTestId("made-client")).toBeVisible();
  await inspectAll(tab, "client-secret");
  await tab.goto(authorizePath());
  await expect(tab.getByRole("button", { name: "Allow" })).toBeVisible();
  await inspectAll(tab, "consent");
  await tab.goto(authorizePath({ client_id: "" }));
  await expect(tab.getByRole("heading", { name: "This request isn't valid" })).toBeVisible();
  await inspectAll(tab, "consent-refused");
  await tab.context().close();
});
