import { readFileSync } from "node:fs";

/** A rule as its row in docs/rules states it; `tests` is the row's last column. */
export type Rule = { id: string; page: string; tests: string };

const row = /^\| ([A-Z]-?\d{1,2}) \| .+ \| (.*)\|$/;

/** The rules of a page, in their order. */
export function rulesOf(page: string): Rule[] {
  return readFileSync(page, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, id, tests = ""] = row.exec(line) ?? [];
      return id === undefined ? [] : [{ id, page, tests: tests.trim() }];
    });
}

/** Whether something other than a test holds a rule; its row says what. */
export const isHeldElsewhere = ({ tests }: Rule): boolean => tests.startsWith("elsewhere: ");
