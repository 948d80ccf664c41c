import { type Browser, expect, type Page, test } from "@playwright/test";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";
import { type OidcProvider, openOidcProvider } from "@/e2e/support/oidc-provider";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// What an admin does in the settings besides the guide, each until it is seen to have worked.
test.describe.configure({ mode: "serial" });

const folder = makeDataFolder();
let dns: DnsServer;
let oidc: OidcProvider;
let muster: Muster;
let page: Page;
let token = "";

async function signIn(browser: Browser, email: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: muster.url, permissions: ["clipboard-read", "clipboard-write"] });
  const tab = await context.newPage();
  const link = operate(folder.path, "sign-in-link", "--email", email);
  await tab.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();
  return tab;
}

/** Opens the menu of a row and picks from it. */
async function pick(row: string, item: string): Promise<void> {
  await page.getByRole("button", { name: `Actions for ${row}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

async function statusWith(secret: string): Promise<number> {
  const headers = { authorization: `Bearer ${secret}` };
  return (await fetch(`${muster.url}/scim/v2/Users?count=0`, { headers })).status;
}

async function postPerson(userName: string, more: object = {}): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/scim+json" };
  const body = JSON.stringify({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName, ...more });
  return (await fetch(`${muster.url}/scim/v2/Users`, { method: "POST", headers, body })).status;
}

async function addPerson(userName: string): Promise<void> {
  expect(await postPerson(userName)).toBe(201);
}

test.beforeAll(async ({ browser }) => {
  dns = await openDnsServer();
  oidc = await openOidcProvider({ sub: "1", email: "lin@acme.test", email_verified: true });
  token = copyWorkspace(folder.path);
  muster = await startMuster({
    MUSTER_DATA_DIR: folder.path,
    MUSTER_DNS_SERVERS: dns.address,
    AUTH_OIDC_ID: "muster",
    AUTH_OIDC_SECRET: "a secret between the two",
    AUTH_OIDC_ISSUER: oidc.issuer,
    AUTH_OIDC_NAME: "Acme SSO",
  });
  page = await signIn(browser, "a@acme.test");
});

test.afterAll(async () => {
  await page?.context().close();
  await muster?.stop();
  await dns?.close();
  await oidc?.close();
  folder.remove();
});

test("General: the workspace is renamed everywhere", async () => {
  await page.goto("/acme/settings/general");
  await page.getByLabel("Name", { exact: true }).fill("Acme Works");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: /Acme Works/ })).toBeVisible();
});

test("Domains: refused with a reason, added, its details folded, removed after a warning", async () => {
  await page.goto("/acme/settings/security");
  await page.getByRole("button", { name: "+ Add domain" }).click();
  await page.getByLabel("Domain", { exact: true }).fill("gmail.com");
  await page.getByRole("button", { name: "Add domain", exact: true }).click();
  await expect(page.getByText("belongs to a mailbox provider")).toBeVisible();
  await page.getByLabel("Domain", { exact: true }).fill("acme-labs.test");
  await page.getByRole("button", { name: "Add domain", exact: true }).click();
  await expect(page.getByText("_muster-challenge.acme-labs.test")).toBeVisible();
  await pick("acme.test", "Show DNS details");
  await expect(page.getByText("_muster-challenge.acme.test", { exact: true })).toBeVisible();
  await pick("acme-labs.test", "Remove");
  await expect(page.getByRole("alertdialog")).toContainText("Nobody is suspended");
  await expect(page.getByRole("alertdialog").getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("acme-labs.test")).toHaveCount(0);
});

test("Domains: the page sees by itself that the record has come", async () => {
  await page.reload(); // folds the details of the other domain
  await page.getByRole("button", { name: "+ Add domain" }).click();
  await page.getByLabel("Domain", { exact: true }).fill("acme-live.test");
  await page.getByRole("button", { name: "Add domain", exact: true }).click();
  await expect(page.getByText("Waiting for the record")).toBeVisible();
  const value = (await page.getByText(/^muster-verify=/).textContent()) ?? "";
  dns.set("acme-live.test", { kind: "empty" });
  dns.set("_muster-challenge.acme-live.test", { kind: "txt", values: [value] });
  await expect(page.getByText("Verified", { exact: true })).toHaveCount(2, { timeout: 30_000 });
});

test("Access tokens: edited, and rotated with both secrets working", async () => {
  await page.goto("/acme/settings/developers");
  await pick("SCIM", "Edit");
  await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill("Entra");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Entra", { exact: true })).toBeVisible();
  await pick("Entra", "Rotate");
  await page.getByRole("button", { name: "Create new secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: /copy/i }).click();
  const next = await page.evaluate(() => navigator.clipboard.readText());
  expect(next).not.toBe(token);
  expect([await statusWith(token), await statusWith(next)]).toEqual([200, 200]);
  await page.getByRole("dialog").getByRole("checkbox").click();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("Being replaced")).toBeVisible();
});

test("a double click makes one of what is made", async () => {
  await page.goto("/acme/settings/developers");
  await page.getByRole("button", { name: "+ New access token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Twice");
  await dialog.getByRole("button", { name: "SCIM provisioning" }).click();
  await dialog.getByRole("button", { name: "Create token" }).dblclick({ delay: 60 });
  await page.getByRole("dialog").getByRole("checkbox").click();
  await page.getByRole("button", { name: "Done" }).click();
  await page.reload();
  await expect(page.getByText("Twice", { exact: true })).toHaveCount(1);
});

test("what is too long is told in plain words", async () => {
  await page.goto("/acme/settings/general");
  await page.getByLabel("Name", { exact: true }).fill("x".repeat(300));
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("At most 100 characters.")).toBeVisible();
});

test("Members: searched; a managed one is changed elsewhere; an invite is sent again; the last admin stays", async () => {
  await addPerson("second@acme.test");
  await addPerson("guest@partner.test");
  await page.goto("/acme/settings/members");
  await page.getByRole("searchbox", { name: "Search members" }).fill("second");
  await expect(page.getByText("1 person")).toBeVisible();
  await page.getByRole("button", { name: "Actions for second@acme.test" }).click();
  await expect(page.getByRole("menu")).toContainText("Managed by Identity provider. Change it there.");
  await expect(page.getByRole("menuitem")).toHaveText(["Override for an hour"]);
  await page.keyboard.press("Escape");

  await page.getByRole("searchbox", { name: "Search members" }).fill("guest");
  await pick("guest@partner.test", "Resend invite");
  await page.getByRole("alertdialog").getByRole("button", { name: "Resend invite" }).click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);

  await page.getByRole("searchbox", { name: "Search members" }).fill("a@acme");
  await pick("a@acme.test", "Suspend");
  await page.getByRole("alertdialog").getByRole("button", { name: "Suspend" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("last admin");
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Active", { exact: true }).locator("visible=true")).toBeVisible();
});

test("a list that can't be read says so, and is not taken for an empty one", async () => {
  const lists = "**/api/workspaces/acme/{members,scim-requests}?*";
  await page.route(lists, (route) => route.abort());
  for (const [path, nothing] of [
    ["members", "Nobody matches"],
    ["provisioning", "No request yet"],
  ]) {
    await page.goto(`/acme/settings/${path}`);
    await expect(page.getByRole("alert").filter({ hasText: "Muster can't be reached." })).toBeVisible();
    await expect(page.getByText(nothing ?? "")).toHaveCount(0);
  }
  await expect(page.getByText("Not live")).toBeVisible();
  await page.unroute(lists);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Member added").first()).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
});

test("Provisioning: switched off after a warning, requests are refused and shown; filters are in the address", async () => {
  await page.goto("/acme/settings/security");
  await page.getByRole("switch", { name: "Accept provisioning" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Stop provisioning" }).click();
  await expect(page.getByRole("switch", { name: "Accept provisioning" })).not.toBeChecked();
  expect(await statusWith(token)).toBe(403);
  await page.goto("/acme/settings/provisioning");
  await expect(page.getByRole("alert").filter({ hasText: "Provisioning is off" })).toBeVisible();
  await page.getByRole("combobox", { name: "Status" }).selectOption("Failed");
  await expect(page).toHaveURL(/status=error/);
  await expect(page.getByText("Refused").first()).toBeVisible();
  await page.goto("/acme/settings/security");
  await page.getByRole("switch", { name: "Accept provisioning" }).click();
  await expect(page.getByRole("switch", { name: "Accept provisioning" })).toBeChecked();
  expect(await statusWith(token)).toBe(200);
});

test("Strict profile: what the standard leaves open is refused while it is on", async () => {
  await page.goto("/acme/settings/security");
  const strict = page.getByRole("switch", { name: "Strict profile" });
  await strict.click();
  await expect(strict).toBeChecked();
  expect(await postPerson("strict@acme.test", { badge: "7" })).toBe(400);
  await strict.click();
  await expect(strict).not.toBeChecked();
  expect(await postPerson("strict@acme.test", { badge: "7" })).toBe(201);
});

test("Account: the name is saved, and a session ended elsewhere is gone", async ({ browser }) => {
  const other = await signIn(browser, "a@acme.test");
  await page.goto("/account");
  await page.getByLabel("First name").fill("Alma");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved")).toBeVisible();
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await expect(page.getByRole("button", { name: /^End the session/ })).toHaveCount(0);
  await other.reload();
  await expect(other.getByRole("button", { name: "Send sign-in link" })).toBeVisible();
  await other.context().close();
});

test("the theme is chosen in the menu and stays", async () => {
  await page.goto("/acme");
  await page.getByRole("button", { name: /Acme Works/ }).click();
  await page.getByRole("menuitem", { name: "Dark theme" }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveClass(/dark/);
});

test("OpenID: a proven address is linked and signs in; an unproven one or a stranger is not", async ({ browser }) => {
  await addPerson("lin@acme.test");
  const attempt = async () => {
    const context = await browser.newContext({ baseURL: muster.url });
    const tab = await context.newPage();
    await tab.goto("/sign-in");
    await tab.getByRole("button", { name: "Continue with Acme SSO" }).click();
    // Back from the provider: on a page of ours, or at the sign-in page again with what went wrong.
    await tab.waitForURL(
      ({ origin, pathname, searchParams }) =>
        origin === muster.url &&
        !pathname.startsWith("/api/") &&
        (pathname !== "/sign-in" || searchParams.has("error")),
    );
    const isIn = new URL(tab.url()).pathname !== "/sign-in";
    if (isIn) await expect(tab.getByRole("heading", { name: "Acme Works" })).toBeVisible();
    await context.close();
    return isIn;
  };
  oidc.claims = { sub: "1", email: "lin@acme.test", email_verified: false };
  expect(await attempt(), "unproven").toBe(false);
  oidc.claims = { sub: "2", email: "stranger@acme.test", email_verified: true };
  expect(await attempt(), "no account").toBe(false);
  oidc.claims = { sub: "1", email: "lin@acme.test", email_verified: true };
  expect(await attempt(), "proven").toBe(true);
  oidc.claims = { sub: "1", email: "renamed@elsewhere.test", email_verified: false };
  expect(await attempt(), "known by its subject from now on").toBe(true);
});
