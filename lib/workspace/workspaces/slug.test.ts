import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { whyNotSlug } from "./slug";

test("A9 no workspace takes the address of a page or a route", () => {
  const folders = readdirSync("app", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const segments = folders.map(({ name }) => name).filter((name) => !name.startsWith("["));
  expect(segments).toEqual(expect.arrayContaining(["account", "api", "oauth", "sign-in"]));
  for (const name of [...segments, "_next", "metrics", "favicon.ico", "robots.txt"])
    expect(whyNotSlug(name), name).not.toBeNull();
});

test.each([
  "livez",
  "livezone",
  "readyz-1",
  "oauth",
  "oauthtoken",
  "oauth-team",
  "api",
  "apiary",
  "api-team",
  "scim",
  "scimitar",
  "dev",
  "devon",
  "dev-team",
])("A9 %s is reserved by its beginning", (slug) =>
  expect(String(whyNotSlug(slug))).toMatch(/^Muster's own addresses begin with/),
);

test.each(["acme", "live", "ready", "my-api", "team-dev", "a", "a1", "x".repeat(48), "oaut", "sci"])(
  "A9 %s is free",
  (slug) => expect(whyNotSlug(slug)).toBeNull(),
);

test.each(["", "-a", "a-", "A", "a_b", "a.b", "x".repeat(49), "ä", "a b", "a/b"])("A9 %j is no slug", (slug) =>
  expect(String(whyNotSlug(slug))).toBe("Use up to 48 lowercase letters, numbers and hyphens."),
);
