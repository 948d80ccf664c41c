import { readFileSync } from "node:fs";

/** A rule from its row in docs/rules; `tests` is the row's last column. */
export type Rule = { id: string; page: string; tests: string };

const row = /^\| ([A-Z]-?\d{1,2}) \| .+ \| (.*)\|$/;

/** The rules of a page, in order. */
export function rulesOf(page: string): Rule[] {
  return readFileSync(page, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, id, tests = ""] = row.exec(line) ?? [];
      return id === undefined ? [] : [{ id, page, tests: tests.trim() }];
    });
}

/** Whether a rule is held by something other than a test; its row says by what. */
export const isHeldElsewhere = ({ tests }: Rule): boolean => tests.startsWith("elsewhere: ");
