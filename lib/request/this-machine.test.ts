import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { type Env, parseEnv } from "@/lib/env";
import { cameFromThisMachine, isThisMachine, markThisMachine } from "./this-machine";

// D-12: who is at this very machine.

const here = globalThis as { musterEnv?: Env };
const least = { DATABASE_URL: "postgresql://h/db", MUSTER_SECRET: "s".repeat(32) };

function asking(
  headers: IncomingHttpHeaders,
  { url = "http://localhost:3000", peer = "127.0.0.1", version = "1.1" } = {},
) {
  here.musterEnv = parseEnv({ ...least, MUSTER_URL: url });
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
  return { headers, rawHeaders, socket: { remoteAddress: peer }, httpVersion: version } as IncomingMessage;
}
const host = "localhost:3000";

describe("A2 this machine only", () => {
  test.each([
    [{ host }, {}],
    [{ host: "LocalHost:3000" }, {}],
    [{ host }, { peer: "::1" }],
    [{ host }, { peer: "::ffff:127.0.0.1" }],
    [{ host: "127.0.0.1" }, { url: "http://127.0.0.1" }],
    [{ host: "[::1]:3000" }, { url: "http://[::1]:3000" }],
    [{ host, "user-agent": "Firefox", "sec-fetch-site": "none", "upgrade-insecure-requests": "1" }, {}],
  ])("A2 open: %j %j", (headers, how) => expect(isThisMachine(asking(headers, how))).toBe(true));

  test.each([
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-original-forwarded-for",
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "client-ip",
    "x-clientip",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "do-connecting-ip",
    "x-cluster-client-ip",
    "wl-proxy-client-ip",
    "x-remote-ip",
    "x-remote-addr",
    "x-originating-ip",
    "x-original-url",
    "x-original-host",
    "x-arr-log-id",
    "x-azure-clientip",
    "x-azure-socketip",
    "x-envoy-external-address",
    "x-appengine-user-ip",
    "x-proxyuser-ip",
    "x-amzn-source-ip",
    "cdn-loop",
    "via",
  ])("A2 closed by a header of a proxy, whatever it says: %s", (name) => {
    for (const value of ["203.0.113.7", "127.0.0.1", "unknown", "203.0.113.7:1", ", ,", ""])
      expect(isThisMachine(asking({ host, [name]: value }))).toBe(false);
  });

  test.each([
    [{ host: "muster.example.com" }, {}],
    [{ host: "evil.test:3000" }, {}],
    [{ host: "127.0.0.1:3000" }, {}],
    [{ host: "localhost" }, {}],
    [{ host: "localhost.:3000" }, {}],
    [{}, {}],
    [{ host }, { peer: "192.0.2.1" }],
    [{ host }, { peer: "" }],
    [{ host: "muster.example.com" }, { url: "https://muster.example.com" }],
    [{ host: "localhost.example.com" }, { url: "http://localhost.example.com" }],
    [{ host }, { version: "1.0" }],
  ])("A2 closed: %j %j", (headers, how) => expect(isThisMachine(asking(headers, how))).toBe(false));

  test("A2 two Host headers are none", () => {
    const request = asking({ host });
    request.rawHeaders.push("Host", "evil.test");
    expect(isThisMachine(request)).toBe(false);
  });

  test("A2 only server.ts can say it to the pages", () => {
    const sent = asking({ host: "evil.test", "x-this-machine": "1" });
    markThisMachine(sent);
    expect(cameFromThisMachine(new Headers({ "x-this-machine": String(sent.headers["x-this-machine"]) }))).toBe(false);
    expect(cameFromThisMachine(new Headers({ "x-this-machine": "" }))).toBe(false);
    const own = asking({ host });
    markThisMachine(own);
    expect(cameFromThisMachine(new Headers({ "x-this-machine": String(own.headers["x-this-machine"]) }))).toBe(true);
  });
});
