import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { type FullWorkspace, openFullWorkspace } from "@/e2e/full-workspace";
import { dress } from "@/e2e/support/looks";
import { operate } from "@/e2e/support/muster";
import { pseudo } from "@/lib/messages/pseudo";

// Every page in the pseudo-locale, in which each text of the catalogue has accents and is 40 % longer: a word without an accent was left in
// code, and a layout that can't take a translation shows.

test.use({ actionTimeout: 10_000 });

let full: FullWorkspace;

test.beforeAll(async () => {
  full = await openFullWorkspace({ MUSTER_LOCALE: "en-XA" });
});

test.afterAll(() => full?.close());

/** A text as it stands in the page. */
function said(room: string, key: string): string {
  const texts = JSON.parse(readFileSync(`messages/en/${room}.json`, "utf8"));
  return pseudo(key.split(".").reduce((tree, part) => tree[part], texts));
}

type Step = { name: string; path: () => string; wait?: string; open?: (page: Page) => Promise<void> };

const settings = (page: string) => () => `/acme/settings/${page}`;

/** Opens a dialog by a button. */
const dialog = (room: string, key: string) => async (page: Page) => {
  await page
    .getByRole("button", { name: said(room, key), exact: true })
    .first()
    .click();
  await expect(page.getByRole("dialog").or(page.getByRole("alertdialog")).first()).toBeVisible();
};

/** Opens the menu of a row, and something in it. */
const fromMenu = (name: RegExp, room: string, key: string) => async (page: Page) => {
  await page.getByRole("button", { name }).last().click();
  await page.getByRole("menuitem", { name: said(room, key), exact: true }).click();
  await expect(page.getByRole("dialog").or(page.getByRole("alertdialog")).first()).toBeVisible();
};

const steps: Step[] = [
  { name: "home", path: () => "/acme", wait: "a@acme.test" },
  { name: "menu", path: () => "/acme", open: (page) => page.getByRole("button", { name: "Acme" }).click() },
  { name: "general", path: settings("general") },
  { name: "members", path: settings("members"), wait: "guest@partner.test" },
  {
    name: "member's menu",
    path: settings("members"),
    open: (page) => page.getByRole("button", { name: /guest/ }).click(),
  },
  { name: "invite a person", path: settings("members"), open: dialog("members", "invite.open") },
  { name: "override a member", path: settings("members"), open: fromMenu(/Ada/, "members", "action.override") },
  {
    name: "filters",
    path: settings("members?role=member&noTeam=yes&neverSignedIn=yes"),
    open: (page) => page.getByRole("button", { name: said("common", "filter.title"), exact: true }).click(),
  },
  {
    name: "columns",
    path: settings("members"),
    open: (page) => page.getByRole("button", { name: said("members", "view.title"), exact: true }).click(),
  },
  { name: "nobody", path: settings("members?search=nobody-of-this-name") },
  {
    name: "suspend many",
    path: settings("members"),
    wait: "guest@partner.test",
    open: async (page) => {
      await page.getByRole("table").getByRole("checkbox").first().click();
      await dialog("members", "bulk.action.suspend")(page);
    },
  },
  { name: "member", path: () => full.memberPath, wait: "partner.test" },
  { name: "teams", path: settings("teams"), wait: "Team 1" },
  { name: "new team", path: settings("teams"), wait: "Team 1", open: dialog("teams", "list.new") },
  {
    name: "filters of teams",
    path: settings("teams?role=none&source=app&empty=yes"),
    open: (page) => page.getByRole("button", { name: said("common", "filter.title"), exact: true }).click(),
  },
  { name: "team", path: () => full.teamPath, wait: "@acme.test" },
  {
    name: "role of a team",
    path: () => full.teamPath,
    wait: "@acme.test",
    open: async (page) => {
      await page.getByRole("combobox").selectOption("admin");
      await expect(page.getByRole("alertdialog").getByRole("listitem").first()).toBeVisible();
    },
  },
  { name: "history of a team", path: () => `${full.teamPath}?show=history`, wait: "POST" },
  { name: "override a team", path: () => full.teamPath, open: fromMenu(/Team/, "teams", "override.action") },
  { name: "security", path: settings("security"), wait: "acme-labs.test" },
  { name: "add a domain", path: settings("security"), open: dialog("domains", "add.open") },
  { name: "remove a domain", path: settings("security"), open: fromMenu(/acme-labs/, "common", "remove") },
  { name: "let admins be made", path: settings("security"), open: (page) => page.getByRole("switch").nth(2).click() },
  { name: "developers", path: settings("developers"), wait: "Auditor" },
  { name: "new token", path: settings("developers"), open: dialog("tokens", "create.open") },
  { name: "rotate a token", path: settings("developers"), open: fromMenu(/Auditor/, "tokens", "rotate.open") },
  { name: "revoke a token", path: settings("developers"), open: fromMenu(/Auditor/, "common", "revoke") },
  { name: "new client", path: settings("developers"), open: dialog("clients", "create.open") },
  { name: "webhooks", path: settings("webhooks"), wait: "Old CRM" },
  {
    name: "new webhook",
    path: settings("webhooks"),
    wait: "Billing",
    open: async (page) => {
      await dialog("webhooks", "create.open")(page);
      await page.getByLabel(said("webhooks", "events.label")).selectOption("some");
    },
  },
  { name: "webhook", path: () => full.webhookPath, wait: "team.created" },
  { name: "delete a webhook", path: () => full.webhookPath, open: fromMenu(/Billing/, "webhooks", "delete.action") },
  {
    name: "delivery",
    path: () => full.webhookPath,
    open: (page) => page.getByRole("button", { name: "team.created" }).first().click(),
  },
  { name: "provisioning", path: settings("provisioning"), wait: "badge eq" },
  {
    name: "disconnect",
    path: settings("provisioning"),
    open: dialog("provisioning", "connection.disconnect.action"),
  },
  {
    name: "request",
    path: settings("provisioning?status=error"),
    open: (page) => page.getByRole("button", { name: "badge eq" }).click(),
  },
  { name: "seats", path: settings("seats"), wait: "guest@partner.test" },
  { name: "change the limit", path: settings("seats"), open: dialog("seats", "limit.change") },
  { name: "account", path: () => "/account", wait: "a@acme.test" },
  { name: "account, refused", path: () => "/account?error=AccessDenied" },
  { name: "nowhere", path: () => "/nowhere/settings" },
  { name: "mailbox", path: () => "/dev/mailbox", wait: "ana@acme.test" },
];

/** Pages for people who are not signed in. */
const openSteps: Step[] = [
  { name: "sign in", path: () => "/sign-in" },
  { name: "sign in, refused", path: () => "/sign-in?error=Verification" },
  {
    name: "an address that is none",
    path: () => "/sign-in",
    open: async (page) => {
      await page.getByRole("textbox").fill("nobody");
      await page.getByRole("button").first().click();
      await expect(page.getByRole("textbox")).toHaveAttribute("aria-invalid", "true");
    },
  },
  { name: "invite", path: () => full.invitePath, wait: "ana@acme.test" },
  { name: "address", path: () => full.addressPath, wait: "ana.new@acme.test" },
  { name: "address, dead", path: () => "/account/address/nothing" },
  { name: "invite, dead", path: () => "/invite/nothing" },
  { name: "a client that is none", path: () => "/oauth/authorize?client_id=nothing" },
];

/** What a page shows and says to screen readers, and what doesn't fit; read in the page. */
function readPage(): { texts: string[]; clipped: string[] } {
  // Code, times of the reader's locale, and what is English because a machine said it, such as SCIM's errors.
  const isData = (element: Element) => element.closest("code, pre, time, script, style, [lang='en']") !== null;
  const isShown = (element: Element) =>
    element instanceof HTMLOptionElement ||
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const ownTexts = (element: Element) =>
    [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent ?? "");
  const attributes = (element: Element) =>
    ["aria-label", "placeholder", "title", "alt"].map((name) => element.getAttribute(name) ?? "");
  /** A text of ours that ends before its end. Names may, as they are whole on hover or elsewhere. */
  const isCut = (element: HTMLElement) => {
    const { overflowX, textOverflow } = getComputedStyle(element);
    if (overflowX === "visible" || overflowX === "auto" || element.scrollWidth <= element.clientWidth + 1) return false;
    return textOverflow !== "ellipsis" || element.textContent?.trim().endsWith("]") === true;
  };
  const isOutside = (element: HTMLElement) => {
    const { left, right } = element.getBoundingClientRect();
    const scrolls = element.closest("nav, section[tabindex]") !== null;
    return ownTexts(element).some((text) => text.trim()) && !scrolls && (left < -1 || right > innerWidth + 1);
  };
  const elements = [...document.body.querySelectorAll<HTMLElement>("*")].filter(
    (each) => isShown(each) && !isData(each),
  );
  const boxes = elements.filter((each) => each.clientWidth > 1 && each instanceof HTMLElement);
  return {
    texts: [document.title, ...elements.flatMap((each) => [...attributes(each), ...ownTexts(each)])].map((text) =>
      text.trim(),
    ),
    clipped: boxes
      .filter((each) => isCut(each) || isOutside(each))
      .map((each) => (each.textContent ?? "").slice(0, 80)),
  };
}

/** Words that are data: what people, programs and the browser are called. */
const known = new Set(
  "Muster Acme Beta Gamma SCIM Product Auditor Billing Old CRM Entra Identity provider GET POST PUT PATCH DELETE Operator Enterprise Chrome HeadlessChrome Linux node and".split(
    " ",
  ),
);

/** Whether a text has an unaccented word that isn't data. */
function isLeftover(text: string): boolean {
  if (/^[A-Z]{1,2}$/.test(text)) return false; // initials
  const words = text
    .replace(/https?:\/\/\S+/g, " ")
    .replace(/\S+@\S+/g, " ")
    .replace(/[\w-]+(\.[\w-]+)+/g, " ") // hosts, and types of events
    .replace(/\/[\w/?=%.-]+/g, " ") // paths
    .replace(/\b\d{1,2} [A-Z][a-z]{2} \d{4}\b/g, " ") // 31 Jan 2031
    .match(/\p{L}[\p{L}\d'’-]*/gu);
  return (words ?? []).some((word) => /^[A-Za-z'’-]{2,}$/.test(word) && !known.has(word));
}

const problems = new Set<string>();

async function check(page: Page, name: string): Promise<void> {
  for (const width of [1280, 375]) {
    await dress(page, { theme: "light", width });
    await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => null))));
    const { texts, clipped } = await page.evaluate(readPage);
    for (const text of texts.filter(isLeftover)) problems.add(`${name}: not in the catalogue: ${text.slice(0, 120)}`);
    for (const text of clipped) problems.add(`${name}, ${width} px: does not fit: ${text}`);
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (wider > 0) problems.add(`${name}, ${width} px: scrolls sideways`);
  }
  await dress(page, { theme: "light", width: 1280 });
}

async function visit(page: Page, { name, path, wait, open }: Step): Promise<void> {
  await page.goto(path());
  await expect(page.getByRole("heading").first()).toBeVisible();
  if (wait) await expect(page.getByText(wait).locator("visible=true").first()).toBeVisible();
  await test.step(name, async () => {
    await open?.(page);
    await check(page, name);
  });
}

test("every text is in the catalogue, and a longer one fits", async ({ browser }) => {
  test.setTimeout(300_000);
  for (const { displayName, givenName, surname } of full.directory.users.values()) {
    for (const word of [displayName, givenName, surname].join(" ").split(" ")) known.add(word);
  }
  for (const { displayName } of full.directory.groups.values())
    for (const word of displayName.split(" ")) known.add(word);
  const context = await browser.newContext({ baseURL: full.muster.url });
  const page = await context.newPage();
  for (const step of openSteps) await visit(page, step);
  const link = operate(full.folder, "sign-in-link", "--email", "a@acme.test");
  await page.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await check(page, "confirm a sign-in");
  await page.getByRole("button").first().click();
  await page.waitForURL("**/acme");
  for (const step of steps) await visit(page, step);
  await context.close();
  expect([...problems]).toEqual([]);
});
