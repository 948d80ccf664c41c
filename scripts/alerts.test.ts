import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const seriesIn = (text: string) =>
  new Set([...text.matchAll(/\bmuster_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, "")));

test("alerts and docs/operate.md name series that there are, and the page names all of them", () => {
  const known = seriesIn(readFileSync("lib/metrics/metrics.ts", "utf8"));
  expect(known.size).toBeGreaterThan(10);
  const page = readFileSync("docs/operate.md", "utf8");
  expect([...known].filter((name) => !seriesIn(page).has(name))).toEqual([]);
  for (const text of [page, readFileSync("deploy/prometheus/alerts.yml", "utf8")]) {
    expect([...seriesIn(text)].filter((name) => !known.has(name))).toEqual([]);
  }
});
