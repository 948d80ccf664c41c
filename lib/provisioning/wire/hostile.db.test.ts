import { beforeAll, describe, expect, test } from "vitest";
import type { ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";

let workspace: TestWorkspace;
let scim: ScimClient;

beforeAll(async () => {
  workspace = await openWorkspace("hostile");
  scim = workspace.scim;
});

const at = (name: string) => `${name}@${workspace.domain}`;

describe("T21 input that is not what it should be is 4xx, never 5xx", () => {
  const bodies: [string, () => string][] = [
    ["nothing", () => ""],
    ["no JSON", () => "{"],
    ["a number", () => "1"],
    ["a list", () => "[]"],
    ["null", () => "null"],
    ["a NUL", () => JSON.stringify(userBody(at("nul"), { title: "a\u0000b" }))],
    ["a NUL in a name", () => JSON.stringify(userBody(at("nul\u0000")))],
    ["a NUL in a key", () => JSON.stringify(userBody(at("key"), { "ti\u0000tle": "x" }))],
    ["a lone surrogate", () => `{"userName":"${at("lone")}","title":"\\ud800"}`],
    ["a lone surrogate in a list", () => `{"userName":"${at("list")}","emails":[{"value":"\\udc00@x.test"}]}`],
    ["a key twice", () => `{"userName":"${at("one")}","userName":"${at("two")}"}`],
    ["a key twice inside", () => `{"userName":"${at("in")}","name":{"givenName":"a","givenName":"b"}}`],
    ["a key in two cases", () => `{"userName":"${at("one")}","UserName":"${at("two")}"}`],
    ["deep nesting", () => `{"userName":"${at("deep")}","name":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`],
    ["deep lists", () => `{"userName":"${at("deep2")}","emails":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
    ["a prototype", () => `{"userName":"${at("proto")}","__proto__":{"admin":true}}`],
    ["a prototype inside", () => `{"userName":"${at("proto")}","name":{"constructor":{"prototype":{"admin":true}}}}`],
    ["an object for a text", () => JSON.stringify({ userName: { a: 1 } })],
    ["a list for a text", () => JSON.stringify(userBody(at("l"), { title: ["a", "b"] }))],
    ["a text for a number of words", () => JSON.stringify({ userName: at("s"), schemas: "x" })],
    ["a blank userName", () => JSON.stringify(userBody("  "))],
  ];

  test.each(bodies)("%s", async (_, body) => {
    const { status, body: answer } = await scim("POST", "/Users", body());
    expect(status, JSON.stringify(answer)).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(answer).toMatchObject({ status: String(status), detail: expect.any(String) });
  });

  test("bytes that are no UTF-8, a BOM, UTF-16 and a compressed body", async () => {
    const { answerWeb } = await import("@/lib/provisioning/http/web-adapter");
    const json = JSON.stringify(userBody(at("bytes")));
    const send = async (body: Buffer, headers: Record<string, string> = {}) => {
      const authorization = `Bearer ${workspace.token.secret}`;
      const all = { authorization, "content-type": "application/scim+json", ...headers };
      const response = await answerWeb(
        new Request("http://muster.test/scim/v2/Users", { method: "POST", headers: all, body: new Uint8Array(body) }),
      );
      return response.status;
    };
    expect(await send(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]))).toBe(400);
    expect(await send(Buffer.from(json, "utf16le"))).toBe(400);
    expect(await send(Buffer.from(json), { "content-encoding": "gzip" })).toBe(415);
    // The charset means nothing (RFC 8259 §11): the bytes are UTF-8, with or without a byte order mark.
    const headers = { "content-type": "application/scim+json; charset=utf-16" };
    expect(await send(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json)]), headers)).toBe(201);
  });

  const queries = [
    'filter=userName eq "%00"',
    'filter=userName eq "\\u0000"',
    'filter=userName eq "\\ud800"',
    'filter=title co "\\u0000"',
    'filter=externalId eq "%FF"',
    "filter=%",
    "startIndex=99999999999999999999",
    "startIndex=999999999999999",
    "count=1e3",
    "attributes=%00",
    "sortBy=%00",
    'filter=meta.created gt "999999-01-01T00:00:00Z"',
    'filter=meta.created gt "2026-02-30T00:00:00Z"',
    'filter=id eq "\u0000"',
  ];

  test.each(queries)("?%s", async (query) => {
    const { status } = await scim(
      "GET",
      `/Users?${query.replaceAll(" ", "%20").replaceAll('"', "%22").replaceAll("\\", "%5C").replaceAll("\u0000", "%00")}`,
    );
    expect(status).toBeLessThan(500);
  });

  test.each([
    "\u0000",
    "%00",
    "..%2f..",
    "a%ff",
    "🙂",
    "x".repeat(3_000),
    "1;DROP TABLE",
    "00000000-0000-0000-0000-00000000000G",
  ])("T17 the id %j", async (id) => {
    for (const method of ["GET", "DELETE"]) {
      const { status } = await scim(method, `/Users/${id.replaceAll("\u0000", "%00")}`);
      expect(status).toBe(404);
    }
  });
});
