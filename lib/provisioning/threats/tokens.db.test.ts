import { crc32 } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { all, run, sql } from "@/lib/db";
import { expectError, sendBare, urn, withoutRequestId } from "@/lib/provisioning/conformance/support";
import { adapters } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken, revokeAccessToken } from "@/lib/workspace/access/tokens";
import { digestOf, refillBuckets } from "./support";

// T27, D-04: a token is right as a whole or wrong, and whatever is wrong about it looks the same.

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The checksum that a token ends with (D-01): whoever guesses tokens knows it, too. */
function sealed(start: string): string {
  const digits = [5, 4, 3, 2, 1, 0].map((place) => base62.charAt(Math.floor(crc32(start) / 62 ** place) % 62));
  return start + digits.join("");
}

const other = (char: string) => base62.charAt((base62.indexOf(char) + 1) % 62);

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let secret: string;

  beforeAll(async () => {
    workspace = await openWorkspace("tokens");
    secret = workspace.token.secret;
  });

  /** The status of a read with exactly this header. */
  async function statusOf(authorization: string): Promise<number> {
    refillBuckets();
    const { status, headers, text } = await sendBare(adapter, "GET", "/Users?count=1", { authorization });
    if (status !== 401) return status;
    expect(headers.get("www-authenticate")).toContain("Bearer");
    expect(JSON.parse(text)).toMatchObject({ schemas: [urn.error], status: "401" });
    return status;
  }

  test("T27 tokens of every length from 0 to 1,000 are 401", async () => {
    const before = await digestOf(workspace);
    const long = secret.repeat(20);
    for (let length = 0; length <= 1_000; length++) {
      const [filled, cut] = ["a".repeat(length), long.slice(0, length)];
      expect(await statusOf(`Bearer ${filled}`.trim()), `${length} letters`).toBe(401);
      expect(await statusOf(`Bearer ${cut}`.trim()), `${length} of it`).toBe(length === secret.length ? 200 : 401);
    }
    expect(await digestOf(workspace)).toBe(before);
  });

  test("T27 the right token with any one character changed is 401, also when its checksum is made right again", async () => {
    expect(sealed(secret.slice(0, -6)), "the checksum as the test makes it").toBe(secret);
    for (let at = 0; at < secret.length; at++) {
      const changed = secret.slice(0, at) + other(secret.charAt(at)) + secret.slice(at + 1);
      expect(await statusOf(`Bearer ${changed}`), `character ${at}`).toBe(401);
      if (at < secret.length - 6)
        expect(await statusOf(`Bearer ${sealed(changed.slice(0, -6))}`), `${at}, sealed`).toBe(401);
    }
    expect(await statusOf(`Bearer ${secret}`)).toBe(200);
  });

  test("T27 the public id of one token with the secret of another is 401", async () => {
    const theirs = (await openWorkspace("tokens2")).token.secret;
    const parts = (token: string) => ({ start: token.slice(0, 13), secret: token.slice(13, -6) });
    expect(await statusOf(`Bearer ${sealed(parts(secret).start + parts(theirs).secret)}`)).toBe(401);
    expect(await statusOf(`Bearer ${sealed(parts(theirs).start + parts(secret).secret)}`)).toBe(401);
    for (const fill of ["0", "A", "z"])
      expect(await statusOf(`Bearer ${sealed(parts(secret).start + fill.repeat(32))}`)).toBe(401);
  });

  test("T27 an unknown, a mistyped, a revoked and an expired token are told the same words", async () => {
    const input = { name: "T", scopes: ["user_management:read"], expiresAt: null, connection: null };
    const [revoked, expired] = [
      await createAccessToken(workspace.operator, input),
      await createAccessToken(workspace.operator, input),
    ];
    await revokeAccessToken(workspace.operator, revoked.token.id);
    await run(sql`UPDATE "AccessToken" SET "expiresAt" = now() - interval '1 second' WHERE id = ${expired.token.id}`);
    const unknown = sealed(`mst_${"A".repeat(8)}_${"b".repeat(32)}`);
    const wrongSecret = sealed(secret.slice(0, 13) + "c".repeat(32));
    const words = new Set<string>();
    for (const token of [unknown, wrongSecret, `${secret.slice(0, -1)}!`, revoked.secret, expired.secret, "x"]) {
      refillBuckets();
      const answer = await open(token)("GET", "/Users");
      expectError(answer, 401);
      words.add(JSON.stringify(withoutRequestId(answer.body)));
    }
    expect(words.size).toBe(1);
  });

  // A comparison of digests neither throws nor returns early on what is stored; timingSafeEqual alone throws on unequal lengths.
  test.each([0, 1, 16, 31, 33, 64, 1_000])(
    "T27 a stored digest of %i bytes fits no token, and breaks nothing",
    async (bytes) => {
      const input = { name: "D", scopes: ["user_management:read"], expiresAt: null, connection: null };
      const made = await createAccessToken(workspace.operator, input);
      const [row] = await all<{ hash: Buffer }>(
        sql`SELECT "secretHash" AS hash FROM "AccessToken" WHERE id = ${made.token.id}`,
      );
      expect(row?.hash).toHaveLength(32);
      const cut = Buffer.concat([row?.hash ?? Buffer.of(), Buffer.alloc(1_000)]).subarray(0, bytes);
      await run(sql`UPDATE "AccessToken" SET "secretHash" = ${cut} WHERE id = ${made.token.id}`);
      expect(await statusOf(`Bearer ${made.secret}`)).toBe(401);
      await run(sql`UPDATE "AccessToken" SET "secretHash" = ${row?.hash} WHERE id = ${made.token.id}`);
      expect(await statusOf(`Bearer ${made.secret}`)).toBe(200);
    },
  );

  test("T27 headers that hold no token at all are 401", async () => {
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    const headers = [
      "Bearer",
      "Basic",
      "Basic !!!",
      "Basic Og==",
      basic(":"),
      basic(`:${secret}`),
      basic(`x:${secret}`),
      basic(` ${secret}:`),
      `Digest username="${secret}"`,
      `Token ${secret}`,
      `Negotiate ${secret}`,
      `Bearer, ${secret}`,
      `Bearer,${secret}`,
      `Bearer "${secret}"`,
      `Bearer x ${secret}`,
      `Bearer ${secret.slice(0, 25)} ${secret.slice(25)}`,
      `Bearer=${secret}`,
      `Bearer ${secret}\u00e9`,
      `Bearer ${secret},${secret}`,
      `Bearer ${secret.toUpperCase()}`,
      `Bearer ${secret.toLowerCase()}`,
      "\u00ff".repeat(100),
      "'",
      "null",
      "undefined",
      "__proto__",
      "true",
    ];
    for (const header of headers) expect(await statusOf(header), header).toBe(401);
  });

  test("T27 a token with something else beside it is 401: the header is one of three forms, and nothing else (DESIGN §5)", async () => {
    const headers = [`Bearer ${secret} x`, `Bearer ${secret} ${secret}`, `${secret} x`, `Bearer\u00a0${secret}`];
    expect(await Promise.all(headers.map(statusOf))).toEqual(headers.map(() => 401));
  });
});
