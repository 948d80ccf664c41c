import type pg from "pg";
import { isUnknownOutcome, settleCommit, xidOf } from "./commit-outcome";
import { clientLimit, connect, limitTo, type PoolClient, patience, pool } from "./pool";
import { hasStayedSince } from "./reader";
import { holdWrites, planOnce, type Statement } from "./statement";
import { isOfConnection } from "./trouble";
import { noteCommit, noteFailedCommit } from "./writes";

/** Work inside one transaction. */
export type Tx = {
  /** All rows of a statement. */
  all: <Row extends object>(statement: Statement) => Promise<Row[]>;
  /** The first row of a statement, or null. */
  one: <Row extends object>(statement: Statement) => Promise<Row | null>;
  /** Runs a statement; returns how many rows it changed. */
  run: (statement: Statement) => Promise<number>;
  /**
   * Sends a write without waiting for its outcome. Writes run in order, and a failed one fails the transaction. `onWritten` receives the
   * number of rows it wrote, before the transaction ends.
   */
  send: (statement: Statement, onWritten?: (rows: number) => void) => void;
  /** Runs after the commit, never after a rollback. */
  afterCommit: (work: () => void) => void;
  /** The raw client, for the job queue's own statements. */
  client: pg.PoolClient;
};

const begin = `BEGIN; SET LOCAL ${planOnce}; SELECT pg_current_xact_id()::text AS xid`;

type Send = (query: Statement | string, onWritten?: (rows: number) => void) => void;

/** A connection in a transaction, with the statements sent on it and the work to run after its commit. */
export type Session = {
  tx: Tx;
  begin: () => void;
  send: Send;
  /** How many callbacks are queued for after the commit. */
  mark: () => number;
  /** Drops the after-commit callbacks that were added since a mark. */
  forget: (mark: number) => void;
  /** Throws UnknownOutcome when the answer was lost and the outcome can't be found out. */
  commit: () => Promise<void>;
  /** Rolls back; returns the error that came first. */
  rollback: (error: unknown) => Promise<unknown>;
  release: () => void;
};

export async function openSession(): Promise<Session> {
  const client = await connect();
  const after: (() => void)[] = [];
  const sent: Promise<unknown>[] = [];
  /** Sends without waiting. A failure surfaces at the end, before any error that it caused. */
  const send: Send = (query, onWritten) => {
    holdWrites(client);
    const answered = client.query(query);
    const outcome = onWritten ? answered.then(({ rowCount }) => onWritten(rowCount ?? 0)) : answered;
    outcome.catch(() => {}); // awaited below
    sent.push(outcome);
  };
  /** Why the connection is closed instead of returned. */
  let broken: Error | undefined;
  const breakOff = (error: unknown) => {
    broken ??= error as Error;
  };
  let xid: string | null = null;
  let beganAt = performance.now();
  return {
    tx: asTx(client, after, send),
    begin: () => {
      limitTo(client, patience.any);
      beganAt = performance.now();
      holdWrites(client);
      // BEGIN waits for nothing, so a late answer means a dead connection.
      const started = client.query({ text: begin, ...clientLimit(patience.point) }).then((results) => {
        xid = xidOf(results);
      });
      started.catch(() => {}); // awaited with the rest
      sent.push(started);
    },
    send,
    mark: () => after.length,
    forget: (mark) => after.splice(mark),
    commit: async () => {
      send("COMMIT");
      await Promise.all(sent).catch((error: unknown) =>
        settleCommit(
          error,
          xid,
          (text, values) => pool().query(text, values),
          () => hasStayedSince(beganAt),
        ),
      );
      for (const next of after) next();
      noteCommit();
    },
    rollback: async (error) => {
      const first = (await Promise.allSettled(sent)).find((outcome) => outcome.status === "rejected");
      const reason = isUnknownOutcome(error) ? error : (first?.reason ?? error);
      noteFailedCommit(reason);
      if (isOfConnection(reason)) breakOff(reason);
      else await client.query({ text: "ROLLBACK", ...clientLimit(patience.point) }).catch(breakOff);
      return reason;
    },
    release: () => client.release(broken ?? client.lost ?? undefined),
  };
}

function asTx(client: PoolClient, after: (() => void)[], send: Tx["send"]): Tx {
  const all = async <Row extends object>(query: Statement) => {
    holdWrites(client);
    return (await client.query<Row & pg.QueryResultRow>(query)).rows as Row[];
  };
  return {
    all,
    one: async <Row extends object>(query: Statement) => (await all<Row>(query))[0] ?? null,
    run: async (query) => (await client.query(query)).rowCount ?? 0,
    send,
    afterCommit: (work) => after.push(work),
    client: client as unknown as pg.PoolClient,
  };
}
