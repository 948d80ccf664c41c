import { describe, expect, test } from "vitest";
import { nextRestEndsIn, rest, restingWebhooks } from "./webhook-rest";

describe("C3 a slow receiver rests", () => {
  test("C3 longer each time, and not at all once it is quick again", () => {
    const slow = { durationMs: 15_000 };
    let now = 1_000_000;
    for (const seconds of [10, 20, 40, 80, 160, 160]) {
      rest("slow", slow, now);
      expect(restingWebhooks(now)).toEqual(["slow"]);
      expect(nextRestEndsIn(now)).toBe(seconds);
      now += seconds * 1000;
      expect(restingWebhooks(now)).toEqual([]);
      expect(nextRestEndsIn(now)).toBeNull();
    }
    rest("slow", { durationMs: 40 }, now);
    rest("slow", slow, now);
    expect(nextRestEndsIn(now)).toBe(10);
    rest("slow", { durationMs: 40 }, now);
    expect(restingWebhooks(now)).toEqual([]);
  });

  test("C3 one that refuses at once costs nobody anything", () => {
    rest("refusing", { durationMs: 3 });
    expect(restingWebhooks()).toEqual([]);
  });
});
