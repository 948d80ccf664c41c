import { parse } from "csv-parse/sync";
import { refusal } from "@/lib/workspace/refusal";

// Lists of people that admins paste or upload: CSV with a heading or without, in the form of any spreadsheet.

export type ListedPerson = {
  /** The line of the list, from 1. */
  line: number;
  /** What names the person: an email address, a username or an id. */
  key: string;
  firstName: string;
  lastName: string;
  role: string;
  teams: string[];
};

/** The most lines of a list. */
const maxLines = 10_000;

type Field = Exclude<keyof ListedPerson, "line" | "teams"> | "teams" | "name";

/** Headings by what they are about, in lower case and without blanks. */
const headings: Record<Field, readonly string[]> = {
  key: [
    "email",
    "e-mail",
    "emailaddress",
    "mail",
    "address",
    "username",
    "userprincipalname",
    "upn",
    "login",
    "id",
    "externalid",
  ],
  firstName: ["firstname", "givenname", "forename"],
  lastName: ["lastname", "familyname", "surname"],
  name: ["name", "displayname", "fullname"],
  role: ["role"],
  teams: ["team", "teams", "group", "groups"],
};

const fieldOf = new Map(
  Object.entries(headings).flatMap(([field, words]) => words.map((word) => [word, field as Field])),
);

type Line = { line: number; cells: string[] };

/** What parts the cells: the mark that is most frequent in the first line with text. */
function delimiterOf(text: string): string {
  const first = text.split("\n").find((line) => line.trim() !== "") ?? "";
  const counted = [",", ";", "\t"].map((mark) => ({ mark, count: first.split(mark).length }));
  return counted.reduce((most, next) => (next.count > most.count ? next : most)).mark;
}

function readLines(text: string): Line[] {
  try {
    const found = parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
      to: maxLines + 2,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return found.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    throw refusal("list_not_valid.csv", { why: (error as Error).message });
  }
}

/** The columns by their headings; without a heading that names people, null. */
function readHeading(cells: readonly string[]): Map<Field, number> | null {
  const found = new Map<Field, number>();
  for (const [index, cell] of cells.entries()) {
    const field = fieldOf.get(cell.toLowerCase().replace(/[\s_]+/g, ""));
    if (field && !found.has(field)) found.set(field, index);
  }
  return found.has("key") ? found : null;
}

/** "Ada Osei" as a first and a last name; the last word is the family name. */
function partsOf(name: string): { firstName: string; lastName: string } {
  const words = name.split(/\s+/).filter((word) => word !== "");
  return words.length < 2
    ? { firstName: name, lastName: "" }
    : { firstName: words.slice(0, -1).join(" "), lastName: words.at(-1) ?? "" };
}

/** The people of a list. Without a heading, the first cell with an @ names the person, or else the first cell. */
export function readPeople(text: string): ListedPerson[] {
  const [first, ...rest] = readLines(text);
  if (!first) return [];
  const columns = readHeading(first.cells);
  const lines = columns ? rest : [first, ...rest];
  if (lines.length > maxLines) throw refusal("list_not_valid.long", { limit: maxLines });
  return lines.map((line) => readPerson(line, columns)).filter(({ key }) => key !== "");
}

function readPerson({ line, cells }: Line, columns: Map<Field, number> | null): ListedPerson {
  if (columns === null) {
    const key = cells.find((cell) => cell.includes("@")) ?? cells[0] ?? "";
    const name = cells.find((cell) => cell !== key && cell !== "") ?? "";
    return { line, key, ...partsOf(name), role: "", teams: [] };
  }
  const cell = (field: Field) => cells[columns.get(field) ?? -1] ?? "";
  const named = partsOf(cell("name"));
  return {
    line,
    key: cell("key"),
    firstName: cell("firstName") || named.firstName,
    lastName: cell("lastName") || named.lastName,
    role: cell("role").toLowerCase(),
    teams: cell("teams")
      .split(/[;|]/)
      .map((team) => team.trim())
      .filter((team) => team !== ""),
  };
}
