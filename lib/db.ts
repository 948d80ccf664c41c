import { createHash } from "node:crypto";
import type pg from "pg";
import { isUnknownOutcome, lostWrite } from "@/lib/database/commit-outcome";
import { clientLimit, closePool, connect, laneWidth, limitTo, patience } from "@/lib/database/pool";
import { closeReaders } from "@/lib/database/reader";
import type { Statement } from "@/lib/database/statement";
import { isOfConnection, troubleOf } from "@/lib/database/trouble";
import { inLane } from "@/lib/limits/lanes";
import { noteTrouble } from "@/lib/limits/time-limit";
import { log } from "./log";

export type * from "./database/models";
export type { Tx } from "./database/session";
export type { Statement } from "./database/statement";

/** A piece of SQL with its values, which several statements share. A class, so that no value of a request can pass for one. */
class Fragment {
  readonly strings: TemplateStringsArray;
  readonly given: readonly unknown[];

  constructor(strings: TemplateStringsArray, given: readonly unknown[]) {
    this.strings = strings;
    this.given = given;
  }
}

export type { Fragment };

/** A piece of SQL that several statements share, such as a condition: fragment`d.state = 'verified'`. Values are sent as parameters. */
export function fragment(strings: TemplateStringsArray, ...given: unknown[]): Fragment {
  return new Fragment(strings, given);
}

/** The conditions joined by AND; there must be at least one. */
export function allOf(conditions: readonly Fragment[]): Fragment {
  return conditions.reduce((all, next) => fragment`${all} AND ${next}`);
}

const isFragment = (value: unknown): value is Fragment => value instanceof Fragment;

type Composed = { text: string; values: unknown[] };

/** Appends a template with the fragments in it. */
function append(into: Composed, strings: TemplateStringsArray, given: readonly unknown[]): Composed {
  for (const [index, part] of strings.entries()) {
    const value = given[index - 1];
    if (index > 0 && isFragment(value)) append(into, value.strings, value.given);
    else if (index > 0) into.text += `$${into.values.push(value)}`;
    into.text += part;
  }
  return into;
}

/** The most texts of each kind that are prepared; the rest are planned each time. */
const maxNamed = 500;

const texts = new WeakMap<TemplateStringsArray, { name: string; text: string }>();

/** Names of statements with fragments. Filters combine into thousands of them, so their number is capped like that of `named`. */
const composed = new Map<string, string>();

/**
 * A fixed statement: sql`SELECT … WHERE id = ${id}`. Values are sent as parameters, never as text; only a `fragment` becomes part of the
 * text.
 */
export function sql(strings: TemplateStringsArray, ...given: unknown[]): Statement {
  if (given.some(isFragment)) {
    const { text, values } = append({ text: "", values: [] }, strings, given);
    const known = composed.get(text);
    if (known !== undefined) return { name: known, text, values };
    if (composed.size >= maxNamed) return { text, values };
    const name = nameOf(text);
    composed.set(text, name);
    return { name, text, values };
  }
  let known = texts.get(strings);
  if (!known) {
    const { text } = append({ text: "", values: [] }, strings, given);
    known = { name: nameOf(text), text };
    texts.set(strings, known);
  }
  return { ...known, values: given };
}

/** Named statements that were composed at run time. Clients choose the filters, so their number is capped. */
const named = new Map<string, string>();

/**
 * A statement that is composed at run time, such as a compiled filter. The first 500 texts are prepared; the rest are planned each time.
 */
export function statement(text: string, values: unknown[]): Statement {
  const known = named.get(text);
  if (known !== undefined) return { name: known, text, values };
  if (named.size >= maxNamed) return { text, values };
  const name = nameOf(text);
  named.set(text, name);
  return { name, text, values };
}

/** Two bundles share one pool, so names are derived from the text and not from a counter. */
function nameOf(text: string): string {
  return createHash("sha1").update(text).digest("base64url").slice(0, 20);
}

const isRead = (text: string) => /^\s*SELECT\b/i.test(text);

/** Runs one statement on its own connection, within the given milliseconds. Throws UnknownOutcome when a write's answer is lost. */
async function ask<Row extends pg.QueryResultRow>(
  query: Statement,
  milliseconds: number,
): Promise<pg.QueryResult<Row>> {
  const client = await connect();
  let broken: Error | undefined;
  try {
    limitTo(client, milliseconds);
    return await client.query<Row>({ ...query, ...clientLimit(milliseconds) });
  } catch (error) {
    if (isOfConnection(error)) broken = error as Error;
    throw isRead(query.text) ? noteTrouble(error) : lostWrite(error);
  } finally {
    client.release(broken ?? client.lost ?? undefined);
  }
}

/** All rows of one statement, outside a transaction. */
export async function all<Row extends object>(query: Statement): Promise<Row[]> {
  return (await ask<Row & pg.QueryResultRow>(query, patience.any)).rows;
}

/**
 * All rows of a statement that reads a list of a workspace. It waits in the workspace's lane and is cancelled after three seconds (57014),
 * so one workspace's queries don't slow down another. Throws Busy.
 */
export function list<Row extends object>(workspaceId: string, query: Statement): Promise<Row[]> {
  return inLane(workspaceId, laneWidth(), async () => (await ask<Row & pg.QueryResultRow>(query, patience.list)).rows);
}

/** The first row of one statement, or null. */
export async function one<Row extends object>(query: Statement): Promise<Row | null> {
  return (await all<Row>(query))[0] ?? null;
}

/** Runs one statement; returns how many rows it changed. */
export async function run(query: Statement): Promise<number> {
  return (await ask(query, patience.any)).rowCount ?? 0;
}

/**
 * Runs a small write that accompanies a read, such as the time of a visit. If the database can't write, for example because it is
 * read-only, the error is logged and the read goes on.
 */
export async function runAside(query: Statement): Promise<void> {
  try {
    await ask(query, patience.point);
  } catch (error) {
    if (troubleOf(error) === null && !isUnknownOutcome(error)) throw error;
    log().warn({ err: error }, "a note beside a read was not written");
  }
}

/** Closes for good: later queries fail instead of opening a new connection. */
export async function closeDatabase(): Promise<void> {
  closeReaders();
  await closePool();
}
