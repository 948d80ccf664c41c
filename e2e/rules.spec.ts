import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, expect, type Page, test } from "@playwright/test";
import pg from "pg";
import { type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// What an admin decides about people whom an identity provider manages: roles by teams, overrides, holds, the way back, the end.
test.describe.configure({ mode: "serial" });

const folder = makeDataFolder();
const pictures = "test-results/rules";
let muster: Muster;
let page: Page;
let token = "";

async function scim(method: string, path: string, body?: object): Promise<{ status: number; id: string }> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/scim+json" };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${muster.url}/scim/v2${path}`, { method, headers, ...sent });
  const text = await response.text();
  return { status: response.status, id: text === "" ? "" : String((JSON.parse(text) as { id?: string }).id) };
}

const addPerson = async (userName: string) =>
  (await scim("POST", "/Users", { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName })).id;

const setActive = (id: string, active: boolean) =>
  scim("PATCH", `/Users/${id}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "replace", path: "active", value: active }],
  });

/** People are settled after a day; the test has none to wait. */
async function backDate(): Promise<void> {
  const db = new pg.Client({ host: join(folder.path, "run"), user: "muster", database: "muster" });
  await db.connect();
  await db.query(`UPDATE "Membership" SET "activeSince" = now() - interval '3 days' WHERE state = 'active'`);
  await db.end();
}

async function signIn(browser: Browser): Promise<Page> {
  const tab = await (await browser.newContext({ baseURL: muster.url })).newPage();
  const link = operate(folder.path, "sign-in-link", "--email", "a@acme.test");
  await tab.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();
  return tab;
}

async function pick(row: string, item: string): Promise<void> {
  await page.getByRole("button", { name: `Actions for ${row}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

const answer = (button: string) => page.getByRole("alertdialog").getByRole("button", { name: button }).click();

/** A picture in both themes, wide and narrow. */
async function picture(name: string): Promise<void> {
  for (const [theme, width] of [
    ["light", 1280],
    ["dark", 375],
  ] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 800 });
    await page.screenshot({ path: `${pictures}/${name}-${theme}.png`, fullPage: true, animations: "disabled" });
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 800 });
}

test.beforeAll(async ({ browser }) => {
  mkdirSync(pictures, { recursive: true });
  token = copyWorkspace(folder.path);
  muster = await startMuster({ MUSTER_DATA_DIR: folder.path });
  page = await signIn(browser);
});

test.afterAll(async () => {
  await page?.context().close();
  await muster?.stop();
  folder.remove();
});

test("a team is made, filled, and gives a role once the identity provider may make admins", async () => {
  await addPerson("lin@acme.test");
  await page.goto("/acme/settings/teams");
  await page.getByRole("button", { name: "+ New team" }).click();
  await page.getByLabel("Name", { exact: true }).fill("IT Admins");
  await page.getByRole("button", { name: "Create team" }).click();
  await page.getByRole("link", { name: /IT Admins/ }).click();
  await page.getByRole("button", { name: "+ Add person" }).click();
  await page.getByLabel("Search people").fill("lin");
  await page.getByRole("button", { name: "Add lin@acme.test" }).click();
  await expect(page.getByText("No one else matches.")).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByLabel("People in this team are").selectOption("admin");
  await expect(page.getByRole("alertdialog")).toContainText("Identity provider may make admins");
  await answer("Change role");
  await expect(page.getByLabel("People in this team are")).toHaveValue("admin");
  await picture("team");

  await page.goto("/acme/settings/security");
  await page.getByRole("switch", { name: "Identity provider may make admins" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("lin@acme.test");
  await picture("grant-admin");
  await answer("Allow");
  await page.goto("/acme/settings/members?search=lin");
  await expect(page.getByRole("table").getByText("Admin", { exact: true }).last()).toBeVisible();
});

test("a managed person is locked, and opened for an hour", async () => {
  await page.goto("/acme/settings/members?search=lin");
  await pick("lin@acme.test", "Override for an hour");
  await answer("Override for an hour");
  await expect(
    page
      .getByRole("table")
      .getByText(/Unlocked for now/)
      .last(),
  ).toBeVisible();
  await pick("lin@acme.test", "Suspend");
  await answer("Suspend");
  await expect(page.getByText("Suspended", { exact: true }).last()).toBeVisible();
  await picture("override");
});

test("somebody is invited by an admin, and a second time refused", async () => {
  await page.goto("/acme/settings/members");
  for (const round of [1, 2]) {
    await page.getByRole("button", { name: "+ Invite" }).click();
    await page.getByLabel("Email").fill("guest@partner.test");
    await page.getByLabel("First name").fill(`Gu ${round}`); // the very same again within a moment would be a double click
    if (round === 1) await picture("invite");
    await page.getByRole("button", { name: "Send invite" }).click();
    await expect(page.getByText(round === 1 ? "guest@partner.test" : "is here already").first()).toBeVisible();
  }
  await page.getByRole("button", { name: "Cancel" }).click();
});

test("seats: a limit, a cap of a month, and who took them", async () => {
  await page.goto("/acme/settings/seats");
  await page.getByRole("button", { name: "Change limit" }).click();
  await page.getByLabel("Seats", { exact: true }).fill("0");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText(/are in use: the limit can't be 0/)).toBeVisible();
  await page.getByLabel("Seats", { exact: true }).fill("20");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("of 20 seats used")).toBeVisible();
  await expect(page.getByText("by an access token").first()).toBeVisible();
  await picture("seats");
  await page.goto("/acme/settings/security");
  await page.getByRole("switch", { name: "Automatic seat assignment" }).click();
  await page.getByLabel("Monthly cap").fill("2");
  await page.getByRole("button", { name: "Save cap" }).click();
  await expect(page.getByRole("button", { name: "Save cap" })).toBeDisabled();
  await picture("security");
});

test("T08 a mass change is held, stopped and lifted; who was lost is restored", async () => {
  const people = [];
  for (let index = 0; index < 13; index++) people.push(await addPerson(`p${index}@acme.test`));
  await backDate();
  const statuses = [];
  for (const id of people) statuses.push((await setActive(id, false)).status);
  expect(statuses.filter((status) => status === 429)).toHaveLength(3);
  await page.goto("/acme/settings/provisioning");
  await expect(page.getByText("A mass change is held")).toBeVisible();
  await expect(page.getByText("Suspend, by Identity provider").first()).toBeVisible();
  await picture("hold");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await answer("Stop");
  await expect(page.getByText("A mass change was stopped")).toBeVisible();
  await page.getByRole("button", { name: "Restore all 10" }).click();
  await answer("Restore");
  await expect(page.getByText("10 people restored.")).toBeVisible();
  await page.getByRole("button", { name: "Lift hold" }).click();
  await answer("Lift hold");
  await expect(page.getByText("A mass change was stopped")).toHaveCount(0);
  expect((await setActive(people[0] ?? "", false)).status).toBe(200);
});

test("Disconnect: its token stops, and its people are changed here", async () => {
  await page.goto("/acme/settings/provisioning");
  await page.getByRole("button", { name: "Disconnect" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("Nobody is suspended");
  await answer("Disconnect");
  await expect(page.getByText("This connection was disconnected.")).toBeVisible();
  expect((await scim("GET", "/Users")).status).toBe(401);
  await page.goto("/acme/settings/members?search=p1@");
  await pick("p1@acme.test", "Suspend");
  await answer("Suspend");
  await expect(page.getByText("Suspended", { exact: true }).last()).toBeVisible();
});

test("the last verified domain goes only by its name, typed, while an identity provider is connected", async () => {
  operate(
    folder.path,
    "token",
    "create",
    "--workspace",
    "acme",
    "--name",
    "Next",
    "--scope",
    "user_management:read-write",
  );
  await page.goto("/acme/settings/security");
  await pick("acme.test", "Remove");
  await expect(page.getByRole("alertdialog").getByRole("button", { name: "Remove" })).toBeDisabled();
  await page.getByLabel("Type acme.test to confirm").fill("acme.test");
  await answer("Remove");
  await expect(page.getByText("No domains yet")).toBeVisible();
});

test("B2 a domain in other letters is verified by the command, and its removal is confirmed in either spelling", async () => {
  operate(folder.path, "domain", "add", "--workspace", "acme", "--domain", "Bücher.test");
  operate(folder.path, "domain", "verify", "--workspace", "acme", "--domain", "bu\u0308cher.test", "--trust");
  await page.goto("/acme/settings/security");
  await pick("bücher.test", "Remove");
  const remove = page.getByRole("alertdialog").getByRole("button", { name: "Remove" });
  const typed = page.getByLabel("Type bücher.test to confirm");
  for (const spelling of ["bu\u0308cher.TEST ", "XN--bcher-kva.test"]) {
    await typed.fill("bucher.test");
    await expect(remove).toBeDisabled();
    await typed.fill(spelling);
    await expect(remove).toBeEnabled();
  }
  await answer("Remove");
  await expect(page.getByText("No domains yet")).toBeVisible();
});
