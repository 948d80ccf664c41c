import { cutText, storable } from "./text";

// Names of people, teams, workspaces, tokens and connections appear in lists, logs and email subjects, next to text that other people
// wrote. A line break, a control character or a bidi override could make a name pass for something else (T30), so they are removed on
// input.

const breaks = /\s*[\t\n\v\f\r\u0085\u2028\u2029]+\s*/g;
/** Control characters and bidi overrides. Direction marks (U+200E, U+200F) stay, because some names need them. */
const hidden = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

/** A name as one line of visible text. Nothing else changes, not even blanks at the ends. */
export function cleanName(text: string): string {
  return text.replace(breaks, " ").replace(hidden, "");
}

/** The kinds of things that people name, with the maximum length of a name in characters. */
export const maxName = {
  client: 100,
  connection: 60,
  person: 100,
  team: 200,
  token: 100,
  webhook: 200,
  workspace: 100,
};
export type Named = keyof typeof maxName;

/** A name that somebody typed: cleaned, trimmed, and cut. */
export function typedName(text: string, named: Named): string {
  return cutText(storable(cleanName(text).trim()), maxName[named]);
}

/** Invisible characters: blanks, joiners, fillers, direction marks and variation selectors. Same as the database's `muster_seen_name`. */
const unseen =
  /^(?:[\s\u00AD\u061C\u115F\u1160\u200B-\u200F\u202A-\u202E\u2060-\u206F\u2800\u3164\uFFA0]|\u034F|\u17B4|\u17B5|[\u180B-\u180F]|[\uFE00-\uFE0F])*$/;

/** Whether a name has no visible character. */
export function isBlankName(text: string): boolean {
  return unseen.test(text);
}
