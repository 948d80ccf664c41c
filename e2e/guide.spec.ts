import { mkdirSync } from "node:fs";
import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { Wire } from "@/e2e/idp/entra/connector/wire";
import { Job } from "@/e2e/idp/entra/job";
import { defaultKnobs } from "@/e2e/idp/entra/knobs";
import { makeGuest } from "@/e2e/idp/entra/scenarios/scenarios";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { type Muster, makeDataFolder, operate, startMuster, startNextAlone } from "@/e2e/support/muster";

// The steps of docs/guide.md, with nothing faked but the identity provider's side of the wire.
test.describe.configure({ mode: "serial" });

const folder = makeDataFolder();
const pictures = "test-results/guide";
const domain = "acme.test";
let dns: DnsServer;
let mail: MailServer;
let muster: Muster;
let context: BrowserContext;
let page: Page;
let secret = "";

/** Entra's half: a client that knows no more than the address and the token. */
function entra(): { wire: Wire; job: Job } {
  const wire = new Wire(`${muster.url}/scim/v2`, secret, defaultKnobs.flag);
  return { wire, job: new Job(wire, defaultKnobs) };
}

/** The picture of a step, with nothing moving in it. */
async function picture(name: string): Promise<void> {
  await page.screenshot({ path: `${pictures}/${name}.png`, animations: "disabled", caret: "hide" });
}

test.beforeAll(async ({ browser }) => {
  mkdirSync(pictures, { recursive: true });
  dns = await openDnsServer();
  mail = await openMailServer();
  muster = await startMuster({
    MUSTER_DATA_DIR: folder.path,
    MUSTER_DNS_SERVERS: dns.address,
    SMTP_URL: mail.url,
    MUSTER_INVITE_DELAY: "0",
  });
  context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], baseURL: muster.url });
  page = await context.newPage();
});

// biome-ignore lint/correctness/noEmptyPattern: Playwright gives its second argument only after a pattern
test.afterEach(({}, { status, expectedStatus }) => {
  if (status !== expectedStatus) process.stdout.write(muster.output());
});

test.afterAll(async () => {
  await context?.close();
  await muster?.stop();
  await dns?.close();
  await mail?.close();
  folder.remove();
});

test("1 the setup link makes the workspace and its first admin", async () => {
  expect(muster.setupLink, "npm start prints the setup link").toBeDefined();
  await page.goto(muster.setupLink ?? "");
  await page.getByLabel("Workspace name").fill("Acme");
  await expect(page.getByLabel("Workspace URL")).toHaveValue("acme");
  await page.getByLabel("First name").fill("Grace");
  await page.getByLabel("Last name").fill("Hopper");
  await page.getByLabel("Your email").fill("grace@acme.test");
  await picture("1-setup");
  await page.getByRole("button", { name: "Create workspace" }).click();
  await expect(page.getByRole("heading", { name: "Security", level: 1 })).toBeVisible();
  await page.goto(muster.setupLink ?? "");
  await expect(page.getByLabel("Workspace name"), "the link is dead once there is a workspace").toHaveCount(0);
});

test("2 the workspace menu opens the settings", async () => {
  await page.goto("/acme");
  await page.getByRole("button", { name: /Acme/ }).click();
  await picture("2-menu");
  await page.getByRole("menuitem", { name: "Workspace settings" }).click();
  await page.getByRole("link", { name: "Security" }).click();
  await expect(page.getByRole("heading", { name: "Domain verification" })).toBeVisible();
});

test("3 a domain is verified by a real DNS answer", async () => {
  await page.getByRole("button", { name: "+ Add domain" }).click();
  await page.getByLabel("Domain", { exact: true }).fill("  ACME.test. ");
  await page.getByRole("button", { name: "Add domain", exact: true }).click();
  await expect(page.getByText("_muster-challenge.acme.test")).toBeVisible();
  const value = (await page.getByText(/^muster-verify=/).textContent()) ?? "";
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText(/doesn't exist in DNS/)).toBeVisible();
  await picture("3-domain-record");

  dns.set(domain, { kind: "empty" });
  dns.set(`_muster-challenge.${domain}`, { kind: "txt", values: [value] });
  await expect(async () => {
    await page.getByRole("button", { name: "Check now" }).click(); // the very same again within a moment would be a double click
    await expect(page.getByText("Verified", { exact: true })).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 30_000 });
  await picture("4-domain-verified");
});

test("4 an access token with User Management: Read-write is made, shown once and copied", async () => {
  await page.getByRole("link", { name: "Developers" }).click();
  await expect(page.getByRole("heading", { name: "Developers", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "+ New access token" }).click();
  await page.getByLabel("Name", { exact: true }).fill("SCIM Management");
  await page.getByRole("radiogroup", { name: "User Management" }).getByRole("radio", { name: "Read-write" }).click();
  await picture("5-new-token");
  await page.getByRole("button", { name: "Create token" }).click();

  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(/^mst_/)).toBeVisible();
  await picture("6-token-secret");
  await page.mouse.click(5, 5); // a stray click beside the dialog
  await page.keyboard.press("Escape");
  await expect(dialog.getByText(/^mst_/), "the secret survives a stray click").toBeVisible();
  await dialog.getByRole("button", { name: /copy/i }).click();
  secret = await page.evaluate(() => navigator.clipboard.readText());
  expect(secret).toMatch(/^mst_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$/);
  await dialog.getByRole("checkbox").click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("SCIM Management")).toBeVisible();
  await expect(page.getByText(secret), "and is nowhere afterwards").toHaveCount(0);
});

test("5 Entra's Test connection succeeds", async () => {
  const { wire, job } = entra();
  await job.testConnection();
  wire.close();
  await page.getByRole("link", { name: "Provisioning" }).click();
  await expect(page.getByText("Healthy")).toBeVisible();
  await expect(page.getByText("Read", { exact: true }).first()).toBeVisible();
  await picture("7-connected");
});

test("6 a person provisioned on demand is a member at once, and has got the mail", async () => {
  const person = makeGuest(domain, { givenName: "Lin", surname: "Okafor", nickname: "lin.okafor" });
  const { wire, job } = entra();
  await job.provisionOnDemand(person);
  wire.close();

  await expect(page.getByText("Member added").first(), "the log is live").toBeVisible();
  await picture("8-request-log");

  const welcome = await mail.waitFor(person.userPrincipalName, /Acme/);
  expect(welcome.text).toContain("Acme");

  await page.getByRole("link", { name: "Members" }).click();
  await expect(page.getByRole("heading", { name: "Members", level: 1 })).toBeVisible();
  await expect(page.getByText(person.userPrincipalName)).toBeVisible();
  await picture("9-members");
});

test("7 the new member signs in by the mailed link and sees no settings", async ({ browser }) => {
  const own = await browser.newContext({ baseURL: muster.url });
  const tab = await own.newPage();
  await tab.goto("/acme");
  await tab.getByLabel("Email").fill("Lin.Okafor@acme.test");
  await tab.getByRole("button", { name: "Send sign-in link" }).click();
  await expect(tab.getByText("Check your email")).toBeVisible();
  const { text } = await mail.waitFor("lin.okafor@acme.test", /sign in/i);
  await tab.goto(/http:\/\/\S+confirm\?\S+/.exec(text)?.[0] ?? "/no-link-in-the-mail");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();
  await tab.goto("/acme/settings/security");
  await expect(tab.getByText("Only admins")).toBeVisible();
  await expect(tab.getByText("Domain verification")).toHaveCount(0);
  await own.close();
});

test("8 somebody on another domain is invited, and joins by the mailed link", async ({ browser }) => {
  const guest = makeGuest("partner.test", { givenName: "Mo", surname: "Partner", nickname: "mo" });
  const { wire, job } = entra();
  await job.provisionOnDemand(guest);
  wire.close();
  await page.reload();
  await expect(page.getByText("Invited", { exact: true }).locator("visible=true")).toBeVisible();
  const { text } = await mail.waitFor("mo@partner.test", /Acme/);
  const own = await browser.newContext({ baseURL: muster.url });
  const tab = await own.newPage();
  await tab.goto(/http:\/\/\S+\/invite\/\S+/.exec(text)?.[0] ?? "/no-link-in-the-mail");
  await tab.getByRole("button", { name: "Join Acme" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();
  await own.close();
});

test("9 Entra suspends a person: their open page ends with the next request", async ({ browser }) => {
  const own = await browser.newContext({ baseURL: muster.url });
  const tab = await own.newPage();
  await tab.goto("/sign-in");
  await tab.getByLabel("Email").fill("lin.okafor@acme.test");
  await tab.getByRole("button", { name: "Send sign-in link" }).click();
  await expect
    .poll(
      () =>
        mail.mails.filter(({ to, subject }) => to.includes("lin.okafor@acme.test") && /sign in/i.test(subject)).length,
    )
    .toBe(2);
  const { text } = mail.mails.filter(({ subject }) => /sign in/i.test(subject)).at(-1) ?? { text: "" };
  await tab.goto(/http:\/\/\S+confirm\?\S+/.exec(text)?.[0] ?? "/no-link-in-the-mail");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();

  const wire = new Wire(`${muster.url}/scim/v2`, secret, false);
  const [lin] = await wire.list(`/Users?filter=${encodeURIComponent('userName eq "lin.okafor@acme.test"')}`);
  const operation = { op: "Replace", path: "active", value: "False" };
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
  const answer = await wire.send("PATCH", `/Users/${lin?.id}`, { schemas, Operations: [operation] });
  expect(answer.status).toBe(200);
  wire.close();
  await tab.reload();
  await expect(tab.getByRole("button", { name: "Send sign-in link" })).toBeVisible();
  await own.close();
});

test("10 seats: with the limit reached a new person is refused until Automatic seat assignment is on", async () => {
  operate(folder.path, "seats", "set", "--workspace", "acme", "--limit", "2");
  const next = makeGuest(domain, { givenName: "Ida", surname: "Next", nickname: "ida.next" });
  const before = entra();
  await expect(before.job.provisionOnDemand(next)).rejects.toThrow(/Automatic seat assignment/);
  before.wire.close();
  await page.getByRole("link", { name: "Security" }).click();
  await page.getByRole("switch", { name: "Automatic seat assignment" }).click();
  await expect(page.getByRole("switch", { name: "Automatic seat assignment" })).toBeChecked();
  await picture("10-seats");
  const after = entra();
  await after.job.provisionOnDemand(next);
  after.wire.close();
});

test("11 a token revoked in the browser is refused at the very next request, on each door", async () => {
  const routeHandler = await startNextAlone(folder.path);
  const headers = { authorization: `Bearer ${secret}` };
  const statuses = () =>
    Promise.all(
      [muster.url, routeHandler.url].map(
        async (url) => (await fetch(`${url}/scim/v2/Users?count=1`, { headers })).status,
      ),
    );
  expect(await statuses()).toEqual([200, 200]);
  await page.getByRole("link", { name: "Developers" }).click();
  await page.getByRole("button", { name: "Actions for SCIM Management" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  const revoked = page.waitForResponse((response) => response.request().method() === "DELETE");
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  expect((await revoked).ok()).toBe(true);
  expect(await statuses()).toEqual([401, 401]);
  await routeHandler.stop();
});
