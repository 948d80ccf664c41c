import { expect, test } from "vitest";
import { authCookies } from "./auth-cookies";

test("A9 every cookie of signing in is __Host- over https, and of its kind without", () => {
  expect(Object.keys(authCookies(true))).toHaveLength(6);
  for (const { name, options } of Object.values(authCookies(true))) {
    expect(name).toMatch(/^__Host-next-auth\./);
    expect(options).toMatchObject({ secure: true, path: "/", httpOnly: true, sameSite: "lax" });
    expect(options).not.toHaveProperty("domain");
  }
  for (const { name, options } of Object.values(authCookies(false))) {
    expect(name).toMatch(/^next-auth\./);
    expect(options.secure).toBe(false);
  }
});
