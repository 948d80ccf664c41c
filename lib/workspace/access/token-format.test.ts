import { expect, test } from "vitest";
import { newToken, publicIdOf } from "./token-format";

// T45, D-01: the form of tokens, whose secret is drawn from the random source of the operating system.

test("B4 a token has its form and a checksum that finds every typo of one letter", () => {
  const { token, publicId } = newToken();
  expect(token).toMatch(/^mst_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$/);
  expect(publicIdOf(token)).toBe(publicId);
  for (let at = 4; at < token.length; at++) {
    const typo = `${token.slice(0, at)}${token[at] === "x" ? "y" : "x"}${token.slice(at + 1)}`;
    expect(publicIdOf(typo), typo).toBeNull();
  }
  expect(publicIdOf(`${token} `)).toBeNull();
  expect(publicIdOf("")).toBeNull();
});

test("B4 no two are the same", () => {
  expect(new Set(Array.from({ length: 1_000 }, () => newToken().publicId)).size).toBe(1_000);
});
