import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import type { Server } from "@/lib/process/server-record";
import type { Actor } from "@/lib/workspace/actor";
import { findWorkspaceBySlug } from "@/lib/workspace/workspaces/workspaces";
import { inDatabase } from "./database";

/** The output of a command: a value with --json, else lines for people. */
export type Printout = { json: unknown; lines: string[] };

/** A command can't do what was requested; the message says what to do instead. */
export class CommandError extends Error {}

/** MUSTER_URL from this shell, before the server's settings are adopted. */
export const shellUrl = process.env.MUSTER_URL;

/** A noun such as `token`; its subcommands are verbs. */
export function noun(name: string, summary: string): Command {
  return new Command(name).description(summary);
}

/** A command that prints. */
export function verb(name: string, summary: string) {
  return new Command(name).description(summary).option("--json", "print JSON");
}

/** A command for one workspace. */
export function workspaceVerb(name: string, summary: string) {
  return verb(name, summary).requiredOption("--workspace <slug>", "the workspace's slug");
}

/**
 * The action of a command: runs `work` on the database and prints its result. `seals: false` is for commands that neither read nor write a
 * secret, so that they also run with a different MUSTER_SECRET.
 */
export function prints<Options extends { json?: true }>(
  work: (options: Options, server: Server | null) => Promise<Printout>,
  { seals = true } = {},
) {
  return async (options: Options): Promise<void> => {
    process.env.LOG_LEVEL ||= "error";
    const { json, lines } = await inDatabase(seals, (server) => work(options, server));
    const text = options.json ? `${JSON.stringify(json, null, 2)}\n` : lines.map((line) => `${line}\n`).join("");
    process.stdout.write(text);
  };
}

/** The operator, acting in a workspace. */
export async function operator({ workspace }: { workspace: string }): Promise<Actor> {
  const { id } = await findWorkspaceBySlug(workspace);
  return { workspaceId: id, kind: "operator", id: null, name: "Operator" };
}

/** A table for people and for `cut`: one row per line, columns separated by tabs. */
export function rows(table: unknown[][]): string[] {
  return table.map((row) => row.join("\t"));
}

// Parsers for the values of options. Each throws InvalidArgumentError, which commander prints with the option's name.

export function onOrOff(text: string): boolean {
  if (text !== "on" && text !== "off") throw new InvalidArgumentError("It must be on or off.");
  return text === "on";
}

export function numberOrNone(text: string): number | null {
  if (text === "none") return null;
  const number = Number(text);
  if (text.trim() === "" || !Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError("It must be a whole number, or none.");
  return number;
}

export function date(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError("It must be a date such as 2027-01-31.");
  return time.toISOString();
}

export function roleOrNone(text: string): "admin" | "member" | null {
  if (text === "none") return null;
  if (text !== "admin" && text !== "member") throw new InvalidArgumentError("It must be admin, member or none.");
  return text;
}

export function filled(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

export function jsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new InvalidArgumentError(`It can't be read as JSON: ${(error as Error).message}`);
  }
}

/** For repeatable options. */
export function several(text: string, before: string[] = []): string[] {
  return [...before, text];
}
