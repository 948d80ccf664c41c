import { describe, expect, test } from "vitest";
import { translator } from "@/lib/messages/translator";
import { expiryTime, whyNoExpiry } from "./expiry";

const t = translator("tokens", "en");

describe("D3 when a token expires", () => {
  const now = Date.parse("2026-11-28T08:00:00.000Z");

  test("D3 on a day, the day is required: without one nothing is created, least of all a token that never expires", () => {
    expect(whyNoExpiry({ choice: "date", date: "" }, t)).toBe("Choose the date it expires.");
    expect(whyNoExpiry({ choice: "date", date: "2026-12-31" }, t)).toBeNull();
    expect(() => expiryTime({ choice: "date", date: "" }, now)).toThrow(RangeError);
    expect(expiryTime({ choice: "date", date: "2026-12-31" }, now)).toBe("2026-12-31T23:59:59.000Z");
  });

  test("D3 never, as now, and after so many days", () => {
    expect(expiryTime({ choice: "never", date: "" }, now)).toBeNull();
    expect(expiryTime({ choice: "keep", date: "" }, now)).toBeUndefined();
    expect(expiryTime({ choice: "30", date: "" }, now)).toBe("2026-12-28T08:00:00.000Z");
  });
});
