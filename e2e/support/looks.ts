import { mkdirSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

// Checks an open page in the forms that readers see: both themes, wide and narrow. The page is opened once and checked four times.

const pictures = "test-results/pages";

export type Look = { theme: "light" | "dark"; width: number };

const wide: Look = { theme: "light", width: 1280 };

/** All looks of a page. Only colors depend on the theme, so every other rule is checked once for each width. */
const looks: (Look & { onlyColors?: true })[] = [
  wide,
  { theme: "dark", width: 1280, onlyColors: true },
  { theme: "dark", width: 375 },
  { theme: "light", width: 375, onlyColors: true },
];

/** axe's rules about colors. */
const colorRules = ["color-contrast", "link-in-text-block"];

/** Gives an open page another theme and width, as a reader's system and window do. */
export async function dress(page: Page, { theme, width }: Look): Promise<void> {
  await page.setViewportSize({ width, height: width < 500 ? 812 : 800 });
  await page.emulateMedia({ colorScheme: theme });
  await expect(page.locator("html")).toHaveClass(new RegExp(theme));
}

/** Checks the WCAG 2.2 AA rules that axe supports, and that the page doesn't scroll sideways. */
export async function inspect(page: Page, name: string, onlyColors = false): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/${name}.png`, animations: "disabled", caret: "hide" });
  const axe = new AxeBuilder({ page }).setLegacyMode(); // avoids a second tab for each check: there are no frames from other sites
  if (onlyColors) axe.withRules(colorRules);
  else axe.withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]);
  const { violations } = await axe.analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  expect.soft(told, name).toEqual([]);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect.soft(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
}

/** Checks an open page in both themes, wide and narrow. */
export async function inspectAll(page: Page, name: string): Promise<void> {
  for (const look of looks) {
    await dress(page, look);
    await inspect(page, `${name}-${look.theme}-${look.width}`, look.onlyColors);
  }
  await dress(page, wide);
}
