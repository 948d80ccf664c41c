import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { env, parseEnv } from "@/lib/env";
import { isOutside, mayLeadTo, whyNotOutside } from "./outside-address";

// T26: what an address says of where it leads. Where a name leads is tested with the requests (lib/outgoing.test.ts).

vi.stubEnv("DATABASE_URL", "postgresql://localhost/none");
vi.stubEnv("MUSTER_SECRET", "x".repeat(32));

beforeEach(() => {
  env().MUSTER_OUTGOING_LOOPBACK = "off";
});

/** Each of these is refused before anything is sent, at save as at dispatch. */
const refused = [
  "",
  "webhook",
  "example.com/hook",
  "http://example.com/hook",
  "ftp://example.com/",
  "file:///etc/passwd",
  "gopher://example.com/",
  "javascript:alert(1)",
  "data:text/plain,hello",
  "https://",
  `https://example.com/${"x".repeat(2_000)}`,
  "https://user@example.com/",
  "https://user:password@example.com/",
  "https://:password@example.com/",
  "https://example.com:22/",
  "https://example.com:80/",
  "https://example.com:5432/",
  "https://example.com:0/",
  "https://localhost/",
  "https://localhost./",
  "https://LOCALHOST/",
  "https://hook.localhost/",
  "https://intranet/",
  "https://printer.local/",
  "https://metadata.google.internal/computeMetadata/v1/",
  "https://router.lan/",
  "https://nas.home.arpa/",
  "https://127.0.0.1/",
  "https://127.0.0.1./",
  "https://127.1/",
  "https://127.255.255.254/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0x7f.0.0.1/",
  "https://0177.0.0.1/",
  "https://017700000001/",
  "https://①②⑦.⓪.⓪.①/",
  "https://0.0.0.0/",
  "https://0/",
  "https://10.0.0.1/",
  "https://172.16.0.1/",
  "https://172.31.255.255/",
  "https://192.168.1.1/",
  "https://100.64.0.1/",
  "https://100.100.100.200/",
  "https://169.254.169.254/latest/meta-data/",
  "https://2852039166/latest/meta-data/",
  "https://168.63.129.16/",
  "https://192.0.0.192/",
  "https://192.0.2.1/",
  "https://198.18.0.1/",
  "https://203.0.113.9/",
  "https://224.0.0.1/",
  "https://240.0.0.1/",
  "https://255.255.255.255/",
  "https://[::]/",
  "https://[::1]/",
  "https://[0:0:0:0:0:0:0:1]/",
  "https://[::127.0.0.1]/", // written back as ::7f00:1, which no range of special addresses has
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[::ffff:169.254.169.254]/",
  "https://[::ffff:10.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[64:ff9b::169.254.169.254]/",
  "https://[64:ff9b:1::1]/",
  "https://[2002:7f00:1::]/",
  "https://[2002:a9fe:a9fe::]/",
  "https://[2001::1]/",
  "https://[fc00::1]/",
  "https://[fd00:ec2::254]/",
  "https://[fe80::1]/",
  "https://[fec0::1]/",
  "https://[ff02::1]/",
  "https://[2001:db8::1]/",
  "https://[4000::1]/",
];

const allowed = [
  "https://example.com/hook",
  "https://EXAMPLE.com/hook?a=b#c",
  "https://example.com:443/",
  "https://example.com:8443/",
  "https://münchen.example/hook",
  "https://a.b.c.example.co.uk/",
  "https://8.8.8.8/",
  "https://[2606:4700:4700::1111]/",
];

describe("T26 what an address says", () => {
  test.each(refused)("refused: %s", (url) => expect(whyNotOutside(url)).not.toBeNull());
  test.each(allowed)("allowed: %s", (url) => expect(whyNotOutside(url)).toBeNull());

  test("a number of the network is judged in each of its forms", () => {
    expect(["8.8.8.8", "1.1.1.1", "2a00:1450::1"].every(isOutside)).toBe(true);
    expect(["", "x", "127.1", "::1", "::7f00:1", "::ffff:192.168.0.1", "2002:c0a8:1::"].some(isOutside)).toBe(false);
  });

  test("where loopback is allowed, nothing else inside is", () => {
    env().MUSTER_OUTGOING_LOOPBACK = "on";
    for (const url of ["http://127.0.0.1:9/", "http://localhost/", "https://[::1]:4000/"])
      expect(whyNotOutside(url), url).toBeNull();
    for (const url of ["http://10.0.0.1/", "https://169.254.169.254/", "http://example.com/", "http://[fd00::1]/"])
      expect(whyNotOutside(url), url).not.toBeNull();
  });
});

describe("case 22 MUSTER_OUTGOING_ALLOW names the networks of one's own", () => {
  beforeEach(() => {
    env().MUSTER_OUTGOING_ALLOW = parseEnv({
      DATABASE_URL: "postgresql://localhost/none",
      MUSTER_SECRET: "x".repeat(32),
      MUSTER_OUTGOING_ALLOW: "10.20.0.0/16, fd00:1::/64, 169.254.0.0/16, 168.63.129.16",
    }).MUSTER_OUTGOING_ALLOW;
  });
  afterEach(() => {
    env().MUSTER_OUTGOING_ALLOW = [];
  });

  test.each([
    "http://10.20.1.2/hook",
    "https://10.20.1.2:9443/hook",
    "http://[fd00:1::7]:8080/",
    "http://billing:3000/hook",
    "http://billing.internal/hook",
    "http://billing.acme.com:8080/hook",
    "https://example.com/hook",
  ])("case 22 %s may be saved", (url) => expect(whyNotOutside(url)).toBeNull());

  test.each([
    "http://10.21.1.2/hook",
    "https://192.168.1.1/",
    "http://93.184.216.34/",
    "https://127.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/",
    "https://[fe80::1]/",
    "https://user@10.20.1.2/",
    "ftp://10.20.1.2/",
  ])("case 22 %s still may not", (url) => expect(whyNotOutside(url)).not.toBeNull());

  test("case 22 what isn't a plain public address must lead into what is allowed, and nowhere else", () => {
    for (const url of [
      "http://billing:3000/",
      "http://billing.internal/",
      "http://billing.acme.com/",
      "https://billing.acme.com:9443/",
    ]) {
      const mayGo = mayLeadTo(url);
      expect(mayGo("10.20.1.2"), url).toBe(true);
      for (const address of ["10.21.1.2", "93.184.216.34", "127.0.0.1", "169.254.169.254", "168.63.129.16", "::1"])
        expect(mayGo(address), `${url} ${address}`).toBe(false);
    }
    expect(mayLeadTo("https://billing.acme.com/")("10.20.1.2")).toBe(true);
    expect(mayLeadTo("https://billing.acme.com/")("93.184.216.34")).toBe(true);
    expect(mayLeadTo("https://billing.acme.com/")("10.21.1.2")).toBe(false);
  });

  test("case 22 nothing of it is so by default", () => {
    env().MUSTER_OUTGOING_ALLOW = [];
    expect(whyNotOutside("http://10.20.1.2/hook")).not.toBeNull();
    expect(whyNotOutside("http://billing.internal/hook")).not.toBeNull();
    expect(mayLeadTo("https://billing.acme.com/")("10.20.1.2")).toBe(false);
  });
});
