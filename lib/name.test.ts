import { describe, expect, test } from "vitest";
import type { MailKind } from "@/lib/db";
import { renderMail } from "@/lib/jobs/mail-templates";
import { createAccessTokenInput } from "./api/access-tokens";
import { namesInput, setupInput } from "./api/account";
import { inviteMemberInput } from "./api/members";
import { createOAuthClientInput } from "./api/oauth-clients";
import { updateSettingsInput, workspaceNameInput } from "./api/settings";
import { teamInput } from "./api/teams";
import { createWebhookInput } from "./api/webhooks";
import { cleanName, typedName } from "./name";

// T30, T32: names that hold markup, line breaks or bidi overrides are harmless on pages and in emails.

describe("A10 a name is one line of what can be seen", () => {
  test.each([
    ["Ada\r\nBcc: x@evil.test", "Ada Bcc: x@evil.test"],
    ["Ada \n\t Lovelace", "Ada Lovelace"],
    ["a\u2028b\u2029c\u0085d\u000be\u000cf", "a b c d e f"],
    ["a\u0000b\u0007c\u001bd\u007fe\u009ff", "abcdef"],
    ["acme\u202Egnp.exe\u202C", "acmegnp.exe"],
    ["\u2066a\u2067b\u2068c\u2069\u202Ad\u202Be\u202D", "abcde"],
    ["نا\u200Fم \u200E(x)", "نا\u200Fم \u200E(x)"],
    ["क\u094d\u200dष", "क\u094d\u200dष"],
    [" 👩\u200d💻 Ünï ", " 👩\u200d💻 Ünï "],
  ])("A10 %j", (text, clean) => expect(cleanName(text)).toBe(clean));

  test("A10 typed, it has no blanks at its ends and an end", () => {
    expect(typedName(" \n Ada \u202E ", "token")).toBe("Ada");
    expect(typedName("x".repeat(300), "token")).toHaveLength(100);
    expect(typedName("\u202E\u0000", "token")).toBe("");
  });

  const dirty = "A\r\nB\u202E\u0000";
  test("A10 every contract of our own pages cleans its names", () => {
    const key = { key: "k", slug: "acme", adminEmail: "a@acme.test" };
    const names = { firstName: dirty, lastName: dirty };
    const read: unknown[] = [
      setupInput.parse({ ...key, name: dirty, ...names }),
      namesInput.parse(names),
      inviteMemberInput.parse({ email: "a@acme.test", role: "member", ...names }),
      workspaceNameInput.parse({ name: dirty }),
      updateSettingsInput.parse({ name: dirty }),
      teamInput.parse({ name: dirty }),
      createWebhookInput.parse({ url: "https://a.test", description: dirty, events: [] }),
      createAccessTokenInput.parse({
        name: dirty,
        scopes: ["user_management:read"],
        expiresAt: null,
        connection: dirty,
      }),
    ];
    for (const value of read) {
      expect(JSON.stringify(value)).toContain("A B");
      expect(JSON.stringify(value)).not.toMatch(/\\r|\\n|\u202E|\\u0000/);
    }
    expect(createOAuthClientInput.shape.name.parse(dirty)).toBe("A B");
    expect(teamInput.safeParse({ name: "\u202E \r\n" }).success, "nothing is left of it").toBe(false);
  });

  const kinds: MailKind[] = [
    "sign_in",
    "added",
    "welcome",
    "invite",
    "suspended",
    "reactivated",
    "admin_granted",
    "address_changed",
    "token_expiring",
    "token_expired",
    "hold_opened",
    "webhook_disabled",
    "seat_added",
    "seats_used",
    "domain_verified",
    "domain_warning",
    "domain_lapsed",
    "address_confirm",
    "address_change_asked",
    "address_moved",
    "provider_linked",
    "provider_removed",
    "access_given",
    "access_left",
  ];
  test.each(kinds)("A10 a mail of kind %s can't be given another line by a name", async (kind) => {
    const fields =
      "workspace name invitedBy who by token webhook reason domain old new provider what kind user email at count list".split(
        " ",
      );
    const dataOf = (text: string) => ({
      ...Object.fromEntries(fields.map((field) => [field, text])),
      slug: "acme",
      days: "3",
      until: "2026-12-01T00:00:00Z",
      counted: "3",
      limit: "3",
      percent: "80",
      used: "3",
    });
    const evil = "Acme\r\nSubject: x\u2028\u202EBcc: y\u0000";
    const [clean, mail] = await Promise.all(
      ["Acme", evil].map((text) => renderMail({ kind, data: dataOf(text), secret: "/s" }, "http://muster.test")),
    );
    expect(mail?.subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E]/u);
    expect(mail?.text.split("\n").length).toBe(clean?.text.split("\n").length);
    expect(mail?.text).not.toMatch(/\p{Cc}(?<!\n)|[\u2028\u202E]/u);
    expect(mail?.html).not.toMatch(/\p{Cc}(?<![\n\t])|[\u2028\u202E]/u);
  });
});
