import { expect, test } from "vitest";
import { settleCommit } from "@/lib/database/commit-outcome";
import { StartError } from "@/scripts/start-error";
import { lineOf } from "./error";

const url = "postgresql://muster@db.test/muster";
const refused = (code: string) => Object.assign(new Error("canceling statement"), { code });

test("A3 a command whose commit lost its answer says that nobody knows, and to look first", async () => {
  const lost = new Error("Connection terminated");
  const error = await settleCommit(
    lost,
    null,
    async () => ({ rows: [] }),
    async () => true,
  ).catch((thrown: unknown) => thrown);
  expect(lineOf(error, url)).toMatch(/isn't known whether it was made\. Look at the current state/);
});

test.each([
  ["55P03", /^Another request is changing the same data\. Nothing was changed; try again\.$/],
  ["40P01", /^Another request is changing the same data\. Nothing was changed; try again\.$/],
  ["57014", /^The database took too long\. Nothing was changed; try again, or narrow the search\.$/],
  ["57P03", /^The database can't be used/],
  ["25006", /read-only/],
])("A3 a command that ends with %s says what to do about it", (code, line) => {
  expect(lineOf(refused(code), url)).toMatch(line);
});

test("A5 a reason for the operator is said as it is", () => {
  expect(lineOf(new StartError("Set it."), url)).toBe("Set it.");
});
