import { describe, expect, test, vi } from "vitest";
import { leave } from "./leaving";

describe("C4 an orderly end", () => {
  test("C4 goes through its parts in order, past one that fails and past one that never ends", async () => {
    vi.useFakeTimers();
    const done: string[] = [];
    const left = leave([
      { name: "jobs", seconds: 8, run: () => void done.push("jobs") },
      {
        name: "requests",
        seconds: 10,
        run: () => {
          done.push("requests");
          return new Promise(() => {});
        },
      },
      {
        name: "pages",
        seconds: 2,
        run: () => {
          done.push("pages");
          throw new Error("broken");
        },
      },
      { name: "database", seconds: 4, run: async () => void done.push("database") },
    ]);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(done).toEqual(["jobs", "requests"]);
    await vi.advanceTimersByTimeAsync(1);
    await left;
    expect(done).toEqual(["jobs", "requests", "pages", "database"]);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
