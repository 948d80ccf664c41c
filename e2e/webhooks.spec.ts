import { type Browser, expect, type Page, test } from "@playwright/test";
import { Webhook } from "standardwebhooks";
import { type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";
import { openWebhookReceiver, type WebhookReceiver } from "@/e2e/support/webhook-receiver";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// What an admin does with webhooks, in the browser, with a receiver that verifies what it gets.
test.describe.configure({ mode: "serial" });

const folder = makeDataFolder();
let receiver: WebhookReceiver;
let muster: Muster;
let page: Page;
let secret = "";

async function signIn(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: muster.url, permissions: ["clipboard-read", "clipboard-write"] });
  const tab = await context.newPage();
  const link = operate(folder.path, "sign-in-link", "--email", "a@acme.test");
  await tab.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();
  return tab;
}

test.beforeAll(async ({ browser }) => {
  receiver = await openWebhookReceiver();
  copyWorkspace(folder.path);
  muster = await startMuster({ MUSTER_DATA_DIR: folder.path, MUSTER_OUTGOING_LOOPBACK: "on" });
  page = await signIn(browser);
});

test.afterAll(async () => {
  await page?.context().close();
  await muster?.stop();
  receiver?.close();
  folder.remove();
});

async function pick(item: string): Promise<void> {
  await page.getByRole("button", { name: "Actions for Billing" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** The secret of the dialog that shows it once. */
async function storeSecret(): Promise<string> {
  await page.getByRole("button", { name: "Copy secret" }).click();
  const shown = (await page.getByTestId("secret").textContent()) ?? "";
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shown);
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("secret"), "a stray key does not lose it").toBeVisible();
  await page.getByRole("checkbox", { name: "I've saved it" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  return shown;
}

const last = () => receiver.received.at(-1);
const verified = (by: string) =>
  new Webhook(by).verify(last()?.body ?? "", last()?.headers as Record<string, string>) as { type: string };

test("a webhook is refused where it leads inside, then made; its secret is shown once", async () => {
  await page.goto("/acme/settings/webhooks");
  await expect(page.getByText("No webhooks yet")).toBeVisible();
  await page.getByRole("button", { name: "+ New webhook" }).click();
  await expect(page.getByRole("button", { name: "Create webhook" })).toBeDisabled();
  await page.getByLabel("URL").fill("https://169.254.169.254/latest");
  await page.getByRole("button", { name: "Create webhook" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "in an internal network" })).toBeVisible();
  await page.getByLabel("URL").fill(`${receiver.url}/muster`);
  await page.getByLabel("Description").fill("Billing");
  await page.getByLabel("Events").selectOption("Only these …");
  await page.getByRole("button", { name: "Choose all of Teams" }).click();
  await page.getByRole("checkbox", { name: /membership\.created/ }).click();
  await expect(page.getByText("4 chosen.")).toBeVisible();
  await page.getByRole("button", { name: "Create webhook" }).click();
  secret = await storeSecret();
  expect(secret).toMatch(/^whsec_/);
  await expect(page.getByText("4 events · nothing sent yet")).toBeVisible();
  expect(await page.content()).not.toContain(secret);
});

test("a test event arrives, verifies, and is in the log with its payload", async () => {
  await page.getByRole("link", { name: "Billing" }).click();
  await expect(page.getByText("Nothing sent yet.")).toBeVisible();
  await page.getByRole("button", { name: "Send test event" }).click();
  await page.getByRole("button", { name: /Delivered.*webhook\.test/ }).click();
  expect(verified(secret).type).toBe("webhook.test");
  await expect(page.getByRole("region", { name: "Payload, body" })).toContainText('"type": "webhook.test"');
  await expect(page.getByText("204", { exact: true })).toBeVisible();
});

test("sent again it arrives under the same id", async () => {
  const before = last()?.headers["webhook-id"];
  await page.getByRole("button", { name: "Send again" }).click();
  await expect.poll(() => receiver.received.length).toBe(2);
  expect(last()?.headers["webhook-id"]).toBe(before);
  await expect(page.getByRole("dialog").getByRole("listitem")).toHaveCount(2);
  await page.getByRole("button", { name: "Close" }).click();
});

test("what happens in the workspace arrives at once, and nothing else", async () => {
  operate(folder.path, "domain", "add", "--workspace", "acme", "--domain", "acme-labs.test");
  await page.goto("/acme/settings/teams");
  await page.getByRole("button", { name: "+ New team" }).first().click();
  await page.getByLabel("Name").fill("Design");
  await page.getByRole("button", { name: "Create team" }).click();
  await expect.poll(() => receiver.received.length).toBe(3);
  expect(verified(secret)).toMatchObject({ type: "team.created", data: { subject: { name: "Design" } } });
});

test("after a rotation both secrets verify", async () => {
  await page.goto("/acme/settings/webhooks");
  await pick("Rotate secret");
  await page.getByRole("button", { name: "Create new secret" }).click();
  const fresh = await storeSecret();
  await expect(page.getByText("Two secrets")).toBeVisible();
  await page.getByRole("link", { name: "Billing" }).click();
  await page.getByRole("button", { name: "Send test event" }).click();
  await expect.poll(() => receiver.received.length).toBe(4);
  for (const known of [secret, fresh]) expect(verified(known).type).toBe("webhook.test");
});

test("off, nothing is sent; gone, the page says so and offers the way back", async () => {
  await pick("Turn off");
  await page.getByRole("alertdialog").getByRole("button", { name: "Turn off" }).click();
  await expect(page.getByText("Off", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Send test event" })).toBeDisabled();
  await pick("Turn on");
  await expect(page.getByText("On", { exact: true })).toBeVisible();
  receiver.answerWith({ status: 410 });
  await page.getByRole("button", { name: "Send test event" }).click();
  await expect(page.getByText(/Muster turned this webhook off\. It answered 410 Gone/)).toBeVisible();
  receiver.answerWith({ status: 200 });
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByText("On", { exact: true })).toBeVisible();
});

test("edited, it hears of other events; deleted, it is gone with its log", async () => {
  await pick("Edit");
  await page.getByRole("dialog").getByLabel("Events").selectOption("All events");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Subscribed to all events.")).toBeVisible();
  await pick("Delete webhook");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete webhook" }).click();
  await expect(page.getByText("No webhooks yet")).toBeVisible();
});
