import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { type Body, expectError, insertPeople, membersOf, nobody, urn } from "@/lib/provisioning/conformance/support";
import { answerWeb } from "@/lib/provisioning/http/web-adapter";
import { adapters, nodeAdapterUrl, type ScimClient } from "@/lib/provisioning/testing/adapters";
import {
  bulkBody,
  openWorkspace,
  patchBody,
  searchBody,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/fixtures";
import { digestOf } from "./support";

// T21: each limit of D-81 at its value and one beyond it, which is 413 as a SCIM error while the body is still being read.

const maxBody = 1_048_576;
const maxOperations = 1_000;
const maxMembers = 10_000;

/** What came back of a request whose body never ended, and how many bytes of it were asked for. */
type Cut = { status: number; type: string | null; body: Body; taken: number };

/** Sends a body without a length, piece by piece for as long as the door takes any. */
type Pour = (method: string, path: string, headers: Record<string, string>, piece: string) => Promise<Cut>;

const pourNode: Pour = async (method, path, headers, piece) => {
  const url = await nodeAdapterUrl;
  return new Promise((resolve, reject) => {
    let taken = 0;
    let isDone = false;
    const request = httpRequest(`${url}${path}`, { method, headers }, (response) => {
      isDone = true;
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode = 0 } = response;
        const type = response.headers["content-type"] ?? null;
        resolve({ status: statusCode, type, body: JSON.parse(Buffer.concat(chunks).toString()) as Body, taken });
        request.destroy();
      });
    });
    request.on("error", (error) => isDone || reject(error));
    const write = () => {
      while (!isDone && !request.destroyed) {
        taken += piece.length;
        if (!request.write(piece)) return void request.once("drain", write);
      }
    };
    write();
  });
};

const pourWeb: Pour = async (method, path, headers, piece) => {
  let taken = 0;
  const bytes = new TextEncoder().encode(piece);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      taken += bytes.length;
      controller.enqueue(bytes);
    },
  });
  const init: RequestInit & { duplex: "half" } = { method, headers, body, duplex: "half" };
  const response = await answerWeb(new Request(`http://muster.test/scim/v2${path}`, init));
  const type = response.headers.get("content-type");
  return { status: response.status, type, body: (await response.json()) as Body, taken };
};

describe.each(adapters)("%s", (adapter, open) => {
  const pour = adapter === "server.ts" ? pourNode : pourWeb;
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let user: string;
  let group: string;
  let people: string[];

  beforeAll(async () => {
    workspace = await openWorkspace("sizes");
    scim = open(workspace.token.secret);
    user = `/Users/${(await scim("POST", "/Users", userBody(`lin@${workspace.domain}`))).body.id}`;
    group = `/Groups/${(await scim("POST", "/Groups", { displayName: "G" })).body.id}`;
    people = await insertPeople(workspace, maxMembers);
  });

  const headers = () => ({
    authorization: `Bearer ${workspace.token.secret}`,
    "content-type": "application/scim+json",
  });

  /** JSON of exactly so many bytes. */
  function sized(body: Body, bytes: number): string {
    const rest = bytes - Buffer.byteLength(JSON.stringify({ ...body, x: "" }));
    return JSON.stringify({ ...body, x: "x".repeat(rest) });
  }

  /** Everything that takes a body, with one that is fine and changes nothing. */
  const taking: [string, () => string, () => Body, number][] = [
    ["POST", () => "/Users", () => userBody(""), 400],
    ["POST", () => "/Groups", () => ({ displayName: " " }), 400],
    ["PUT", () => user, () => userBody(`lin@${workspace.domain}`), 200],
    ["PUT", () => group, () => ({ displayName: "G" }), 200],
    ["PATCH", () => user, () => patchBody(), 200],
    ["PATCH", () => group, () => patchBody(), 200],
    ["POST", () => "/Bulk", () => bulkBody([]), 200],
    ["POST", () => "/Users/.search", () => searchBody({ count: 0 }), 200],
    ["POST", () => "/.search", () => searchBody({ count: 0 }), 200],
  ];

  test.each(taking)("T21 %s with a body of 1 MB is read; one byte more is 413", async (method, path, body, status) => {
    const before = await digestOf(workspace);
    const full = await scim(method, path(), sized(body(), maxBody));
    expect(full.status, JSON.stringify(full.body)).toBe(status);
    for (const bytes of [maxBody + 1, maxBody * 8]) {
      const answer = await scim(method, path(), sized(body(), bytes));
      expectError(answer, 413);
      expect(answer.body.detail).toContain(String(maxBody));
    }
    expect(await digestOf(workspace)).toBe(before);
    expect((await scim("GET", user)).status, "the next request is none the worse").toBe(200);
  });

  test.each(taking)(
    "T21 %s with a body that never ends and tells no length is 413 while it is being read",
    async (method, path) => {
      for (const piece of [" ".repeat(65_536), "[".repeat(65_536), "x".repeat(1_000)]) {
        const answer = await pour(method, path(), headers(), piece);
        expect(answer).toMatchObject({
          status: 413,
          type: "application/scim+json",
          body: { schemas: [urn.error], status: "413" },
        });
        // What a socket holds on its way is sent, but nobody went on reading.
        expect(answer.taken).toBeLessThan(maxBody * 16);
      }
      expect((await scim("GET", user)).status).toBe(200);
    },
  );

  test("T21 without a token or a scope nothing of a body is read", async () => {
    const answer = await pour("POST", "/Users", { "content-type": "application/scim+json" }, " ".repeat(65_536));
    expect(answer).toMatchObject({ status: 401, type: "application/scim+json" });
    expect(answer.taken).toBeLessThan(maxBody * 16);
  });

  test("T21 bytes are counted, not characters", async () => {
    const body = { ...userBody(""), x: "é".repeat(maxBody / 2) };
    expectError(await scim("POST", "/Users", body), 413);
  });

  test("T21 a compressed body is 415, however small it is", async () => {
    const bomb = gzipSync(Buffer.from(" ".repeat(20_000_000)));
    expect(bomb.length).toBeLessThan(100_000);
    for (const encoding of ["gzip", "deflate", "br", "zstd", "x-gzip", "gzip, identity", "GZIP"])
      expectError(await scim("POST", "/Users", new Uint8Array(bomb), { "content-encoding": encoding }), 415);
  });

  const members = (ids: readonly string[]) => ids.map((value) => ({ value }));

  test("T21 10,000 members in one request are taken, by POST, PUT and PATCH", async () => {
    const made = await scim("POST", "/Groups", { displayName: "Ten thousand", members: members(people) });
    expect(made.status).toBe(201);
    const id = String(made.body.id);
    expect(await membersOf(scim, id)).toEqual(people);
    const path = `/Groups/${id}`;
    expect((await scim("PUT", path, { displayName: "Ten thousand", members: members(people) })).status).toBe(200);
    const remove = { op: "remove", path: "members", value: members(people) };
    expect((await scim("PATCH", path, patchBody(remove))).status).toBe(200);
    expect(await membersOf(scim, id)).toEqual([]);
    const halves = [people.slice(0, 5_000), people.slice(5_000)];
    const add = halves.map((ids) => ({ op: "add", path: "members", value: members(ids) }));
    expect((await scim("PATCH", path, patchBody(...add))).status).toBe(204);
    expect(await membersOf(scim, id)).toHaveLength(maxMembers);
    expect((await scim("DELETE", path)).status).toBe(204);
  });

  test("T21 an answer that is sent in many pieces leaves no listeners behind", async () => {
    const made = await scim("POST", "/Groups", { displayName: "In pieces", members: members(people) });
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`);
    process.on("warning", note);
    expect(await membersOf(scim, String(made.body.id))).toHaveLength(maxMembers);
    expect((await scim("GET", "/Users")).status).toBe(200); // a warning comes after the turn that it is about
    process.off("warning", note);
    await scim("DELETE", `/Groups/${made.body.id}`);
    expect(warnings).toEqual([]);
  });

  test("T21 one member more is 413 and changes nothing, in one operation or in several", async () => {
    const before = await digestOf(workspace);
    const over = [...members(people), { value: nobody }];
    const [first, second] = [over.slice(0, 6_000), over.slice(6_000)];
    const requests: [string, string, Body][] = [
      ["POST", "/Groups", { displayName: "Too many", members: over }],
      ["PUT", group, { displayName: "G", members: over }],
      ["PATCH", group, patchBody({ op: "add", path: "members", value: over })],
      ["PATCH", group, patchBody({ op: "replace", value: { members: over } })],
      ["PATCH", group, patchBody({ op: "remove", path: "members", value: over })],
      [
        "PATCH",
        group,
        patchBody({ op: "add", path: "members", value: first }, { op: "remove", path: "members", value: second }),
      ],
      ["POST", "/Users", userBody(`many@${workspace.domain}`, { emails: over })],
    ];
    for (const [method, path, body] of requests) expectError(await scim(method, path, body), 413, "tooMany");
    const list = requests
      .filter(([method]) => method !== "POST")
      .slice(0, 2)
      .map(([method, path, data]) => ({ method, path, data }));
    for (const operation of list) {
      const { body } = await scim("POST", "/Bulk", bulkBody([operation]));
      expect(body.Operations).toMatchObject([{ status: "413" }]);
    }
    expect(await digestOf(workspace)).toBe(before);
  });

  test("T21 1,000 operations of a PATCH are taken; 1,001 and 40,000 are 413", async () => {
    const of = (count: number) => patchBody(...Array.from({ length: count }, () => ({ op: "remove", path: "x" })));
    expect((await scim("PATCH", user, of(maxOperations))).status).toBe(200);
    for (const count of [maxOperations + 1, 30_000]) {
      for (const path of [user, group]) expectError(await scim("PATCH", path, of(count)), 413, "tooMany");
    }
    const nothing = JSON.stringify(patchBody()).replace("[]}", `[${"{},".repeat(99_999)}{}]}`);
    expectError(await scim("PATCH", user, nothing), 413, "tooMany");
  });

  test("T21 1,000 operations of a Bulk are taken; 1,001 and 100,000 are 413 and none of them runs", async () => {
    const of = (count: number) =>
      bulkBody(Array.from({ length: count }, () => ({ method: "DELETE", path: "/Users/x" })));
    const { status, body } = await scim("POST", "/Bulk", of(maxOperations));
    expect(status).toBe(200);
    expect(body.Operations).toHaveLength(maxOperations);
    const before = await digestOf(workspace);
    const make = { method: "POST", path: "/Users", bulkId: "a", data: userBody(`first@${workspace.domain}`) };
    for (const count of [maxOperations, 20_000]) {
      const answer = await scim("POST", "/Bulk", bulkBody([make, ...(of(count).Operations as unknown[])]));
      expect(answer).toMatchObject({ status: 413, body: { schemas: [urn.error], status: "413", scimType: "tooMany" } });
      expect(answer.body.detail).toContain(String(maxOperations));
    }
    const nothing = JSON.stringify(bulkBody([])).replace("[]}", `[${"{},".repeat(99_999)}{}]}`);
    expect((await scim("POST", "/Bulk", nothing)).status).toBe(413);
    expect(await digestOf(workspace)).toBe(before);
  });

  test("T21 no list is longer than 1,000, whatever is asked for", async () => {
    for (const count of [1_000, 1_001, 100_000, 999_999_999_999_999]) {
      for (const path of [`/Users?count=${count}&attributes=id`, `/?count=${count}&attributes=id`])
        expect((await scim("GET", path)).body.itemsPerPage).toBe(1_000);
    }
    expectError(await scim("GET", "/Users?cursor&count=1001"), 400, "invalidCount");
  });
});
