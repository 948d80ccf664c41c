import { describe, expect, test } from "vitest";
import { whyNonsense } from "./target";

describe("A12 what is no address of this server is said, and leads nowhere", () => {
  test.each([
    ["GET", "*"],
    ["OPTIONS", "*"],
    ["GET", "http://evil.test/"],
    ["GET", "https://localhost/sign-in"],
    ["GET", "evil"],
    ["GET", ""],
    ["GET", "?x"],
    ["GET", "/%"],
    ["GET", "/%E0%A4%A"],
    ["GET", "/%ff"],
    ["GET", "/a%00b"],
    ["GET", "/a%0d%0aSet-Cookie:x"],
    ["GET", "/%7f"],
    ["GET", "/%c2%85"],
    ["GET", "/\\evil.test"],
    ["GET", "/%5cevil.test"],
    ["GET", "/_next/static/../../package.json"],
    ["GET", "/_next/static/%2e%2e/%2E%2e/package.json"],
    ["GET", "/./acme"],
    ["GET", "/.."],
    ["GET", "/acme/settings/members?search=%00"],
  ])("A12 %s %s is 400", (method, target) => expect(whyNonsense(method, target)?.status).toBe(400));

  test.each([
    ["TRACE", "/"],
    ["POST", "/sign-in"],
    ["PUT", "/"],
    ["OPTIONS", "/acme"],
    ["DELETE", "/api"],
    ["TRACE", "/api/v1/members"],
    ["PROPFIND", "/api/auth/csrf"],
  ])("A12 %s %s is 405 and says what is allowed", (method, target) =>
    expect(whyNonsense(method, target)).toMatchObject({ status: 405, allow: expect.stringContaining("GET") }),
  );

  test.each([
    ["GET", "/"],
    ["HEAD", "/sign-in?callbackUrl=%2Facme%3Fa%3D%25"],
    ["GET", "/acme/settings/members?search=%E2%9C%93&x=%"],
    ["GET", "/invite/a%2Fb"],
    ["GET", "/.well-known/oauth-authorization-server"],
    ["GET", "/...dots/a..b"],
    ["POST", "/oauth/token"],
    ["PATCH", "/api/v1/members/x"],
    ["OPTIONS", "/api/v1/members"],
  ])("A12 %s %s is asked further on", (method, target) => expect(whyNonsense(method, target)).toBeNull());
});
