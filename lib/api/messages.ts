import { z } from "zod";

/*
 * What zod says of a value that is too long or too short, in words for whoever typed it. Imported for its effect by what shows or sends
 * such messages; a contract that has words of its own keeps them.
 */

function numbered(value: unknown): string {
  return Number(value).toLocaleString("en");
}

z.config({
  customError: (issue) => {
    if (issue.code === "too_big") {
      return `At most ${numbered(issue.maximum)}${issue.origin === "string" ? " characters" : ""}.`;
    }
    if (issue.code === "too_small") {
      if (issue.origin === "string")
        return issue.minimum === 1 ? "This is needed." : `At least ${numbered(issue.minimum)} characters.`;
      return `At least ${numbered(issue.minimum)}.`;
    }
    return undefined; // zod's own words
  },
});
