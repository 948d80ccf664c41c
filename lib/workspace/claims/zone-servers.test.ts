import type { Resolver } from "node:dns/promises";
import type { Answer } from "dns-packet";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Env, env, parseEnv } from "@/lib/env";
import { askServer, type DnsReply, parseServer } from "./dns-query";
import { askZone, findZoneServers } from "./zone-servers";

vi.mock("./dns-query", async (original) => ({ ...(await original<object>()), askServer: vi.fn() }));

const here = globalThis as { musterEnv?: Env };
const least = { DATABASE_URL: "postgresql://h/db", MUSTER_SECRET: "s".repeat(32) };

/** What each server answers, by its address. */
let network: Record<string, Partial<DnsReply> | null>;
/** Who was asked, in order. */
let asked: string[];

beforeEach(() => {
  here.musterEnv = parseEnv(least);
  network = {};
  asked = [];
  vi.mocked(askServer).mockImplementation(async ({ address }) => {
    asked.push(address);
    const reply = network[address];
    return reply ? { rcode: "NOERROR", answers: [], authorities: [], additionals: [], ...reply } : null;
  });
});

const txt = (name: string, ...data: string[]): Answer[] => data.map((text) => ({ type: "TXT", name, data: text }));
const ns = (name: string, ...servers: string[]): Answer[] => servers.map((data) => ({ type: "NS", name, data }));
const a = (name: string, data: string): Answer => ({ type: "A", name, data });

/** A resolver that knows some names, and fails for all others. */
function resolverOf(known: {
  ns?: Record<string, string[]>;
  soa?: Record<string, string>;
  a?: Record<string, string[]>;
}) {
  const find = async <Value>(table: Record<string, Value> | undefined, name: string): Promise<Value> => {
    const value = table?.[name];
    if (value === undefined) throw Object.assign(new Error(name), { code: "ENODATA" });
    return value;
  };
  return {
    resolveNs: (name: string) => find(known.ns, name),
    resolveSoa: async (name: string) => ({ nsname: await find(known.soa, name) }),
    resolve4: (name: string) => find(known.a, name),
    resolve6: (name: string) => find(undefined, name),
  } as unknown as Resolver;
}

const at = (...addresses: string[]) => addresses.map((address) => ({ address, port: 53 }));
const host = "_muster-challenge.eu.acme.com";

describe("B7 the servers of a zone", () => {
  test("B7 are found by NS of the registered domain, or by the SOA", async () => {
    const names = { a: { "ns1.host.net": ["93.184.216.1"], "ns2.host.net": ["93.184.216.2"] } };
    const byNs = resolverOf({ ns: { "acme.co.uk": ["ns1.host.net", "ns2.host.net"] }, ...names });
    expect(await findZoneServers(byNs, "mail.acme.co.uk")).toEqual(at("93.184.216.1", "93.184.216.2"));
    const bySoa = resolverOf({ soa: { "acme.com": "ns1.host.net" }, ...names });
    expect(await findZoneServers(bySoa, "acme.com")).toEqual(at("93.184.216.1"));
    expect(await findZoneServers(resolverOf({}), "acme.com")).toEqual([]);
  });

  test("T26 a zone can't send us inside, unless our own resolvers are there", async () => {
    const resolver = resolverOf({
      ns: { "acme.com": ["ns.acme.com"] },
      a: { "ns.acme.com": ["127.0.0.1", "10.0.0.1", "169.254.169.254", "93.184.216.1"] },
    });
    expect(await findZoneServers(resolver, "acme.com")).toEqual(at("93.184.216.1"));
    env().MUSTER_DNS_SERVERS = ["10.0.0.53:5353"];
    expect((await findZoneServers(resolver, "acme.com")).map(({ address }) => address)).toContain("10.0.0.1");
  });

  test("B7 one that is a set resolver is asked at its port", async () => {
    env().MUSTER_DNS_SERVERS = ["93.184.216.1:5353"];
    const resolver = resolverOf({ ns: { "acme.com": ["ns"] }, a: { ns: ["93.184.216.1"] } });
    expect(await findZoneServers(resolver, "acme.com")).toEqual([{ address: "93.184.216.1", port: 5353 }]);
  });
});

describe("B7 a zone is asked", () => {
  const none = resolverOf({});

  test("B7 the first that answers counts; silence and refusals are passed over", async () => {
    network = { "1.1.1.1": null, "1.1.1.2": { rcode: "REFUSED" }, "1.1.1.3": { answers: txt(host, "yes") } };
    expect(await askZone(none, at("1.1.1.1", "1.1.1.2", "1.1.1.3"), host)).toEqual({ kind: "values", values: ["yes"] });
    expect(asked).toEqual(["1.1.1.1", "1.1.1.2", "1.1.1.3"]);
    expect(await askZone(none, at("1.1.1.1", "1.1.1.2"), host)).toBeNull();
  });

  test("B7 nothing there, no such name and an alias are told apart", async () => {
    network = {
      "1.1.1.1": {},
      "1.1.1.2": { rcode: "NXDOMAIN" },
      "1.1.1.3": { answers: [{ type: "CNAME", name: host, data: "txt.elsewhere.net" }] },
    };
    expect(await askZone(none, at("1.1.1.1"), host)).toEqual({ kind: "none" });
    expect(await askZone(none, at("1.1.1.2"), host)).toEqual({ kind: "no_name" });
    expect(await askZone(none, at("1.1.1.3"), host)).toEqual({ kind: "alias", target: "txt.elsewhere.net" });
  });

  test("B7 a delegation further down is followed, by glue of its own zone or by name", async () => {
    network = {
      "1.1.1.1": { authorities: ns("eu.acme.com", "ns.eu.acme.com"), additionals: [a("ns.eu.acme.com", "2.2.2.2")] },
      "1.1.1.2": { authorities: ns("eu.acme.com", "ns.other.net"), additionals: [a("ns.other.net", "6.6.6.6")] },
      "2.2.2.2": { answers: txt(host, "down here") },
      "3.3.3.3": { answers: txt(host, "over there") },
    };
    expect(await askZone(none, at("1.1.1.1"), host)).toMatchObject({ values: ["down here"] });
    const knows = resolverOf({ a: { "ns.other.net": ["3.3.3.3"] } });
    expect(await askZone(knows, at("1.1.1.2"), host), "glue for somebody else's name is nobody's word").toMatchObject({
      values: ["over there"],
    });
    expect(asked).not.toContain("6.6.6.6");
  });

  test("B7 delegations in a circle, or away from the name, end", async () => {
    network = {
      "1.1.1.1": { authorities: ns("acme.com", "ns.acme.com"), additionals: [a("ns.acme.com", "1.1.1.1")] },
      "1.1.1.2": { authorities: ns("evil.net", "ns.evil.net"), additionals: [a("ns.evil.net", "6.6.6.6")] },
    };
    expect(await askZone(none, at("1.1.1.1"), host)).toEqual({ kind: "none" });
    expect(asked.length).toBeLessThan(10);
    expect(await askZone(none, at("1.1.1.2"), host)).toEqual({ kind: "none" });
    expect(asked).not.toContain("6.6.6.6");
  });

  test("B7 a long value comes in pieces", async () => {
    const data = [Buffer.from("a".repeat(255)), Buffer.from("bc")];
    network = { "1.1.1.1": { answers: [{ type: "TXT", name: host, data }] } };
    expect(await askZone(none, at("1.1.1.1"), host)).toEqual({ kind: "values", values: [`${"a".repeat(255)}bc`] });
  });
});

test.each([
  ["1.1.1.1", "1.1.1.1", 53],
  ["1.1.1.1:5353", "1.1.1.1", 5353],
  ["2606:4700::1111", "2606:4700::1111", 53],
  ["[2606:4700::1111]:54", "2606:4700::1111", 54],
])("B7 the resolver %s is %s at port %i", (text, address, port) =>
  expect(parseServer(text)).toEqual({ address, port }),
);
