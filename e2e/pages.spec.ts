import { type Browser, expect, type Page, test } from "@playwright/test";
import { Wire } from "@/e2e/idp/entra/connector/wire";
import { makeDirectory } from "@/e2e/idp/entra/directory";
import { Job } from "@/e2e/idp/entra/job";
import { defaultKnobs } from "@/e2e/idp/entra/knobs";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { dress, inspect, inspectAll } from "@/e2e/support/looks";
import { type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";
import { openWebhookReceiver, type WebhookReceiver } from "@/e2e/support/webhook-receiver";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// Every page with people, teams and requests in it: both themes, wide and narrow, by axe's rules, without a word in the console.

const folder = makeDataFolder();
let dns: DnsServer;
let muster: Muster;
let teamPath = "";
let webhookPath = "";
let invitePath = "";
let addressPath = "";
let receivers: WebhookReceiver[] = [];

/** Somebody of this workspace who is an admin of another one, invited by a third, and whose address is to change. */
async function makeShared(wire: Wire): Promise<void> {
  const address = "ana@acme.test";
  const made = await wire.send("POST", "/Users", { schemas: [userSchema], userName: address });
  operate(folder.path, "workspace", "create", "--name", "Beta", "--slug", "beta", "--admin-email", address);
  operate(folder.path, "workspace", "create", "--name", "Gamma", "--slug", "gamma", "--admin-email", "g@gamma.test");
  const scope = ["--scope", "user_management:read-write"];
  const token = operate(folder.path, "token", "create", "--workspace", "gamma", "--name", "Product", ...scope).trim();
  await fetch(`${muster.url}/api/v1/members`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ email: address }),
  });
  const operations = [{ op: "Replace", path: "userName", value: "ana.new@acme.test" }];
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
  await wire.send("PATCH", `/Users/${(made.body as { id: string }).id}`, { schemas, Operations: operations });
  const printed = (path: string) => new RegExp(`${path}/[\\w-]+`).exec(muster.output())?.[0] ?? "";
  await expect.poll(() => printed("/invite") && printed("/account/address")).toBeTruthy();
  invitePath = printed("/invite");
  addressPath = printed("/account/address");
}

const userSchema = "urn:ietf:params:scim:schemas:core:2.0:User";

/** Three webhooks: one that is heard, one that nobody hears, and one that says that it is gone. */
async function makeWebhooks(): Promise<void> {
  receivers = [await openWebhookReceiver(), await openWebhookReceiver()];
  const [heard, gone] = receivers;
  gone?.answerWith({ status: 410 });
  const scopes = ["webhook", "user_management", "domain", "audit_log", "workspace"].flatMap((resource) => [
    "--scope",
    `${resource}:read-write`,
  ]);
  const token = operate(folder.path, "token", "create", "--workspace", "acme", "--name", "Product", ...scopes).trim();
  const make = async (input: object) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(input) };
    return (await (await fetch(`${muster.url}/api/v1/webhooks`, init)).json()) as { webhook: { id: string } };
  };
  const { webhook } = await make({ url: `${heard?.url}/webhooks/muster`, description: "Billing" });
  await make({ url: "http://127.0.0.1:9/hook", events: ["membership.created", "membership.suspended"] });
  await make({ url: `${gone?.url}/old-crm`, description: "Old CRM", events: ["team.created"] });
  webhookPath = `/acme/settings/webhooks/${webhook.id}`;
}

test.beforeAll(async () => {
  dns = await openDnsServer();
  const token = copyWorkspace(folder.path);
  muster = await startMuster({
    MUSTER_DATA_DIR: folder.path,
    MUSTER_DNS_SERVERS: dns.address,
    MUSTER_OUTGOING_LOOPBACK: "on",
  });
  await makeWebhooks();
  operate(folder.path, "domain", "add", "--workspace", "acme", "--domain", "acme-labs.test");
  operate(
    folder.path,
    "token",
    "create",
    "--workspace",
    "acme",
    "--name",
    "Auditor",
    "--scope",
    "audit_log:read",
    "--expires",
    "2031-01-31",
  );
  const wire = new Wire(`${muster.url}/scim/v2`, token, false);
  const directory = makeDirectory("acme.test", 24, 3);
  await new Job(wire, defaultKnobs).cycle(directory);
  const [team] = await wire.list("/Groups?excludedAttributes=members");
  teamPath = `/acme/settings/teams/${team?.id}`;
  await makeShared(wire);
  await wire.send("POST", "/Users", { schemas: [userSchema], userName: "guest@partner.test" });
  await fetch(`${muster.url}/scim/v2/Users?filter=${encodeURIComponent('badge eq "7"')}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  wire.close();
});

test.afterAll(async () => {
  await muster?.stop();
  await dns?.close();
  for (const receiver of receivers) receiver.close();
  folder.remove();
});

/** A tab that is signed in as the admin and keeps what the console says. */
async function openTab(browser: Browser): Promise<{ page: Page; said: string[] }> {
  const context = await browser.newContext({ baseURL: muster.url });
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) said.push(message.text());
  });
  page.on("pageerror", (error) => said.push(error.message));
  const link = operate(folder.path, "sign-in-link", "--email", "a@acme.test");
  await page.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Acme" })).toBeVisible();
  return { page, said };
}

type Step = { name: string; path: () => string; wait: string; open?: (page: Page) => Promise<void> };

const inDialog = async (page: Page, button: string) => {
  await page.getByRole("button", { name: button }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
};

const steps: Step[] = [
  { name: "home", path: () => "/acme", wait: "You are signed in" },
  { name: "general", path: () => "/acme/settings/general", wait: "Part of every link" },
  { name: "members", path: () => "/acme/settings/members", wait: "guest@partner.test" },
  { name: "teams", path: () => "/acme/settings/teams", wait: "Team 1" },
  { name: "team", path: () => teamPath, wait: "@acme.test" },
  { name: "security", path: () => "/acme/settings/security", wait: "acme-labs.test" },
  {
    name: "add-domain",
    path: () => "/acme/settings/security",
    wait: "acme-labs.test",
    open: (page) => inDialog(page, "+ Add domain"),
  },
  { name: "developers", path: () => "/acme/settings/developers", wait: "Auditor" },
  {
    name: "new-token",
    path: () => "/acme/settings/developers",
    wait: "Auditor",
    open: (page) => inDialog(page, "+ New access token"),
  },
  { name: "webhooks", path: () => "/acme/settings/webhooks", wait: "Switched off by Muster" },
  {
    name: "new-webhook",
    path: () => "/acme/settings/webhooks",
    wait: "Billing",
    open: async (page) => {
      await inDialog(page, "+ New webhook");
      await page.getByLabel("Events").selectOption("Only these …");
    },
  },
  { name: "webhook", path: () => webhookPath, wait: "team.created" },
  {
    name: "delivery",
    path: () => webhookPath,
    wait: "team.created",
    open: async (page) => {
      await page
        .getByRole("button", { name: /team.created/ })
        .first()
        .click();
      await expect(page.getByText("204", { exact: true })).toBeVisible();
    },
  },
  { name: "provisioning", path: () => "/acme/settings/provisioning", wait: "invalidFilter|Refused" },
  {
    name: "request",
    path: () => "/acme/settings/provisioning?status=error",
    wait: "badge eq",
    open: async (page) => {
      await page.getByRole("button", { name: /badge eq/ }).click();
      await expect(page.getByText("invalidFilter", { exact: true })).toBeVisible();
    },
  },
  { name: "seats", path: () => "/acme/settings/seats", wait: "Taken" },
  { name: "account", path: () => "/account", wait: "This session" },
  { name: "not-found", path: () => "/nowhere/settings", wait: "There is nothing here" },
  { name: "dev-mailbox", path: () => "/dev/mailbox", wait: "Mailbox" },
];

/** Pages for people who are not signed in. */
const openSteps: Step[] = [
  { name: "sign-in", path: () => "/sign-in", wait: "Send sign-in link" },
  { name: "invite", path: () => invitePath, wait: "already has an account" },
  { name: "address", path: () => addressPath, wait: "Change your sign-in email" },
  { name: "address-dead", path: () => "/account/address/nothing", wait: "no longer works" },
];

/** Scripts run by a nonce and by nothing else (T30). */
const nonceOnly = /^default-src 'self'; script-src 'nonce-[\w+/=]{20,}' 'strict-dynamic';/;

test("every page, in both themes, wide and narrow", async ({ browser }) => {
  test.setTimeout(600_000);
  const { page, said } = await openTab(browser);
  for (const { name, path, wait, open } of steps) {
    const response = await page.goto(path());
    expect.soft(response?.headers()["content-security-policy"], `A9 the policy of ${name}`).toMatch(nonceOnly);
    await expect(page.getByText(new RegExp(wait)).locator("visible=true").first()).toBeVisible();
    await open?.(page);
    await inspectAll(page, name);
  }
  const unexpected = said.filter((text) => !/404 \(Not Found\)/.test(text)); // the page that is not there
  expect(unexpected).toEqual([]);
  await page.context().clearCookies();
  for (const { name, path, wait } of openSteps) {
    await page.goto(path());
    await expect(page.getByText(new RegExp(wait)).first()).toBeVisible();
    await inspectAll(page, name);
  }
  await page.context().close();
});

/** A workspace in which everything has the longest name that it may have, without a space to break at. */
async function makeLongNames(): Promise<{ teamId: string }> {
  const long = (length: number) => "Unbreakable".repeat(20).slice(0, length);
  const acme = ["--workspace", "acme"];
  const scope = ["--scope", "user_management:read-write"];
  operate(folder.path, "domain", "add", ...acme, "--domain", `${"sub-domain.".repeat(17)}acme.test`);
  operate(folder.path, "client", "create", ...acme, "--name", long(100), ...scope);
  const made = operate(
    folder.path,
    "token",
    "create",
    ...acme,
    "--name",
    long(100),
    ...scope,
    "--connection",
    long(60),
  );
  const wire = new Wire(`${muster.url}/scim/v2`, made.trim(), false);
  const person = await wire.send("POST", "/Users", {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName: `${"a".repeat(60)}@acme.test`,
    name: { givenName: long(100), familyName: long(100) },
  });
  const group = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], displayName: long(200) };
  const team = await wire.send("POST", "/Groups", {
    ...group,
    members: [{ value: (person.body as { id: string }).id }],
  });
  wire.close();
  return { teamId: (team.body as { id: string }).id };
}

test("names without a space to break at stay in their place", async ({ browser }) => {
  const { teamId } = await makeLongNames();
  for (const width of [1280, 375]) {
    const { page } = await openTab(browser);
    await dress(page, { theme: "light", width });
    for (const name of ["members", "teams", `teams/${teamId}`, "security", "developers", "provisioning", "seats"]) {
      await page.goto(`/acme/settings/${name}`);
      await expect(
        page
          .getByText(/Unbreakable|sub-domain|aaaaa/)
          .locator("visible=true")
          .first(),
      ).toBeVisible();
      await inspect(page, `long-${name.replace(/\/.*/, "-one")}-light-${width}`);
    }
    await page.goto("/acme/settings/members?search=Unbreakable");
    const menu = page.getByRole("button", { name: /^Actions for Unbreakable/ });
    await expect(menu, "the person can be managed").toBeInViewport({ ratio: 1 });
    await expect(page.getByRole("listitem").getByText("Unbreakable").first()).toBeVisible();
    await page.context().close();
  }
});

test("the page's policy lets no script in without its nonce", async ({ page }) => {
  const response = await page.goto(`${muster.url}/sign-in`);
  const policy = response?.headers()["content-security-policy"] ?? "";
  expect(policy).toMatch(/script-src 'nonce-[\w+/=]+' 'strict-dynamic'/);
  expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
  const again = await page.goto(`${muster.url}/sign-in`);
  expect(again?.headers()["content-security-policy"], "a new nonce each time").not.toBe(policy);
  const ran = await page.evaluate(async () => {
    const tag = '<img src=x onerror="window.strangerRan = true">';
    document.body.insertAdjacentHTML("beforeend", tag);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return "strangerRan" in window;
  });
  expect(ran).toBe(false);
});

test("the mailbox is open to this machine only, also behind a proxy", async ({ request }) => {
  expect((await request.get(`${muster.url}/dev/mailbox`)).status()).toBe(200);
  const headers = { "x-forwarded-for": "203.0.113.7" };
  expect((await request.get(`${muster.url}/dev/mailbox`, { headers })).status()).toBe(404);
});
