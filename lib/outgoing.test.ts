import dns from "node:dns";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fetchOutside } from "./outgoing";

// T26: a request to an address that somebody typed leads outside, or nowhere.

const servers: Server[] = [];

/** The settings of the process, read anew. */
function allowLoopback(allowed: "on" | "off"): void {
  Object.assign(process.env, {
    DATABASE_URL: "postgresql://localhost/none",
    MUSTER_SECRET: "x".repeat(32),
    MUSTER_OUTGOING_LOOPBACK: allowed,
  });
  delete (globalThis as { musterEnv?: unknown }).musterEnv;
}

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(() => allowLoopback("off"));

afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const refused = { kind: "not-outside" };

describe("addresses that lead inside are refused before anything is sent", () => {
  test.each([
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/", // 127.0.0.1 as a number
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::]/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/", // metadata of clouds
    "https://[fd00:ec2::254]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/", // NAT64 of 169.254.169.254
    "https://[2002:7f00:1::]/", // 6to4 of 127.0.0.1
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://[fe80::1]/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "https://example.com:22/",
    "https://example.com:5432/",
    "https://user:password@example.com/",
    "example.com",
    "",
  ])("%s", async (url) => {
    await expect(fetchOutside(url)).rejects.toMatchObject(refused);
  });
});

describe("names", () => {
  const resolve = (...answers: string[][]) => {
    const asked: string[] = [];
    const lookup = ((name: string, _: unknown, done: (error: null, found: object[]) => void) => {
      asked.push(name);
      const addresses = answers[Math.min(asked.length, answers.length) - 1] ?? [];
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    }) as unknown as typeof dns.lookup;
    vi.spyOn(dns, "lookup").mockImplementation(lookup);
    return asked;
  };

  test.each(["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"])(
    "a name that leads to %s is refused, also when another of its addresses is public",
    async (address) => {
      resolve([address]);
      await expect(fetchOutside("https://evil.example/")).rejects.toMatchObject(refused);
      resolve(["203.0.113.7", address], ["93.184.216.34", address]);
      await expect(fetchOutside("https://evil.example/")).rejects.toMatchObject(refused);
    },
  );

  test("a name that changes its answer is asked once: the connection goes to what was checked", async () => {
    const base = await listen((_, response) => response.end("inside"));
    allowLoopback("on");
    const asked = resolve(["127.0.0.1"], ["10.0.0.1"]);
    const url = base.replace("127.0.0.1", "localhost");
    expect(await fetchOutside(url)).toMatchObject({ status: 200, body: "inside" });
    expect(asked).toEqual(["localhost"]);
    await expect(fetchOutside(url), "and the next request asks anew").rejects.toMatchObject(refused);
  });
});

describe("answers", () => {
  beforeEach(() => allowLoopback("on"));

  test("a redirect is told, not followed", async () => {
    let asked = 0;
    const base = await listen((_, response) => {
      asked++;
      response.writeHead(302, { location: "/elsewhere" }).end("away");
    });
    expect(await fetchOutside(base)).toMatchObject({ status: 302, body: "away" });
    expect(asked).toBe(1);
  });

  test("one that is too long, too slow or cut off is an error", async () => {
    const long = await listen((_, response) => response.end("x".repeat(2_000)));
    await expect(fetchOutside(long, { maxBytes: 1_000 })).rejects.toThrow(/longer than 1000 bytes/);
    const { body } = await fetchOutside(long, { maxBytes: 1_000, cut: true });
    expect(body, "unless its beginning is enough").toHaveLength(1_000);
    const slow = await listen((_, response) => void response.writeHead(200).write("x"));
    await expect(fetchOutside(slow, { timeout: 100 })).rejects.toThrow(/within 100 ms/);
    const cut = await listen((_, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("x", () => response.socket?.destroy());
    });
    await expect(fetchOutside(cut)).rejects.toThrow();
  });

  test("a body is sent as it is, with its length and headers", async () => {
    const base = await listen(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      response.end(`${request.method} ${request.headers["content-length"]} ${request.headers["x-mark"]} ${body}`);
    });
    const sent = { method: "POST", body: "grüße", headers: { "x-mark": "1" } } as const;
    expect((await fetchOutside(base, sent)).body).toBe("POST 7 1 grüße");
  });
});
