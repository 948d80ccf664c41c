import { expect, type Page, test } from "@playwright/test";
import { openAsAdmin } from "@/e2e/sign-in";
import { type Muster, makeDataFolder, startMuster } from "@/e2e/support/muster";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// 11.7: focus, feedback and readability, on every page.
test.describe.configure({ mode: "serial" });

const folder = makeDataFolder();
let muster: Muster;
let page: Page;
let token = "";

async function addPerson(userName: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/scim+json" };
  const body = JSON.stringify({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName });
  expect((await fetch(`${muster.url}/scim/v2/Users`, { method: "POST", headers, body })).status).toBe(201);
}

test.beforeAll(async ({ browser }) => {
  token = copyWorkspace(folder.path);
  muster = await startMuster({ MUSTER_DATA_DIR: folder.path });
  page = await openAsAdmin(browser, muster, folder.path);
});

test.afterAll(async () => {
  await page?.context().close();
  await muster?.stop();
  folder.remove();
});

const pick = async (name: string, item: string) => {
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
};

test("11.7 the title has the page and the workspace", async () => {
  for (const [path, title] of [
    ["members", "Members · Acme · Muster"],
    ["provisioning", "Provisioning · Acme · Muster"],
  ] as const) {
    await page.goto(`/acme/settings/${path}`);
    await expect(page).toHaveTitle(title);
  }
});

test("11.7 F11 a form begins in its first field, and what has worked is said", async () => {
  await page.goto("/acme/settings/members");
  await page.getByRole("button", { name: "+ Invite" }).click();
  await expect(page.getByLabel("Email")).toBeFocused();
  await page.getByLabel("Email").fill("guest@partner.test");
  await page.getByRole("button", { name: "Send invite" }).click();
  await expect(page.getByText("An invite was sent to guest@partner.test.")).toBeVisible();
  await page.goto("/acme/settings/security");
  await page.getByRole("switch", { name: /seat/i }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
});

test("11.7 F10 a confirmation begins without the refusal of the one before, and F20 says what its other button does", async () => {
  await page.goto("/acme/settings/members");
  await pick("a@acme.test", "Suspend");
  const dialog = page.getByRole("alertdialog");
  await dialog.getByRole("button", { name: "Suspend" }).click();
  await expect(dialog).toContainText("last admin");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toHaveCount(0);
  await pick("a@acme.test", "Suspend");
  await expect(dialog).toContainText("They lose access");
  await expect(dialog).not.toContainText("last admin");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await pick("guest@partner.test", "Cancel invite");
  await expect(dialog.getByRole("button", { name: "Keep invite" })).toBeFocused();
  await dialog.getByRole("button", { name: "Cancel invite" }).click();
  await expect(page.getByText("The invite of guest@partner.test is cancelled.")).toBeVisible();
});

test("11.7 F15 a confirmation can be read to its end in a window of 320 by 256 pixels", async () => {
  await page.setViewportSize({ width: 320, height: 256 }); // 1280 by 1024 at 400 %
  await page.goto("/acme/settings/members?search=a@acme");
  await pick("a@acme.test", "Suspend");
  const box = await page.getByRole("alertdialog").boundingBox();
  expect(box?.y).toBeGreaterThanOrEqual(0);
  expect((box?.y ?? 0) + (box?.height ?? 999)).toBeLessThanOrEqual(256);
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).click();
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("11.7 F9 what has just happened isn't in the future", async () => {
  await page.goto("/acme/settings/provisioning");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.waitForTimeout(4_000); // the clock of the page stands for a while
  await addPerson("new@acme.test");
  await expect(page.getByRole("button", { name: /new@acme\.test/ }).first()).toContainText("just now");
  await expect(page.getByText("in a moment")).toHaveCount(0);
});

test("11.7 F16 the log isn't live without a network", async () => {
  await page.goto("/acme/settings/provisioning");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.context().setOffline(true);
  await expect(page.getByText("Live", { exact: true })).toHaveCount(0);
  await page.context().setOffline(false);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
});

test("11.7 F14 with forced colours, what is on differs from what is off", async () => {
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto("/acme/settings/security");
  const look = (name: RegExp) =>
    page.getByRole("switch", { name }).evaluate((element) => {
      const { backgroundColor, outlineStyle } = getComputedStyle(element);
      return { backgroundColor, outlineStyle };
    });
  const [on, off] = [await look(/Accept|provisioning/i), await look(/Strict|Reject/i)];
  expect(on.backgroundColor).not.toBe(off.backgroundColor);
  expect([on.outlineStyle, off.outlineStyle]).toEqual(["solid", "solid"]);
  await page.emulateMedia({ forcedColors: "none" });
});

test("11.7 F18 fields on a phone have 16 px, so that it doesn't zoom into them", async () => {
  await page.setViewportSize({ width: 375, height: 812 });
  await page.goto("/acme/settings/members");
  const size = await page.getByRole("searchbox").evaluate((field) => getComputedStyle(field).fontSize);
  expect(size).toBe("16px");
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("11.4 F23 what needs an admin is said on every page, and leads to where it is mended", async () => {
  await page.goto("/acme/settings/members");
  const notices = page.getByRole("list", { name: "Needs attention" });
  await expect(notices).toHaveCount(0);
  await page.goto("/acme/settings/developers");
  await page.getByRole("button", { name: "Actions for SCIM" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await page
    .getByRole("alertdialog")
    .getByRole("button", { name: /Revoke/ })
    .click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await page.goto("/acme/settings/members");
  await expect(notices).toContainText("Provisioning by Identity provider has stopped");
  await notices.getByRole("link", { name: "Open Provisioning" }).click();
  await expect(page).toHaveURL(/provisioning$/);
  await expect(notices).toHaveCount(0); // the page says it in full
});
