import { describe, expect, test } from "vitest";
import { setupInput, signInInput } from "@/lib/api/account";
import { inviteMemberInput } from "@/lib/api/members";
import { normaliseHost, parseAddress, typedKey } from "./address";

// T32, D-23: one strict grammar for email addresses, whoever reads them.

const good: [string, string][] = [
  ["r&d@acme.test", "r&d@acme.test"],
  ["50%off@acme.test", "50%off@acme.test"],
  ["a=b@acme.test", "a=b@acme.test"],
  ["ops/oncall@acme.test", "ops/oncall@acme.test"],
  ["o'hara@acme.test", "o'hara@acme.test"],
  ["a+tag@acme.test", "a+tag@acme.test"],
  ["{team}@acme.test", "{team}@acme.test"],
  ["a@BÜCHER.test", "a@xn--bcher-kva.test"],
  ["a@acme.test.", "a@acme.test"],
  ["x#ext@acme.test", "x#ext@acme.test"],
];

const bad = [
  "",
  "ana",
  "@acme.test",
  "ana@",
  "ana@localhost",
  "ana@127.0.0.1",
  "ana@[127.0.0.1]",
  "ana@1.2",
  "ana@acme.test:80",
  "ana@acme.test/path",
  "ana@acme.test?x",
  "ana@acme.test#x",
  "ana@user@acme.test\n",
  "ana@ac me.test",
  "ana@acme%2etest",
  "ana@-acme.test",
  '"ana"@acme.test',
  "ana,ben@acme.test",
  "Ana <ana@acme.test>",
  "zoë@acme.test",
  "a..b@acme.test",
  ".a@acme.test",
  "ana_home.test#EXT#@acme.onmicrosoft.test",
  "ana_home.test#ext#@acme.onmicrosoft.test",
];

describe("B2 one grammar for addresses", () => {
  test.each(good)("B2 %s is taken by rules, forms and contracts alike", (typed, address) => {
    expect(parseAddress(typed)?.address).toBe(address);
    const person = { firstName: "", lastName: "", role: "member" as const };
    expect(inviteMemberInput.safeParse({ email: typed, ...person }).success).toBe(true);
    expect(signInInput.safeParse({ email: ` ${typed} `, callbackUrl: "/" }).success, "with blanks around it").toBe(
      true,
    );
    expect(setupInput.shape.adminEmail.safeParse(typed).success).toBe(true);
  });

  test.each(good)("B2 blanks around %s do not count, and it is looked for as it is stored", (typed, address) => {
    expect(parseAddress(`\t${typed} `)?.address).toBe(address);
    expect(typedKey(` ${typed.toUpperCase()}\n`)).toBe(address.toLowerCase());
  });

  test.each(bad)("B2 B3 %j is refused by all of them", (typed) => {
    expect(parseAddress(typed)).toBeNull();
    expect(inviteMemberInput.shape.email.safeParse(typed).success).toBe(false);
    expect(signInInput.shape.email.safeParse(typed).success).toBe(false);
    expect(setupInput.shape.adminEmail.safeParse(typed).success).toBe(false);
  });

  test("B2 hosts are read as browsers read them", () => {
    expect(normaliseHost("Straße.Example")).toBe("xn--strae-oqa.example");
    expect(normaliseHost("ａcme.test")).toBe("acme.test");
    expect(normaliseHost(`${"a".repeat(64)}.test`)).toBeNull();
    expect(normaliseHost(`${"a.".repeat(130)}test`)).toBeNull();
  });
});
