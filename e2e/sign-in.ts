import { type Browser, expect, type Page } from "@playwright/test";
import { type Muster, operate } from "@/e2e/support/muster";

/** Opens a tab in a context of its own, signed in as the admin of makeWorkspace. */
export async function openAsAdmin(browser: Browser, muster: Muster, folder: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: muster.url });
  const tab = await context.newPage();
  const link = operate(folder, "sign-in-link", "--email", "a@acme.test");
  await tab.goto(/\/sign-in\/\S+/.exec(link)?.[0] ?? "");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByRole("heading", { name: "Acme" })).toBeVisible();
  return tab;
}
