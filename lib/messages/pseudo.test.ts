import { expect, test } from "vitest";
import { pseudo } from "./pseudo";

test("every letter gets an accent, and the text grows by about 40 percent", () => {
  const text = "People with an email address on a verified domain are added right away. Everyone else gets an invite.";
  expect(pseudo(text)).not.toMatch(/[A-Za-z]/);
  expect(pseudo(text).length / text.length).toBeGreaterThan(1.3);
  expect(pseudo(text).length / text.length).toBeLessThan(1.5);
});

test("arguments, choices and tags stay as they are", () => {
  expect(pseudo("{count, plural, one {# seat} other {# seats}} of <b>{limit, number}</b> for {who}")).toBe(
    "[{count, plural, one {# šééååţ} other {# šééååţš}} ööƒ <b>{limit, number}</b> ƒööŕ {who}]",
  );
  expect(pseudo("{role, select, admin {an admin} other {a member}}<time></time>")).toBe(
    "[{role, select, admin {ååñ ååðɱîîñ} other {åå ɱééɱƀééŕ}}<time></time>]",
  );
});

test("what is quoted in ICU stays quoted", () => {
  expect(pseudo("https://login.test/'<tenant ID>'/v2.0 can't")).toContain("'<ţééñååñţ ÎÎÐ>'");
});
