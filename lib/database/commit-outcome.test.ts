import { describe, expect, test } from "vitest";
import { isUnknownOutcome, settleCommit } from "./commit-outcome";

const lost = new Error("Connection terminated unexpectedly");
const says = (status: string | null) => async () => ({ rows: [{ status }] });
const outcomeOf = (status: string | null, stayed: boolean) =>
  settleCommit(lost, "7", says(status), async () => stayed).then(
    () => "made",
    (error: unknown) => (isUnknownOutcome(error) ? "not known" : "not made"),
  );

describe("D4 a commit whose answer was lost", () => {
  test("D4 counts as made where the database says so and has not crashed since it began", async () => {
    expect(await outcomeOf("committed", true)).toBe("made");
  });

  test("D4 is not known after a crash, even if its id is committed: that may be another transaction's by now", async () => {
    expect(await outcomeOf("committed", false)).toBe("not known");
  });

  test("D4 was not made where the database says so, crash or not", async () => {
    expect(await outcomeOf("aborted", true)).toBe("not made");
    expect(await outcomeOf("aborted", false)).toBe("not made");
  });

  test("D4 is not known where the database has never heard of it", async () => {
    expect(await outcomeOf(null, true)).toBe("not known");
  });
});
