import { expect, test } from "@playwright/test";
import { inspectAll } from "@/e2e/support/looks";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { type Muster, makeDataFolder, operateMeanwhile, startMuster } from "@/e2e/support/muster";

// Admins see each email that couldn't be sent with the reason, and can send it again.

const folder = makeDataFolder();
let muster: Muster;
let mails: MailServer;

test.beforeAll(async () => {
  mails = await openMailServer();
  muster = await startMuster({ MUSTER_DATA_DIR: folder.path, SMTP_URL: mails.url, LOG_LEVEL: "silent" });
  await operateMeanwhile(
    folder.path,
    "workspace",
    "create",
    "--name",
    "Acme",
    "--slug",
    "acme",
    "--admin-email",
    "a@acme.test",
  );
});
test.afterAll(async () => {
  await muster?.stop();
  await mails?.close();
  folder.remove();
});

async function invite(email: string): Promise<number> {
  const scope = ["--scope", "user_management:read-write"];
  const create = ["token", "create", "--workspace", "acme", "--name", "T", ...scope];
  const token = (await operateMeanwhile(folder.path, ...create)).trim();
  const response = await fetch(`${muster.url}/api/v1/members`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ email }),
  });
  return response.status;
}

test("A8 an email that was refused is under Members, and leaves when it is sent again", async ({ page }) => {
  const address = "someone.with.a.very.long.name.that.nobody.types@mailbox-that-does-not-exist.partner.test";
  const taken = mails.refuseRecipients(550, /^someone/);
  expect(await invite(address)).toBe(201);
  const link = await operateMeanwhile(folder.path, "sign-in-link", "--email", "a@acme.test");
  await page.goto(/http\S+/.exec(link)?.[0] ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.goto(`${muster.url}/acme/settings/members`);
  const section = page.locator("section").filter({ hasText: "Emails that weren't sent" });
  await expect(section.getByText(address)).toBeVisible();
  await expect(section.getByText("550 no such mailbox")).toBeVisible();
  await inspectAll(page, "unsent-emails");
  taken();
  await section.getByRole("button", { name: `Send again to ${address}` }).click();
  expect((await mails.waitFor(address, /^Join Acme/)).text).toContain("/invite/");
  await expect(section).toBeHidden();
});

test("A8 while the mail server can't be reached, Members says what waits since when", async ({ page }) => {
  await mails.close();
  expect(await invite("guest@partner.test")).toBe(201);
  const link = await operateMeanwhile(folder.path, "sign-in-link", "--email", "a@acme.test");
  await page.goto(/http\S+/.exec(link)?.[0] ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.goto(`${muster.url}/acme/settings/members`);
  await expect(page.getByText(/emails? (?:is|are) waiting because the mail server can't be reached/)).toBeVisible();
  await inspectAll(page, "waiting-emails");
  expect(await operateMeanwhile(folder.path, "doctor")).toContain("ECONNREFUSED");
});
