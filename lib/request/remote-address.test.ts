import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { type Env, parseEnv } from "@/lib/env";
import { remoteAddress } from "./remote-address";

const here = globalThis as { musterEnv?: Env };
beforeAll(() => {
  here.musterEnv = parseEnv({ DATABASE_URL: "postgresql://h/db", MUSTER_SECRET: "s".repeat(32) });
});

const by = (peer: string, headers: IncomingHttpHeaders = {}) =>
  remoteAddress({ socket: { remoteAddress: peer } as Socket, headers });
const from = (peer: string, forwarded?: string | string[]) =>
  by(peer, forwarded === undefined ? {} : { "x-forwarded-for": forwarded as string });

test("T28 only a proxy on this machine is believed, and only about the hop before it", () => {
  expect(from("203.0.113.9")).toBe("203.0.113.9");
  expect(from("203.0.113.9", "10.0.0.1")).toBe("203.0.113.9");
  expect(from("127.0.0.1", "1.1.1.1, 203.0.113.7")).toBe("203.0.113.7");
  expect(from("::1", ["9.9.9.9", "203.0.113.7"])).toBe("203.0.113.7");
  expect(from("127.0.0.1")).toBe("127.0.0.1");
  expect(from("::ffff:203.0.113.9")).toBe("203.0.113.9");
});

describe("A2 a hop that can't be read is unknown, never loopback", () => {
  test.each([
    "nonsense",
    "unknown",
    "_hidden",
    "",
    " ",
    ",",
    "203.0.113.7,",
    "203.0.113.7, ,",
    "203.0.113.7, unknown",
    "localhost",
    "127.1",
    "0x7f000001",
    "2130706433",
    "127.0.0.1.",
    "203.0.113.7:",
    "203.0.113.7:x",
    "[::1",
    "x".repeat(100),
  ])("A2 X-Forwarded-For: %j", (text) => expect(from("127.0.0.1", text)).toBe("unknown"));

  test.each([
    "for=unknown",
    "for=_secret",
    'for="_x:1"',
    "proto=https",
    "for",
    "for=",
    "for=1.1.1.1;for=203.0.113.7",
    "for=203.0.113.7,",
    ", for=203.0.113.7",
    'for="203.0.113.7',
    "for=203.0.113.7 junk",
    "",
  ])("A2 Forwarded: %j", (forwarded) => expect(by("127.0.0.1", { forwarded })).toBe("unknown"));

  test.each([
    "x-real-ip",
    "via",
    "cf-connecting-ip",
    "true-client-ip",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-client-ip",
  ])("A2 %s alone tells of a proxy and of nobody else", (name) => {
    expect(by("127.0.0.1", { [name]: "203.0.113.7" })).toBe("unknown");
    expect(by("127.0.0.1", { [name]: "127.0.0.1" })).toBe("unknown");
    expect(by("198.51.100.1", { [name]: "127.0.0.1" })).toBe("198.51.100.1");
  });

  test("A2 a socket that is gone has no address", () => expect(by("")).toBe("unknown"));
});

describe("A2 what is written is understood", () => {
  test.each([
    ["203.0.113.7:4711", "203.0.113.7"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["2001:DB8::1", "2001:db8::1"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["1.1.1.1,127.0.0.1, 203.0.113.7 ,127.0.0.1", "203.0.113.7"],
    ["127.0.0.1", "127.0.0.1"],
  ])("A2 X-Forwarded-For: %s", (text, address) => expect(from("127.0.0.1", text)).toBe(address));

  test.each([
    ["for=203.0.113.7", "203.0.113.7"],
    ['For="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"],
    ["for=192.0.2.43, for=198.51.100.17;by=203.0.113.60;proto=http;host=example.com", "198.51.100.17"],
    ['proto=https;for="198.51.100.17:80"', "198.51.100.17"],
    ['host="a,b;c";for="198.51.100.\\17"', "198.51.100.17"],
    ["for=9.9.9.9, for=127.0.0.1", "9.9.9.9"],
  ])("A2 Forwarded (RFC 7239 §4): %s", (forwarded, address) => expect(by("127.0.0.1", { forwarded })).toBe(address));

  test("A2 two headers that tell of different hops are believed in neither", () => {
    const byBoth = (listed: string, forwarded: string) => by("127.0.0.1", { "x-forwarded-for": listed, forwarded });
    expect(byBoth("203.0.113.7", "for=203.0.113.7")).toBe("203.0.113.7");
    expect(byBoth("203.0.113.7", "for=127.0.0.1")).toBe("unknown");
    expect(byBoth("127.0.0.1", "for=203.0.113.7")).toBe("unknown");
  });

  test("A2 MUSTER_TRUSTED_PROXIES replaces loopback, and its chain is walked from the right", () => {
    const least = { DATABASE_URL: "postgresql://h/db", MUSTER_SECRET: "s".repeat(32) };
    here.musterEnv = parseEnv({ ...least, MUSTER_TRUSTED_PROXIES: "10.0.0.0/8, 2001:db8:1::5" });
    expect(from("10.9.9.9", "6.6.6.6, 203.0.113.8, 10.1.1.1, 2001:db8:1::5")).toBe("203.0.113.8");
    expect(from("2001:db8:1::5", "203.0.113.8")).toBe("203.0.113.8");
    expect(from("127.0.0.2", "203.0.113.8")).toBe("127.0.0.2");
    expect(from("10.9.9.9", "10.3.3.3, 10.4.4.4")).toBe("10.3.3.3");
  });
});
