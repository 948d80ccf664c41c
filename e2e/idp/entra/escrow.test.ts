import { describe, expect, test } from "vitest";
import { afterFailure, day, type Escrow, hour, isDue, isHopeless, whyRest } from "./escrow";

describe("escrow", () => {
  test("tries again 6, 12 and 24 hours after the first failure, then daily for 28 days, then never", () => {
    const tried: number[] = [];
    let escrow: Escrow | undefined;
    for (let now = 0; now <= 40 * day; now += hour / 2) {
      if (!isDue(escrow, now)) continue;
      tried.push(now / hour);
      escrow = afterFailure(escrow, "InternalServerError", now);
    }
    expect(tried.slice(0, 6)).toEqual([0, 6, 12, 24, 48, 72]);
    expect(tried.at(-1)).toBe(28 * 24);
    expect(escrow?.nextTry).toBeNull();
  });
});

describe("quarantine", () => {
  test("lets one try a day through, and ends after four weeks", () => {
    const quarantine = { since: 0, lastTry: 0, reason: "credentials" as const };
    expect(whyRest(undefined, 0)).toBeNull();
    expect(whyRest(quarantine, 40 * 60_000)).toBe("quarantined");
    expect(whyRest(quarantine, day)).toBeNull();
    expect(whyRest({ ...quarantine, lastTry: 28 * day }, 28 * day + 1)).toBe("disabled");
  });

  test.each([
    [{ events: 10_000, failures: 4_999, references: 0 }, false],
    [{ events: 12_000, failures: 5_000, references: 0 }, true],
    [{ events: 12_500, failures: 5_000, references: 0 }, false],
    [{ events: 12_000, failures: 5_000, references: 1 }, false],
    [{ events: 1_000_000, failures: 40_000, references: 0 }, false],
    [{ events: 1_000_000, failures: 40_001, references: 0 }, true],
    [{ events: 1_000_000, failures: 59_999, references: 59_999 }, false],
    [{ events: 1_000_000, failures: 60_000, references: 60_000 }, true],
  ])("begins with a cycle of %o: %s", (tally, expected) => {
    expect(isHopeless(tally)).toBe(expected);
  });
});
