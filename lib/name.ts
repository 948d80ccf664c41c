import { cutText, storable } from "./text";

// Names of people, teams, workspaces, tokens and connections stand in lists, logs and subjects of mails, beside what others wrote. A name
// with a line break, a control character or a bidi override could pass for something that it isn't (T30), so it loses them as it comes in.

const breaks = /\s*[\t\n\v\f\r\u0085\u2028\u2029]+\s*/g;
/** Control characters, and what turns the direction of the text behind it; marks of direction (U+200E, U+200F) belong to some names. */
const hidden = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

/** A name as one line of what can be seen. Otherwise it stays as it came, blanks at its ends included. */
export function cleanName(text: string): string {
  return text.replace(breaks, " ").replace(hidden, "");
}

/** A name that somebody typed: clean, without blanks at its ends, and not longer than there is room for. */
export function typedName(text: string, max: number): string {
  return cutText(storable(cleanName(text).trim()), max);
}

/** Characters that show nothing: blanks, joiners, fillers, marks of direction and of variants. `muster_seen_name` of the database has the same. */
const unseen =
  /^(?:[\s\u00AD\u061C\u115F\u1160\u200B-\u200F\u202A-\u202E\u2060-\u206F\u2800\u3164\uFFA0]|\u034F|\u17B4|\u17B5|[\u180B-\u180F]|[\uFE00-\uFE0F])*$/;

/** Whether a name is blank: nothing of it can be seen. */
export function isBlankName(text: string): boolean {
  return unseen.test(text);
}
