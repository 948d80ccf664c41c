import { expect, test } from "vitest";
import { cutText as cutOfScim } from "./scim/text";
import { cutText, storable, storableJson } from "./text";

test.each([
  ["lib/text", cutText],
  ["lib/scim/text", cutOfScim],
])("A4 %s cuts between code points, and leaves what fits", (_, cut) => {
  expect(cut("abc", 3)).toBe("abc");
  expect(cut("abcd", 3)).toBe("abc");
  expect(cut("ab😀", 3)).toBe("ab");
  expect(cut("ab😀", 4)).toBe("ab😀");
  expect(cut("a😀b", 3)).toBe("a😀");
  expect(cut("😀", 1)).toBe("");
  expect(cut("", 0)).toBe("");
});

test("A4 halves of characters and U+0000 become U+FFFD; whole ones stay", () => {
  expect(storable("a\uD83Db\uDE00c\u0000")).toBe("a\uFFFDb\uFFFDc\uFFFD");
  expect(storable("Søren 😀")).toBe("Søren 😀");
});

test("A4 JSON is made storable at any depth, and otherwise stays as it is", () => {
  expect(JSON.parse(storableJson({ a: ["x\uD83D", { b: "\u0000" }], n: 1 }))).toEqual({
    a: ["x\uFFFD", { b: "\uFFFD" }],
    n: 1,
  });
  expect(storableJson({ a: "😀", b: null })).toBe('{"a":"😀","b":null}');
});
