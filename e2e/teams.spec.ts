import { expect, type Page, test } from "@playwright/test";
import { openAsAdmin } from "@/e2e/sign-in";
import { type Muster, makeDataFolder, startMuster } from "@/e2e/support/muster";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// 11.1 and 11.2: teams are a table, and each has a page with its people, its role and its history.
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

const number = (index: number) => String(index).padStart(3, "0");

const addPerson = (index: number) =>
  scim("POST", "/Users", {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName: `p${index}@acme.test`,
    displayName: `Person ${number(index)}`,
  });

const addGroup = (displayName: string, members: readonly string[], externalId?: string) =>
  scim("POST", "/Groups", {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
    displayName,
    externalId,
    members: members.map((value) => ({ value })),
  });

const people: string[] = [];
let everybody = "";

test.beforeAll(async ({ browser }) => {
  token = copyWorkspace(folder.path);
  muster = await startMuster({ MUSTER_DATA_DIR: folder.path });
  for (let index = 1; index <= 80; index++) people.push((await addPerson(index)).id);
  everybody = (await addGroup("Everybody", people, "ext-everybody")).id;
  for (let index = 1; index <= 70; index++) await addGroup(`Group ${number(index)}`, people.slice(0, index % 4));
  page = await openAsAdmin(browser, muster, folder.path);
});

test.afterAll(async () => {
  await page?.context().close();
  await muster?.stop();
  folder.remove();
});

const rows = () => page.getByRole("table").getByRole("row");
const firstTeam = () => rows().nth(1).getByRole("link");

test("11.2 only the rows near the window are in the page, and the next ones come by scrolling", async () => {
  await page.goto("/acme/settings/teams");
  await expect(page.getByText("71 teams")).toBeVisible();
  await expect(page.getByRole("table", { name: "Teams" })).toHaveAttribute("aria-rowcount", "72");
  expect(await rows().count()).toBeLessThan(45);
  await expect(async () => {
    await page.mouse.wheel(0, 4_000);
    await expect(page.getByRole("link", { name: "Group 070" })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
});

test("11.2 names have room in windows of every width", async () => {
  for (const width of [375, 640, 768, 1024, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/acme/settings/teams");
    const box = await page.getByRole("columnheader", { name: "Team", exact: true }).boundingBox();
    expect(box?.width ?? 0, `${width} px`).toBeGreaterThan(150);
  }
});

test("11.2 order and filters are in the URL: a reload keeps them, and Back takes back one step", async () => {
  await page.goto("/acme/settings/teams");
  await page.getByRole("button", { name: "Members", exact: true }).click();
  await expect(page).toHaveURL(/sort=members/);
  await expect(firstTeam()).toHaveText("Group 004");
  await page.getByRole("button", { name: "Members", exact: true }).click();
  await expect(firstTeam()).toHaveText("Everybody");
  await expect(page.getByRole("columnheader", { name: "Members" })).toHaveAttribute("aria-sort", "descending");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("checkbox", { name: "Without members" }).click();
  await expect(page.getByText("17 teams")).toBeVisible();
  await page.getByLabel("Source", { exact: true }).selectOption("Added here");
  await expect(page.getByText("No matches. Try another search or filter.")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(page.getByText("0 teams")).toBeVisible();
  await page.goBack();
  await expect(page).not.toHaveURL(/source=/);
  await expect(page.getByText("17 teams")).toBeVisible();
  await page.getByRole("button", { name: "Remove the filter Without members" }).click();
  await expect(page.getByText("71 teams")).toBeVisible();
  await expect(page).toHaveURL(/desc=yes/);
  await page.getByRole("searchbox", { name: "Search teams" }).fill("GROUP 070");
  await expect(page.getByText("1 team", { exact: true })).toBeVisible();
  await page.getByRole("searchbox", { name: "Search teams" }).fill("nothing");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(page.getByText("71 teams")).toBeVisible();
});

test("11.1 a team's page has its facts, and links to its people and back", async () => {
  await page.goto("/acme/settings/teams?search=everybody");
  await page.getByRole("link", { name: "Everybody" }).click();
  await expect(page).toHaveURL(new RegExp(`/teams/${everybody}$`));
  await expect(page.getByText("ext-everybody", { exact: true })).toBeVisible();
  await expect(page.getByText(everybody, { exact: true })).toBeVisible();
  await expect(page.getByText("Managed by Identity provider", { exact: true })).toBeVisible();
  await expect(page.getByRole("table", { name: "People in Everybody" })).toHaveAttribute("aria-rowcount", "81");
  await expect(async () => {
    await page.mouse.wheel(0, 4_000);
    await expect(page.getByRole("link", { name: "Person 080" })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
  expect(await rows().count()).toBeLessThan(60);
  await page.getByRole("searchbox", { name: "Search people" }).fill("person 07");
  await expect(page.getByRole("row", { name: /Person 077/ })).toContainText("Active");
  await page.getByRole("link", { name: "Person 077" }).click();
  await expect(page).toHaveURL(new RegExp(`/members/${people[76]}$`));
  await page.getByRole("link", { name: "Everybody" }).click();
  await expect(page).toHaveURL(new RegExp(`/teams/${everybody}$`));
  await page.getByRole("link", { name: "Show in Members" }).click();
  await expect(page).toHaveURL(new RegExp(`/members\\?team=${everybody}`));
  await expect(page.getByText("80 people")).toBeVisible();
  await expect(page.getByRole("button", { name: "Remove the filter In Everybody" })).toBeVisible();
});

test("11.1 a team's history names what was done here and by the identity provider", async () => {
  await scim("PATCH", `/Groups/${everybody}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "remove", path: `members[value eq "${people[79]}"]` }],
  });
  await scim("PATCH", `/Groups/${everybody}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "replace", path: "displayName", value: "Group 001" }],
  }); // refused
  await page.goto(`/acme/settings/teams/${everybody}`);
  await page.getByRole("tab", { name: "History" }).click();
  await expect(page).toHaveURL(/show=history/);
  const items = page.getByRole("tabpanel").getByRole("listitem");
  await expect(items.filter({ hasText: "A request was refused" })).toBeVisible();
  await expect(items.filter({ hasText: "1 member added or removed" })).toBeVisible();
  await expect(items.filter({ hasText: "Created" })).toBeVisible();
  await page.getByRole("button", { name: "409" }).click();
  await expect(page.getByRole("dialog")).toContainText("uniqueness");
  await page.keyboard.press("Escape");
  await page.goBack();
  await expect(page.getByRole("tab", { name: "People (79)" })).toHaveAttribute("aria-selected", "true");
});

test("11.1 a role says who gains and who loses the admin role before it is saved", async () => {
  const id = (await addGroup("Admins", people.slice(0, 3))).id;
  await page.goto(`/acme/settings/teams/${id}`);
  await page.getByLabel("People in this team are").selectOption("Admin");
  const dialog = page.getByRole("alertdialog");
  await expect(dialog).toContainText("3 people stay members for now");
  await expect(dialog).toContainText("“Identity provider may make admins” is off under Security");
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await page.goto("/acme/settings/security");
  await page.getByRole("switch", { name: "Identity provider may make admins" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Allow" }).click();
  await page.goto(`/acme/settings/teams/${id}`);
  await page.getByLabel("People in this team are").selectOption("Admin");
  await expect(dialog).toContainText("3 people become admins");
  await expect(dialog.getByRole("listitem")).toHaveCount(3);
  await expect(dialog).toContainText("Person 002");
  await dialog.getByRole("button", { name: "Change role" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByLabel("People in this team are")).toHaveValue("admin");
  await page.goto("/acme/settings/members?role=admin");
  await expect(page.getByText("4 people")).toBeVisible();

  await page.goto(`/acme/settings/teams/${id}`);
  await page.getByLabel("People in this team are").selectOption("No role");
  await expect(dialog).toContainText("3 people lose the admin role");
  await dialog.getByRole("button", { name: "Change role" }).click();
  await page.goto("/acme/settings/members?role=admin");
  await expect(page.getByText("1 person", { exact: true })).toBeVisible();
});

test("11.1 whoever keeps the admin role, because nobody else is an admin, is named before it is saved", async () => {
  await page.goto("/acme/settings/teams");
  await page.getByRole("button", { name: "+ New team" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Only admin");
  await page.getByRole("button", { name: "Create team" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.goto("/acme/settings/teams?search=only");
  await page.getByRole("link", { name: "Only admin" }).click();
  await page.getByRole("button", { name: "+ Add person" }).click();
  await page.getByLabel("Search people").last().fill("a@acme.test");
  await page.getByRole("button", { name: /^Add / }).first().click();
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("tab", { name: "People (1)" })).toBeVisible();
  await page.getByLabel("People in this team are").selectOption("Member");
  const dialog = page.getByRole("alertdialog");
  await expect(dialog).toContainText("1 person keeps the admin role, because nobody else is an admin");
  await dialog.getByRole("button", { name: "Change role" }).click();
  await expect(page.getByText("stays an admin: nobody else is one.")).toBeVisible();
});

test("11.1 a page of a team elsewhere, or of none, is not found", async () => {
  for (const id of ["nothing", "0199b7f2-1111-7000-8000-000000000001"]) {
    await page.goto(`/acme/settings/teams/${id}`);
    await expect(page.getByText("This page doesn't exist, or you don't have access.")).toBeVisible();
  }
});
