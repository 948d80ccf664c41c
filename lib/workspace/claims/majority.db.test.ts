import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type DnsServer, openDnsServer } from "@/e2e/support/dns-server";
import { all, one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { finishDomainChecks, startDomainChecks } from "@/lib/jobs/domains";
import { openWorkspace } from "@/lib/provisioning/testing/fixtures";
import { addDomain, checkDomain } from "@/lib/workspace/domains/domains";
import { takeDueDomain } from "@/lib/workspace/domains/due";
import { checkRecord } from "./check";

// D-19, T13: what it takes to end the trust in a domain, with three resolvers on loopback that disagree, fail and lie.

let servers: DnsServer[] = [];
let down: DnsServer;

beforeAll(async () => {
  servers = await Promise.all([openDnsServer(), openDnsServer(), openDnsServer()]);
  down = await openDnsServer();
  await down.close();
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** What a resolver says: the record, that it is gone, another value, that the zone fails; or the resolver itself is away. */
type Word = "there" | "gone" | "lies" | "fails" | "down";

let claims = 0;

async function verified() {
  const { operator } = await openWorkspace("majority");
  const { id, name, record } = await addDomain(operator, `lapse${++claims}.test`);
  const say = (server: DnsServer | undefined, word: Word) => {
    server?.set(name, { kind: "empty" });
    if (word === "there") server?.set(record.fullName, { kind: "txt", values: [record.value] });
    else if (word === "lies") server?.set(record.fullName, { kind: "txt", values: ["muster-verify=another"] });
    else server?.set(record.fullName, { kind: word === "fails" ? "servfail" : "unknown" });
  };
  const check = async (words: readonly Word[]) => {
    for (const [index, word] of words.entries()) say(servers[index], word);
    env().MUSTER_DNS_SERVERS = words.map((word, index) => (word === "down" ? down : servers[index])?.address ?? "");
    await checkDomain(operator, id);
    return (await one<{ state: string }>(sql`SELECT state FROM "Domain" WHERE id = ${id}`))?.state;
  };
  const pass = (days: number) =>
    run(sql`
      UPDATE "Domain" SET "warnedAt" = "warnedAt" - make_interval(days => ${days}), "unansweredSince" = "unansweredSince" - make_interval(days => ${days}) WHERE id = ${id}`);
  expect(await check(["there", "there", "there"])).toBe("verified");
  return { check, pass };
}

describe("A9 a lapse takes a majority that says missing", () => {
  test.each<[Word[]]>([
    [["gone", "gone", "gone"]],
    [["gone", "gone", "there"]],
    [["there", "gone", "gone"]],
    [["lies", "gone", "there"]],
    [["gone", "gone", "down"]],
    [["gone", "gone", "fails"]],
    [["gone", "gone"]],
    [["gone"]],
  ])("A9 %j warns, and lapses after seven days", async (words) => {
    const { check, pass } = await verified();
    expect(await check(words)).toBe("warning");
    await pass(6);
    expect(await check(words)).toBe("warning");
    await pass(1);
    expect(await check(words)).toBe("lapsed");
  });

  test.each<[Word[]]>([
    [["gone", "there", "there"]],
    [["lies", "there", "there"]],
    [["gone", "there", "down"]],
    [["gone", "down", "down"]],
    [["lies", "down", "down"]],
    [["gone", "fails", "down"]],
    [["lies", "fails", "down"]],
    [["down", "down", "down"]],
    [["fails", "down", "down"]],
    [["there", "down", "down"]],
    [["there", "fails", "fails"]],
    [["there", "fails", "gone"]],
    [["gone", "there"]],
    [["gone", "down"]],
  ])("A9 %j neither warns nor ends a warning in a lapse, however long", async (words) => {
    const { check, pass } = await verified();
    for (let day = 0; day < 3; day++) {
      expect(await check(words)).toBe("verified");
      await pass(10);
    }
    expect(await check(["gone", "gone", "gone"])).toBe("warning");
    await pass(10);
    const isProven = words.filter((word) => word === "there").length >= Math.min(2, words.length);
    expect(await check(words)).toBe(isProven ? "verified" : "warning");
  });

  test.each<[Word[]]>([[["fails", "fails", "gone"]], [["fails", "fails", "down"]], [["fails", "fails", "fails"]]])(
    "A9 %j is silence: waited out for seven days, warned about for seven more",
    async (words) => {
      const { check, pass } = await verified();
      expect(await check(words)).toBe("verified");
      await pass(6);
      expect(await check(words)).toBe("verified");
      await pass(1);
      expect(await check(words)).toBe("warning");
      await pass(6);
      expect(await check(words)).toBe("warning");
      await pass(1);
      expect(await check(words)).toBe("lapsed");
    },
  );

  test("A9 one of three resolvers is down each day, another one each time: the domain stays, or lapses on its day", async () => {
    const turn = (word: Word, day: number) => [0, 1, 2].map((index): Word => (index === day % 3 ? "down" : word));
    const kept = await verified();
    for (let day = 0; day < 8; day++) {
      expect(await kept.check(turn("there", day))).toBe("verified");
      await kept.pass(1);
    }
    const lost = await verified();
    for (let day = 0; day < 7; day++) {
      expect(await lost.check(turn("gone", day))).toBe("warning");
      await lost.pass(1);
    }
    expect(await lost.check(turn("gone", 7))).toBe("lapsed");
  });
});

describe("A9 checks run side by side", () => {
  /** Only these are due. */
  async function claimed(names: string[]) {
    await run(sql`UPDATE "Domain" SET "nextCheckAt" = NULL`);
    const { operator } = await openWorkspace("side");
    const added = [];
    for (const name of names) added.push(await addDomain(operator, name));
    return added;
  }
  const checksOf = (name: string) => one<{ checks: number }>(sql`SELECT checks FROM "Domain" WHERE name = ${name}`);

  test("A9 zones that are silent keep no other waiting", async () => {
    const [server] = servers as [DnsServer];
    env().MUSTER_DNS_SERVERS = [server.address];
    const silent = Array.from({ length: 8 }, (_, n) => `silent${n}.test`);
    const added = await claimed([...silent, "quick.test"]);
    for (const name of silent) server.set(`_muster-challenge.${name}`, { kind: "silent" });
    const quick = added.at(-1);
    server.set("quick.test", { kind: "empty" });
    server.set(quick?.record.fullName ?? "", { kind: "txt", values: [quick?.record.value ?? ""] });
    await startDomainChecks();
    await vi.waitFor(async () => expect(await checksOf("quick.test")).toEqual({ checks: 1 }), 10_000);
    const done = await all(sql`SELECT 1 FROM "Domain" WHERE name LIKE 'silent%' AND checks > 0`);
    expect(done, "none of the silent ones has been given up yet").toEqual([]);
    await finishDomainChecks();
    expect(await all(sql`SELECT 1 FROM "Domain" WHERE name LIKE 'silent%' AND checks = 1`)).toHaveLength(8);
  });

  test("A9 a zone that takes too long doesn't answer", async () => {
    const [server] = servers as [DnsServer];
    env().MUSTER_DNS_SERVERS = [server.address];
    server.set("_muster-challenge.slow.test", { kind: "silent" });
    expect(await checkRecord("slow.test", "x", 50)).toMatchObject({ outcome: "no_answer", unanswered: 1 });
  });

  test("A9 several processes share what is due by leases", async () => {
    await claimed(["one.test", "two.test"]);
    const taken = await Promise.all([takeDueDomain(), takeDueDomain(), takeDueDomain(), takeDueDomain()]);
    expect(taken.flatMap((domain) => domain?.name ?? []).sort()).toEqual(["one.test", "two.test"]);
  });
});
