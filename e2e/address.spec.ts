import { expect, test } from "@playwright/test";
import { freePort, type Muster, makeDataFolder, operate, startMuster } from "@/e2e/support/muster";

// The server believes to be somewhere else than where people open it: the first thing that happens to whoever tries it on a machine
// across the room.

const folder = makeDataFolder();
const base = "http://muster.example.test";
let muster: Muster;
let here: string;

test.beforeAll(async () => {
  const port = await freePort();
  here = `http://127.0.0.1:${port}`;
  muster = await startMuster({ MUSTER_DATA_DIR: folder.path, MUSTER_URL: base, PORT: String(port) });
});
test.afterAll(async () => {
  await muster.stop();
  folder.remove();
});

test("B4 setup, sign-in and invites opened at another address say so before anything is typed", async ({ page }) => {
  const setup = new URL(muster.setupLink ?? "");
  const check = async (path: string) => {
    await page.goto(`${here}${path}`);
    const note = page.getByRole("alert").filter({ hasText: "This page works at another URL" });
    await expect(note).toContainText(`You opened ${here}, but Muster runs at ${base}.`);
    await expect(note).toContainText(`set MUSTER_URL=${here} and restart Muster.`);
    await expect(note.getByRole("link")).toHaveAttribute("href", `${base}${path}`);
    await expect(page.getByRole("textbox")).toHaveCount(0);
    await expect(page.locator("form")).toHaveCount(0);
  };
  await check(`${setup.pathname}${setup.search}`);
  operate(folder.path, "workspace", "create", "--name", "Acme", "--slug", "acme", "--admin-email", "a@acme.test");
  await check("/sign-in?callbackUrl=%2Facme");
  const link = operate(folder.path, "sign-in-link", "--email", "a@acme.test");
  await check(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
});

test("B4 the server says it too, for whoever has no scripts", async ({ request }) => {
  const page = await (await request.get(`${here}/sign-in`)).text();
  const text = page.replace(/<script\b[\s\S]*?<\/script>/g, ""); // scripts carry the texts of the form, in case the browser knows better
  expect(text).toContain("This page works at another URL");
  expect(text).not.toContain("Send sign-in link");
});

test("B4 behind a proxy that writes its own Host, the browser's address decides", async ({ page }) => {
  // The proxy is played by the browser's own routing: the address bar says MUSTER_URL, the server sees 127.0.0.1.
  await page.route(`${base}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const response = await route.fetch({ url: `${here}${pathname}${search}`, maxRedirects: 0 });
    await route.fulfill({ response });
  });
  await page.goto(`${base}/sign-in`);
  await expect(page.getByLabel("Email")).toBeVisible();
  await expect(page.getByText("This page works at another URL")).toHaveCount(0);
});

test("B4 a form sent from another address is refused with what to set", async ({ request }) => {
  const response = await request.post(`${here}/api/setup`, { headers: { origin: here }, data: {} });
  expect(response.status()).toBe(403);
  const { error } = (await response.json()) as { error: { detail: string } };
  expect(error.detail).toContain(`it was opened at ${here}, but Muster runs at ${base}`);
  expect(error.detail).toContain("set MUSTER_URL");
});
