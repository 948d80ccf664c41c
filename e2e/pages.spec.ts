import { type Browser, expect, type Page, test } from "@playwright/test";
import { type FullWorkspace, openFullWorkspace } from "@/e2e/full-workspace";
import { Wire } from "@/e2e/idp/entra/connector/wire";
import { dress, inspect, inspectAll } from "@/e2e/support/looks";
import { operate } from "@/e2e/support/muster";

// Every page with people, teams and requests in it: both themes, wide and narrow, by axe's rules, without a word in the console.

let full: FullWorkspace;

test.beforeAll(async () => {
  full = await openFullWorkspace();
});

test.afterAll(() => full?.close());

/** A tab that is signed in as the admin and keeps what the console says. */
async function openTab(browser: Browser): Promise<{ page: Page; said: string[] }> {
  const context = await browser.newContext({ baseURL: full.muster.url });
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) said.push(message.text());
  });
  page.on("pageerror", (error) => said.push(error.message));
  const link = operate(full.folder, "sign-in-link", "--email", "a@acme.test");
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
  { name: "general", path: () => "/acme/settings/general", wait: "Part of every URL" },
  { name: "members", path: () => "/acme/settings/members", wait: "guest@partner.test" },
  {
    name: "members-filter",
    path: () => "/acme/settings/members?role=member&problem=yes&density=compact",
    wait: "Clear filters",
    open: async (page) => {
      await page.getByRole("button", { name: "Filter", exact: true }).click();
      await expect(page.getByLabel("Email domain")).toBeVisible();
    },
  },
  {
    name: "members-bulk",
    path: () => "/acme/settings/members?role=member",
    wait: "guest@partner.test",
    open: async (page) => {
      await page.getByRole("checkbox", { name: "Select all that are loaded" }).click();
      await page.getByRole("button", { name: "Suspend", exact: true }).click();
      await expect(page.getByRole("dialog")).toContainText("left out");
    },
  },
  { name: "member", path: () => full.memberPath, wait: "is not verified" },
  { name: "teams", path: () => "/acme/settings/teams", wait: "Team 1" },
  {
    name: "teams-filter",
    path: () => "/acme/settings/teams?empty=yes&role=none&sort=members&desc=yes",
    wait: "Clear filters",
    open: async (page) => {
      await page.getByRole("button", { name: "Filter", exact: true }).click();
      await expect(page.getByLabel("Role it gives")).toBeVisible();
    },
  },
  { name: "team", path: () => full.teamPath, wait: "@acme.test" },
  {
    name: "team-role",
    path: () => full.teamPath,
    wait: "@acme.test",
    open: async (page) => {
      await page.getByLabel("People in this team are").selectOption("Admin");
      await expect(page.getByRole("alertdialog")).toContainText("stay members");
    },
  },
  { name: "team-history", path: () => `${full.teamPath}?show=history`, wait: "POST request" },
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
  { name: "webhooks", path: () => "/acme/settings/webhooks", wait: "Muster turned this webhook off" },
  {
    name: "new-webhook",
    path: () => "/acme/settings/webhooks",
    wait: "Billing",
    open: async (page) => {
      await inDialog(page, "+ New webhook");
      await page.getByLabel("Events").selectOption("Only these …");
    },
  },
  { name: "webhook", path: () => full.webhookPath, wait: "team.created" },
  {
    name: "delivery",
    path: () => full.webhookPath,
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
  { name: "not-found", path: () => "/nowhere/settings", wait: "Page not found" },
  { name: "dev-mailbox", path: () => "/dev/mailbox", wait: "Mailbox" },
];

/** Pages for people who are not signed in. */
const openSteps: Step[] = [
  { name: "sign-in", path: () => "/sign-in", wait: "Send sign-in link" },
  { name: "invite", path: () => full.invitePath, wait: "already has an account" },
  { name: "address", path: () => full.addressPath, wait: "Change your sign-in email" },
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
  operate(full.folder, "domain", "add", ...acme, "--domain", `${"sub-domain.".repeat(17)}acme.test`);
  operate(full.folder, "client", "create", ...acme, "--name", long(100), ...scope);
  const made = operate(
    full.folder,
    "token",
    "create",
    ...acme,
    "--name",
    long(100),
    ...scope,
    "--connection",
    long(60),
  );
  const wire = new Wire(`${full.muster.url}/scim/v2`, made.trim(), false);
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
    for (const name of [
      "members?search=unbreak",
      "teams",
      `teams/${teamId}`,
      "security",
      "developers",
      "provisioning",
      "seats",
    ]) {
      await page.goto(`/acme/settings/${name}`);
      await expect(
        page
          .getByText(/Unbreakable|sub-domain|aaaaa/)
          .locator("visible=true")
          .first(),
      ).toBeVisible();
      await inspect(page, `long-${name.replace(/\W.*/, "-one")}-light-${width}`);
    }
    await page.goto("/acme/settings/members?search=Unbreakable");
    const menu = page.getByRole("button", { name: /^Actions for Unbreakable/ });
    await expect(menu, "the person can be managed").toBeInViewport({ ratio: 1 });
    await expect(page.getByRole("table").getByText("Unbreakable").first()).toBeVisible();
    await page.context().close();
  }
});

test("the page's policy lets no script in without its nonce", async ({ page }) => {
  const response = await page.goto(`${full.muster.url}/sign-in`);
  const policy = response?.headers()["content-security-policy"] ?? "";
  expect(policy).toMatch(/script-src 'nonce-[\w+/=]+' 'strict-dynamic'/);
  expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
  const again = await page.goto(`${full.muster.url}/sign-in`);
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
  expect((await request.get(`${full.muster.url}/dev/mailbox`)).status()).toBe(200);
  const headers = { "x-forwarded-for": "203.0.113.7" };
  expect((await request.get(`${full.muster.url}/dev/mailbox`, { headers })).status()).toBe(404);
});
