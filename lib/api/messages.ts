import { z } from "zod";

/*
 * Replaces zod's messages about values that are too long or too short with plain ones. Import it for its side effect wherever such messages
 * are shown or sent; a contract's own messages take precedence.
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
    return undefined; // falls back to zod's message
  },
});
