import {
  unstable_getResponseFromNextConfig as answer,
  unstable_doesMiddlewareMatch as matches,
} from "next/experimental/testing/server";
import { describe, expect, test } from "vitest";
import nextConfig from "@/next.config";
import { config } from "@/proxy";

// T43: what answers programs has a policy under which nothing runs and nothing is framed; pages get theirs from proxy.ts.

const isPage = (path: string) => matches({ config, url: path, nextConfig });

describe("A9 every path has exactly one policy", () => {
  test.each([
    "/",
    "/acme",
    "/acme/settings/members",
    "/livezone/settings/general",
    "/readyz-team",
    "/oauth/authorize",
    "/oauth/tokens",
    "/oauthteam",
    "/oauth",
    "/api",
    "/apiary/settings",
    "/scim",
    "/scimitar",
    "/dev/mailbox",
    "/devon",
    "/_nextdoor",
    "/well-known",
    "/favicon.icon",
    "/livez/x",
    "/sign-in",
    "/invite/abc",
    "/nowhere/at/all",
    "/robots.txt",
    "/manifest.webmanifest",
    "/docs/security.html",
  ])("A9 page: %s", (path) => expect(isPage(path)).toBe(true));

  test.each([
    "/livez",
    "/readyz",
    "/api/v1/members",
    "/api/nothing",
    "/scim/v2/Users",
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/revoke",
    "/.well-known/oauth-authorization-server",
    "/.well-known/security.txt",
    "/_next/static/chunks/a.js",
    "/_next/nothing",
    "/favicon.ico",
  ])("A9 route: %s", async (path) => {
    expect(isPage(path)).toBe(false);
    const { headers } = await answer({ url: `http://muster.test${path}`, nextConfig });
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
  });
});
