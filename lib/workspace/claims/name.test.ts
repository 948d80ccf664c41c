import { beforeAll, describe, expect, test } from "vitest";
import { displayDomain, parseDomainName } from "./name";

beforeAll(() => {
  process.env.DATABASE_URL ||= "postgresql://localhost/none";
  process.env.MUSTER_SECRET ||= "a secret that is long enough for tests";
  process.env.MUSTER_URL = "https://settings.acme.com";
});

describe("T12 domain names", () => {
  test.each([
    ["example.com", "example.com"],
    ["  EXAMPLE.com. ", "example.com"],
    ["Bücher.example", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["ｅｘａｍｐｌｅ.com", "example.com"],
    ["a.b.c.example.co.uk", "a.b.c.example.co.uk"],
    ["acme.test", "acme.test"],
    ["пример.рф", "xn--e1afmkfd.xn--p1ai"],
  ])("%s is %s", (typed, name) => {
    expect(parseDomainName(typed)).toBe(name);
  });

  test.each([
    "",
    "localhost",
    "a",
    "user@example.com",
    "https://example.com",
    "example.com/path",
    "example.com:443",
    "exa mple.com",
    "_x.example.com",
    "*.example.com",
    "-a.example.com",
    "a-.example.com",
    "example..com",
    ".example.com",
    "192.0.2.1",
    "[2001:db8::1]",
    "2001:db8::1",
    `${"a".repeat(64)}.com`,
    `${"a.".repeat(126)}com`,
    "x".repeat(300),
  ])("%j is no domain name", (typed) => {
    expect(() => parseDomainName(typed)).toThrow(expect.objectContaining({ reason: "domain_not_valid" }));
  });

  test.each([
    ["com", "domain_not_valid"],
    ["co.uk", "domain_refused"],
    ["github.io", "domain_refused"],
    ["GitHub.IO.", "domain_refused"],
    ["gmail.com", "domain_refused"],
    ["Outlook.com", "domain_refused"],
    ["qq.com", "domain_refused"],
    ["Yahoo.co.uk", "domain_refused"],
    ["hotmail.fr", "domain_refused"],
    ["gmx.de", "domain_refused"],
    ["icloud.com", "domain_refused"],
    ["proton.me", "domain_refused"],
    ["btinternet.com", "domain_refused"],
    ["pаypal.com", "domain_refused"], // a Cyrillic а
    ["αcme.com", "domain_refused"],
    ["settings.acme.com", "domain_refused"],
  ])("%s is %s", (typed, reason) => {
    expect(() => parseDomainName(typed)).toThrow(expect.objectContaining({ reason }));
  });

  test("is shown in the letters that it was typed with", () => {
    expect(displayDomain("xn--bcher-kva.example")).toContain("bücher.example");
  });
});
