import { describe, expect, test } from "vitest";
import { parseEnv } from "./env";

const least = { DATABASE_URL: "postgresql://u:p@h/db", MUSTER_SECRET: "s".repeat(32) };

describe("settings", () => {
  test("the least that is needed gives the documented defaults", () => {
    const settings = parseEnv({ ...least, SMTP_URL: "" });
    expect(settings).not.toHaveProperty("SMTP_URL");
    expect(settings).toMatchObject({
      PORT: 3000,
      HOST: "0.0.0.0",
      MUSTER_URL: "http://localhost:3000",
      MUSTER_DNS_SERVERS: [],
      MUSTER_SCIM_RATE: 500,
      MUSTER_INVITE_DELAY: 60,
    });
  });

  test("the address has no slash at its end, and lists are split", () => {
    const settings = parseEnv({ ...least, MUSTER_URL: "https://a.test/", MUSTER_DNS_SERVERS: "1.1.1.1, 8.8.8.8:53" });
    expect(settings.MUSTER_URL).toBe("https://a.test");
    expect(settings.MUSTER_DNS_SERVERS).toEqual(["1.1.1.1", "8.8.8.8:53"]);
  });

  test.each([
    ["PORT", "x", 'The setting PORT is not valid: "x". It must be a whole number from 0 to 65535.'],
    ["MUSTER_URL", "acme.test", "It must be the public address, such as https://muster.example.com."],
    ["LOG_LEVEL", "loud", "It must be one of trace, debug, info, warn, error, fatal, silent."],
    ["DATABASE_URL", undefined, "The setting DATABASE_URL is missing."],
    ["SMTP_URL", "mail", "It must be an address such as smtp://user:password@host:587."],
  ])("a bad %s is named, with what it should be", (name, value, message) => {
    expect(() => parseEnv({ ...least, [name]: value })).toThrow(message);
  });

  test.each([
    "https://a.test/muster",
    "https://a.test/muster/",
    "http://a.test:8080/a/b",
    "https://a.test/?x=1",
    "https://a.test/#top",
    "https://a.test?",
    "https://user:pass@a.test",
    "https://a.test/%2F",
  ])("B8 a base address with more than host and port is refused at the start: %s", (value) => {
    expect(() => parseEnv({ ...least, MUSTER_URL: value })).toThrow(
      `The setting MUSTER_URL is not valid: ${JSON.stringify(value)}. It must be the public address, such as https://muster.example.com. Nothing may follow the host and port.`,
    );
  });

  test("B8 the base is the origin as browsers spell it", () => {
    const base = (MUSTER_URL: string) => parseEnv({ ...least, MUSTER_URL }).MUSTER_URL;
    expect(base("https://A.test:443//")).toBe("https://a.test");
    expect(base("http://[::1]:80")).toBe("http://[::1]");
  });

  test("A2 trusted proxies are addresses and networks; loopback unless set", () => {
    const trusted = (given: string) =>
      parseEnv({ ...least, MUSTER_TRUSTED_PROXIES: given }).MUSTER_TRUSTED_PROXIES.map(([at, bits]) => `${at}/${bits}`);
    expect(trusted("")).toEqual(["127.0.0.0/8", "::1/128"]);
    expect(trusted("10.0.0.7, 10.1.0.0/16 fd00::/8,::ffff:10.0.0.8")).toEqual([
      "10.0.0.7/32",
      "10.1.0.0/16",
      "fd00::/8",
      "10.0.0.8/32",
    ]);
    for (const wrong of ["proxy", "10.0.0.0/33", "10.0.0.1/", "/8"])
      expect(() => trusted(wrong)).toThrow("It must be IP addresses and networks by commas");
  });

  test("secrets are not repeated", () => {
    expect(() => parseEnv({ ...least, MUSTER_SECRET: "hunter2" })).toThrow(/^(?!.*hunter2)/);
    expect(() => parseEnv({ ...least, SMTP_URL: "http://u:hunter2@h" })).toThrow(/^(?!.*hunter2)/);
  });
});
