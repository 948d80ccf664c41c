import { expect, type Page, test } from "@playwright/test";
import { openAsAdmin } from "@/e2e/sign-in";
import { type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// 11.1 and 11.2: everybody has a page, and the table carries many people.
test.describe.configure({ mode: "serial" });

const folder = makeDataFolder();
let muster: Muster;
let page: Page;
let token = "";

const scim = (method: string, path: string, body: object) =>
  fetch(`${muster.url}/scim/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    body: JSON.stringify(body),
  }).then((response) => response.json() as Promise<{ id: string }>);

const person = (number: number) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName: `p${number}@acme.test`,
  displayName: `Person ${String(number).padStart(3, "0")}`,
});

const patch = (path: string, value: unknown) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: [{ op: "Replace", path, value }],
});

let first = "";

test.beforeAll(async ({ browser }) => {
  token = copyWorkspace(folder.path);
  muster = await startMuster({ MUSTER_DATA_DIR: folder.path });
  first = (await scim("POST", "/Users", person(1))).id;
  for (let number = 2; number <= 120; number++) await scim("POST", "/Users", person(number));
  page = await openAsAdmin(browser, muster, folder.path);
});

test.afterAll(async () => {
  await page?.context().close();
  await muster?.stop();
  folder.remove();
});

const rows = () => page.getByRole("table").getByRole("row");

test("11.2 only the rows near the window are in the page, and the next ones come by scrolling", async () => {
  await page.goto("/acme/settings/members");
  await expect(page.getByText("121 people")).toBeVisible();
  await expect(page.getByRole("table")).toHaveAttribute("aria-rowcount", "122");
  expect(await rows().count()).toBeLessThan(45);
  await expect(async () => {
    await page.mouse.wheel(0, 4_000);
    await expect(page.getByRole("link", { name: "Person 120" })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
  expect(await rows().count()).toBeLessThan(60);
});

test("11.2 names have room in windows of every width", async () => {
  for (const width of [375, 640, 768, 1024, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/acme/settings/members");
    const box = await page.getByRole("columnheader", { name: "Member", exact: true }).boundingBox();
    expect(box?.width ?? 0, `${width} px`).toBeGreaterThan(150);
  }
});

test("11.2 order and filters are in the URL: a reload keeps them, and Back takes back one step", async () => {
  await page.goto("/acme/settings/members");
  await page.getByRole("button", { name: "Member", exact: true }).click();
  await expect(page).toHaveURL(/desc=yes/);
  await expect(page.getByRole("link", { name: "Person 120" })).toBeVisible();
  await expect(page.getByRole("columnheader", { name: "Member", exact: true })).toHaveAttribute(
    "aria-sort",
    "descending",
  );
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByLabel("Role", { exact: true }).selectOption("Admin");
  await expect(page.getByText("1 person", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(page.getByText("1 person", { exact: true })).toBeVisible();
  await page.goBack();
  await expect(page).not.toHaveURL(/role=/);
  await expect(page).toHaveURL(/desc=yes/);
  await expect(page.getByText("121 people")).toBeVisible();
  await page.goForward();
  await page.getByRole("button", { name: "Remove the filter Admin" }).click();
  await expect(page.getByText("121 people")).toBeVisible();
});

test("11.2 columns are chosen, and the look stays in the URL", async () => {
  await page.goto("/acme/settings/members");
  await page.getByRole("button", { name: "View" }).click();
  await page.getByRole("checkbox", { name: "Joined" }).click();
  await page.getByRole("checkbox", { name: "Source" }).click();
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(page.getByRole("columnheader", { name: "Joined" })).toBeVisible();
  await expect(page.getByRole("columnheader", { name: "Source" })).toHaveCount(0);
});

test("11.2 all that match are chosen, those who can't be changed are named, and the rest is suspended", async () => {
  for (const number of [1, 2, 3]) {
    await page.goto(`/acme/settings/members?search=${encodeURIComponent(person(number).userName)}`);
    await page.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Override for an hour" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Override for an hour" }).click();
    await expect(page.getByRole("alertdialog")).toHaveCount(0);
  }
  await page.goto("/acme/settings/members?search=person");
  await expect(page.getByText("120 people")).toBeVisible();
  await page.getByRole("checkbox", { name: "Select all that are loaded" }).click();
  await page.getByRole("button", { name: "Select all 120" }).click();
  await expect(page.getByText("120 selected").last()).toBeVisible();
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("3 members lose access");
  await expect(dialog).toContainText("117 people are left out");
  await expect(dialog).toContainText("Managed by Identity provider. Change it there.");
  await dialog.getByRole("button", { name: "Suspend 3 members" }).click();
  await expect(dialog).toContainText("3 members suspended.");
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.goto("/acme/settings/members?state=suspended");
  await expect(page.getByText("3 people")).toBeVisible();
});

test("11.2 who was unticked, or isn't in the list any more, is never changed", async () => {
  await page.goto("/acme/settings/members?search=person");
  const bar = page.getByRole("region", { name: "Selected members" });
  await page.getByRole("checkbox", { name: "Select all that are loaded" }).click();
  await page.getByRole("button", { name: "Select all 120" }).click();
  await page.getByRole("checkbox", { name: "Select Person 004" }).click();
  await expect(bar).not.toContainText("120 selected");
  await page.getByRole("checkbox", { name: "Select all that are loaded" }).click();
  await page.getByRole("checkbox", { name: "Select all that are loaded" }).click();
  await expect(bar).toHaveCount(0);
  await page.getByRole("checkbox", { name: "Select Person 004" }).click();
  await expect(bar).toContainText("1 selected");
  await page.getByRole("searchbox").fill("nobody of this name");
  await expect(page.getByText("No matches.")).toBeVisible();
  await expect(bar).toHaveCount(0);
  await page.getByRole("searchbox").fill("person");
  await expect(page.getByText("120 people")).toBeVisible();
  await expect(bar).toHaveCount(0);
});

test("11.2 nobody matches: the filters are cleared, or the provisioning log is searched", async () => {
  await scim("POST", "/Users", { ...person(900), active: "perhaps" }); // refused
  await page.goto("/acme/settings/members?search=p900&role=member");
  await page.getByRole("link", { name: "Search provisioning requests" }).click();
  await expect(page).toHaveURL(/provisioning\?search=p900/);
  await page.getByRole("button", { name: /p900/ }).first().click();
  await expect(page.getByRole("dialog")).toContainText("invalidValue");
  await page.goto("/acme/settings/members?search=p900&role=member");
  await page.getByRole("button", { name: "Clear filters" }).last().click();
  await expect(page.getByText("121 people")).toBeVisible();
});

test("11.1 a name leads to the person's page, which says what they are and why, and what happened", async () => {
  await scim("PATCH", `/Users/${first}`, patch("active", true));
  await scim("PATCH", `/Users/${first}`, patch("title", "Buyer"));
  await scim("PATCH", `/Users/${first}`, patch("userName", person(2).userName)); // refused
  await page.goto("/acme/settings/members?search=p1@");
  await page.getByRole("link", { name: "Person 001" }).click();
  await expect(page).toHaveURL(new RegExp(`/members/${first}$`));
  await expect(page.getByRole("heading", { name: "Person 001" })).toBeVisible();
  await expect(page.getByText("Buyer")).toHaveCount(2); // the attribute, and its change
  const history = page.locator("section").filter({ has: page.getByRole("heading", { name: "History" }) });
  await expect(history.getByText("A request was refused")).toBeVisible();
  await expect(history.getByText("exists already")).toBeVisible();
  await expect(history.getByText("Reactivated")).toBeVisible();
  await history.getByRole("button", { name: "409" }).click();
  await expect(page.getByRole("dialog")).toContainText("uniqueness");
  await page.keyboard.press("Escape");
  await page.goBack();
  await expect(page).toHaveURL(/search=p1/);
});

test("11.1 an admin ends somebody's sessions from their page", async ({ browser }) => {
  const context = await browser.newContext({ baseURL: muster.url });
  const theirs = await context.newPage();
  const link = operate(folder.path, "sign-in-link", "--email", person(5).userName);
  await theirs.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await expect(theirs.getByRole("heading", { name: "Acme" })).toBeVisible();
  await page.goto("/acme/settings/members?search=p5@");
  await page.getByRole("link", { name: "Person 005" }).click();
  await page.getByRole("button", { name: "End all sessions" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "End all sessions" }).click();
  await expect(page.getByText("Not signed in anywhere.")).toBeVisible();
  await theirs.reload();
  await expect(theirs).toHaveURL(/sign-in/);
  await context.close();
});

test("11.1 a page of nobody, and of somebody elsewhere, is not found", async () => {
  for (const id of ["nobody", "0199b7f2-1111-7000-8000-000000000001"]) {
    await page.goto(`/acme/settings/members/${id}`);
    await expect(page.getByText("This page doesn't exist, or you don't have access.")).toBeVisible();
  }
});

test("11.2 forty of many are found by a pasted list, suspended, and exported", async () => {
  await page.goto("/acme/settings/members");
  await page.getByRole("button", { name: "Lists" }).click();
  await page.getByRole("menuitem", { name: "Select from a list" }).click();
  const dialog = page.getByRole("dialog");
  const numbers = Array.from({ length: 40 }, (_, index) => index + 11);
  await dialog
    .getByLabel("List", { exact: true })
    .fill([...numbers.map((n) => person(n).userName), "gone@acme.test"].join("\n"));
  await dialog.getByRole("button", { name: "Select members" }).click();
  await expect(dialog).toContainText("40 members selected.");
  await expect(dialog).toContainText("gone@acme.test");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("40 selected").last()).toBeVisible();
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("40 people are left out"); // an identity provider manages them
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  const download = page.waitForEvent("download");
  await page.goto("/acme/settings/members?search=person&state=suspended");
  await page.getByRole("button", { name: "Lists" }).click();
  await page.getByRole("menuitem", { name: "Export as CSV" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("members.csv");
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString("utf8").trimEnd().split("\n");
  expect(lines[0]).toContain("id,userName,email");
  expect(lines).toHaveLength(3); // two are still suspended
});

test("11.2 people are invited from a CSV file, after each line was judged", async () => {
  await page.goto("/acme/settings/members");
  await page.getByRole("button", { name: "Lists" }).click();
  await page.getByRole("menuitem", { name: "Invite from a list" }).click();
  const dialog = page.getByRole("dialog");
  const text = `email;first name;last name;role\n${person(7).userName};;;\nnobody;;;\n${[1, 2, 3].map((n) => `guest${n}@partner.test;Guest;Number ${n};member`).join("\n")}`;
  await dialog
    .getByLabel("Or a file")
    .setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await expect(dialog.getByLabel("List", { exact: true })).toHaveValue(text);
  await dialog.getByRole("button", { name: "Check list" }).click();
  await expect(dialog).toContainText("3 people get an invite by email.");
  await expect(dialog).toContainText("2 lines are left out");
  await expect(dialog).toContainText("Line 3: nobody Not an email address.");
  await dialog.getByRole("button", { name: "Send 3 invites" }).click();
  await expect(dialog).toContainText("3 invites sent.");
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.goto("/acme/settings/members?search=guest&state=invited");
  await expect(page.getByText("3 people")).toBeVisible();
  await expect(page.getByRole("link", { name: "Guest Number 1" })).toBeVisible();
});
