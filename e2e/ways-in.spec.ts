import { type Browser, expect, type Page, test } from "@playwright/test";
import { type MailServer, openMailServer } from "@/e2e/support/mail-server";
import { type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";
import { type OidcProvider, openOidcProvider } from "@/e2e/support/oidc-provider";
import { copyWorkspace } from "@/e2e/support/workspace-folder";

// How people come in, and how nobody else does: links, invites of accounts that exist, providers, changes of address.
test.describe.configure({ mode: "serial" });

const folder = makeDataFolder();
let mail: MailServer;
let oidc: OidcProvider;
let muster: Muster;
let acmeToken = "";

const links = {
  signIn: /http:\/\/\S+\/sign-in\/confirm\?\S+/,
  invite: /http:\/\/\S+\/invite\/\S+/,
  address: /http:\/\/\S+\/account\/address\/\S+/,
};

/** The link in the newest mail to an address that has one. */
async function linkTo(address: string, kind: keyof typeof links): Promise<string> {
  const find = () =>
    mail.mails
      .filter(({ to, text }) => to.includes(address) && links[kind].test(text))
      .map(({ text }) => links[kind].exec(text)?.[0] ?? "")
      .at(-1);
  await expect.poll(find).toBeTruthy();
  return find() ?? "";
}

async function openTab(browser: Browser): Promise<Page> {
  return (await browser.newContext({ baseURL: muster.url })).newPage();
}

async function askLink(tab: Page, email: string): Promise<void> {
  await tab.goto("/sign-in");
  await tab.getByLabel("Email").fill(email);
  await tab.getByRole("button", { name: "Send sign-in link" }).click();
}

async function signIn(browser: Browser, email: string): Promise<Page> {
  const tab = await openTab(browser);
  const link = operate(folder.path, "sign-in-link", "--email", email);
  await tab.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await tab.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  return tab;
}

async function scim(
  token: string,
  method: string,
  path: string,
  body: object,
): Promise<{ status: number; id: string }> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/scim+json" };
  const answer = await fetch(`${muster.url}/scim/v2${path}`, { method, headers, body: JSON.stringify(body) });
  return { status: answer.status, id: ((await answer.json()) as { id: string }).id };
}

const person = (userName: string) => ({ schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName });

test.beforeAll(async () => {
  mail = await openMailServer();
  oidc = await openOidcProvider({ sub: "ada", email: "ada@home.test", email_verified: false });
  acmeToken = copyWorkspace(folder.path);
  muster = await startMuster({
    MUSTER_DATA_DIR: folder.path,
    SMTP_URL: mail.url,
    MUSTER_INVITE_DELAY: "0",
    AUTH_OIDC_ID: "muster",
    AUTH_OIDC_SECRET: "a secret between the two",
    AUTH_OIDC_ISSUER: oidc.issuer,
    AUTH_OIDC_NAME: "Acme SSO",
  });
  operate(folder.path, "workspace", "create", "--name", "Beta", "--slug", "beta", "--admin-email", "b@beta.test");
});

test.afterAll(async () => {
  await muster?.stop();
  await oidc?.close();
  await mail?.close();
  folder.remove();
});

test("A4 a link is used by our own page's button only: a GET of the callback shows the page and signs nobody in", async ({
  browser,
}) => {
  const tab = await openTab(browser);
  await askLink(tab, "a@acme.test");
  await expect(tab.getByText("Check your email")).toBeVisible();
  const link = new URL(await linkTo("a@acme.test", "signIn"));
  await tab.goto(`/api/auth/callback/email${link.search}`);
  await expect(tab.getByRole("button", { name: "Sign in" })).toBeVisible();
  const cookies = await tab.context().cookies();
  expect(cookies.filter(({ name }) => name.includes("session-token"))).toEqual([]);
  for (const origin of ["https://evil.example", "null", undefined]) {
    const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
    if (origin !== undefined) headers.origin = origin;
    const init = { method: "POST", headers, redirect: "manual" as const };
    const answer = await fetch(`${muster.url}/api/auth/callback/email${link.search}`, init);
    expect(answer.status, origin).toBe(403);
    expect(answer.headers.get("set-cookie") ?? "", origin).not.toContain("session-token");
  }
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();
  await tab.goto(link.href);
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" }), "used, it does nothing; the session goes on").toBeVisible();
  await tab.context().close();
});

test("A4 somebody who is signed in is told before another account's link ends their session", async ({ browser }) => {
  const tab = await signIn(browser, "a@acme.test");
  const link = operate(folder.path, "sign-in-link", "--email", "b@beta.test");
  await tab.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await expect(tab.getByText("You are signed in as a@acme.test.")).toBeVisible();
  await tab.goto("/acme");
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();
  await tab.context().close();
});

test("A3 an invite for an account that exists asks for its own sign-in, and joins afterwards", async ({ browser }) => {
  expect((await scim(acmeToken, "POST", "/Users", person("ana@acme.test"))).status).toBe(201);
  const admin = await signIn(browser, "b@beta.test");
  await admin.goto("/beta/settings/members");
  await admin.getByRole("button", { name: "+ Invite" }).click();
  await admin.getByLabel("Email").fill("ana@acme.test");
  await admin
    .getByRole("dialog")
    .getByRole("button", { name: /invite/i })
    .click();
  const invite = await linkTo("ana@acme.test", "invite");

  const tab = await openTab(browser);
  await tab.goto(invite);
  await expect(tab.getByText("already has an account")).toBeVisible();
  await expect(tab.getByRole("button", { name: "Join Beta" })).toHaveCount(0);
  const path = `${new URL(invite).pathname.replace("/invite/", "/api/invites/")}/accept`;
  const direct = await tab.request.post(path, {
    data: { firstName: "", lastName: "" },
    headers: { origin: muster.url },
  });
  expect(direct.status()).toBe(401);
  await tab.getByRole("button", { name: "Send sign-in link" }).click();
  await expect(tab.getByText("Check your email")).toBeVisible();
  await tab.goto(await linkTo("ana@acme.test", "signIn"));
  await tab.getByRole("button", { name: "Sign in" }).click();
  await tab.getByRole("button", { name: "Join Beta" }).click();
  await expect(tab.getByRole("heading", { name: "Beta" })).toBeVisible();
  await tab.goto(invite);
  await expect(
    tab.getByRole("heading", { name: "Beta" }),
    "the used link leads its owner to the workspace",
  ).toBeVisible();
  await tab.context().close();
  await admin.context().close();
});

test("A1 an identity provider asks for a new address of an account in two workspaces: its owner decides in the old mailbox", async ({
  browser,
}) => {
  const session = await signIn(browser, "ana@acme.test");
  const found = await fetch(`${muster.url}/scim/v2/Users?filter=${encodeURIComponent('userName eq "ana@acme.test"')}`, {
    headers: { authorization: `Bearer ${acmeToken}` },
  });
  const [{ id } = { id: "" }] = ((await found.json()) as { Resources: { id: string }[] }).Resources;
  const move = {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "Replace", path: "userName", value: "ana.new@acme.test" }],
  };
  expect((await scim(acmeToken, "PATCH", `/Users/${id}`, move)).status).toBe(200);
  await session.goto("/beta");
  await expect(session.getByRole("heading", { name: "Beta" }), "still signed in").toBeVisible();
  const review = await linkTo("ana@acme.test", "address");
  expect(mail.mails.filter(({ to }) => to.includes("ana.new@acme.test"))).toEqual([]);
  const tab = await openTab(browser);
  await tab.goto(review);
  await expect(tab.getByRole("heading", { name: "Change your sign-in email?" })).toBeVisible();
  await expect(tab.getByText("ana.new@acme.test", { exact: true })).toBeVisible();
  await tab.getByRole("button", { name: "Change email" }).click();
  await expect(tab.getByText("You now sign in as ana.new@acme.test")).toBeVisible();
  await session.reload();
  await expect(session.getByRole("button", { name: "Send sign-in link" })).toBeVisible();
  await tab.goto(review);
  await expect(tab.getByText("This link no longer works")).toBeVisible();
  await tab.context().close();
  await session.context().close();
});

test("A5 a provider that proves nothing is connected on the account page, signs in from then on, and is removed there", async ({
  browser,
}) => {
  oidc.claims = { sub: "ada", email: "ada@home.test", email_verified: false };
  const stranger = await openTab(browser);
  await stranger.goto("/sign-in");
  await stranger.getByRole("button", { name: "Continue with Acme SSO" }).click();
  await expect(stranger.getByText("isn't connected to anyone here")).toBeVisible();

  const tab = await signIn(browser, "a@acme.test");
  await tab.goto("/account");
  await tab.getByRole("button", { name: "Connect Acme SSO" }).click();
  await expect(tab.getByText(/ada@home\.test · connected/)).toBeVisible();
  await stranger.goto("/sign-in");
  await stranger.getByRole("button", { name: "Continue with Acme SSO" }).click();
  await expect(stranger.getByRole("heading", { name: "Acme" })).toBeVisible();
  await expect
    .poll(() => mail.mails.some(({ to, subject }) => to.includes("a@acme.test") && subject.includes("Acme SSO")))
    .toBe(true);

  await tab.getByRole("button", { name: "Remove", exact: true }).click();
  await tab.getByRole("alertdialog").getByRole("button", { name: "Remove sign-in method" }).click();
  await expect(tab.getByRole("button", { name: "Connect Acme SSO" })).toBeVisible();
  const after = await openTab(browser);
  await after.goto("/sign-in");
  await after.getByRole("button", { name: "Continue with Acme SSO" }).click();
  await expect(after.getByText("isn't connected to anyone here")).toBeVisible();
  for (const each of [tab, stranger, after]) await each.context().close();
});

test("B1 past five links an hour the page says when to ask again, for any address", async ({ browser }) => {
  const tab = await openTab(browser);
  for (const email of ["b@beta.test", "nobody@nowhere.test"]) {
    for (let each = 0; each < 5; each++) {
      await askLink(tab, email);
      await expect(tab.getByText("Check your email")).toBeVisible();
    }
    await askLink(tab, email);
    await expect(tab.getByText("You can request another in 60 minutes.")).toBeVisible();
  }
  await tab.context().close();
});

test("B2 an address with & and % is taken by the form that signs in, as by the one that invites", async ({
  browser,
}) => {
  const tab = await openTab(browser);
  await askLink(tab, "r&d+50%=a/b@acme.test");
  await expect(tab.getByText("Check your email")).toBeVisible();
  await tab.context().close();
});

test("D7 offline, what was cancelled stays cancelled when the network is back", async ({ browser }) => {
  const tab = await signIn(browser, "b@beta.test");
  await tab.goto("/beta/settings/members");
  await tab.getByRole("button", { name: "+ Invite" }).click();
  await tab.getByLabel("Email").fill("guest@elsewhere.test");
  await tab
    .getByRole("dialog")
    .getByRole("button", { name: /invite/i })
    .click();
  await expect(tab.getByText("guest@elsewhere.test").first()).toBeVisible();
  await tab.getByRole("button", { name: "Actions for guest@elsewhere.test" }).click();
  await tab.getByRole("menuitem", { name: "Cancel invite" }).click();
  const dialog = tab.getByRole("alertdialog");
  await tab.context().setOffline(true);
  await dialog.getByRole("button", { name: "Cancel invite" }).click();
  await expect(dialog).toContainText("You are offline. Nothing was sent.");
  await dialog.getByRole("button", { name: "Keep invite" }).click();
  await tab.context().setOffline(false);
  await tab.reload();
  await expect(tab.getByText("guest@elsewhere.test").first()).toBeVisible();
  await expect(tab.getByText("Invited", { exact: true }).locator("visible=true").first()).toBeVisible();
  await tab.context().close();
});

test("A6 what a former admin created is kept or revoked by another", async ({ browser }) => {
  const first = await signIn(browser, "b@beta.test");
  await first.goto("/beta/settings/members");
  await first.getByRole("button", { name: "Actions for ana.new@acme.test" }).click();
  await first.getByRole("menuitem", { name: "Make admin" }).click();
  const confirm = first.getByRole("alertdialog").getByRole("button", { name: /admin/i });
  if (await confirm.isVisible()) await confirm.click();
  const second = await signIn(browser, "ana.new@acme.test");
  await second.goto("/beta/settings/developers");
  for (const name of ["Sync", "Export"]) {
    await second.getByRole("button", { name: "+ New access token" }).click();
    const dialog = second.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill(name);
    await dialog.getByRole("button", { name: "Read-only audit" }).click();
    await dialog.getByRole("button", { name: "Create token" }).click();
    await expect(second.getByRole("dialog")).toContainText("Store it where your program reads it.");
    await second.getByRole("dialog").getByRole("checkbox").click();
    await second.getByRole("button", { name: "Done" }).click();
  }
  await expect
    .poll(
      () =>
        mail.mails.filter(({ to, subject }) => to.includes("b@beta.test") && subject.includes("an access token"))
          .length,
    )
    .toBe(2);
  await first.goto("/beta/settings/members");
  await first.getByRole("button", { name: "Actions for ana.new@acme.test" }).click();
  await first.getByRole("menuitem", { name: "Suspend" }).click();
  await first.getByRole("alertdialog").getByRole("button", { name: "Suspend" }).click();
  await expect(first.getByText("Suspended", { exact: true }).locator("visible=true").first()).toBeVisible();
  await first.goto("/beta/settings/developers");
  await expect(first.getByRole("heading", { name: "Created by former admins" })).toBeVisible();
  const row = (name: string) =>
    first
      .locator("div", { has: first.getByText(name, { exact: true }) })
      .filter({ has: first.getByRole("button", { name: "Keep access token" }) })
      .last();
  await row("Sync").getByRole("button", { name: "Keep access token" }).click();
  await expect(first.getByRole("button", { name: "Keep access token" })).toHaveCount(1);
  await row("Export").getByRole("button", { name: "Revoke access token" }).click();
  await first.getByRole("alertdialog").getByRole("button", { name: "Revoke access token" }).click();
  await expect(first.getByRole("heading", { name: "Created by former admins" })).toHaveCount(0);
  await expect(first.getByText("Sync", { exact: true })).toBeVisible();
  await expect(first.getByText("Export", { exact: true })).toHaveCount(0);
  for (const each of [first, second]) await each.context().close();
});
