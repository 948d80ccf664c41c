import { describe, expect, test } from "vitest";
import { translator } from "@/lib/messages/translator";
import { revealText, scopeLabel, summarise, toLevels, toScopes } from "./scopes";

const t = translator("tokens", "en");

test("levels become scopes and come back", () => {
  const scopes = toScopes({ user_management: "read-write", domain: "none", audit_log: "read" });
  expect(scopes).toEqual(["user_management:read-write", "audit_log:read"]);
  expect(toScopes(toLevels(scopes))).toEqual(scopes);
});

test("the summary says what a token can do, and that without a scope it can do nothing", () => {
  expect(summarise(["user_management:read-write"], t)).toBe("It can add, change and remove members and teams.");
  expect(summarise([], t)).toContain("Choose at least one scope");
});

test("a scope is shown in the words of the form", () => {
  expect(scopeLabel("user_management:read-write", t)).toBe("User Management: Read-write");
});

describe("D3 what is said of a new token", () => {
  test.each([
    [["domain:read"], "Store it where your program reads it. It can see domains."],
    [["user_management:read"], "Store it where your program reads it. It can see members and teams."],
    [
      ["user_management:read-write"],
      "Paste it into your identity provider as the secret token. It can add, change and remove members and teams.",
    ],
  ])("D3 %j claims no more than its scopes", (scopes, text) => {
    expect(revealText(scopes, t)).toBe(text);
  });
});
