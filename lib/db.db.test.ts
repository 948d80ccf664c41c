import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { inTransaction } from "@/lib/database/transaction";
import { all, one, run, sql, type Tx } from "./db";

// Works that wait for one key: alone, or several in one transaction.

beforeAll(() =>
  run(sql`CREATE TABLE notes (id serial PRIMARY KEY, text text UNIQUE, tx text DEFAULT txid_current()::text)`),
);
beforeEach(() => run(sql`DELETE FROM notes`));

const write = (tx: Tx, text: string) => tx.send(sql`INSERT INTO notes (text) VALUES (${text})`);
const texts = async () =>
  (await all<{ text: string }>(sql`SELECT text FROM notes ORDER BY id`)).map(({ text }) => text);

async function transactions(): Promise<number> {
  const row = await one<{ count: number }>(sql`SELECT count(DISTINCT tx) AS count FROM notes`);
  return row?.count ?? 0;
}

/** Work that takes a moment, so that what comes meanwhile has to wait. */
const slowly = (work: (tx: Tx) => Promise<unknown> | unknown) => async (tx: Tx) => {
  await tx.one(sql`SELECT pg_sleep(0.02)`);
  return work(tx);
};

describe("works that may run together", () => {
  test("share transactions, run in their order, and each gets its own result", async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        inTransaction(
          "key",
          slowly((tx) => {
            write(tx, String(at));
            return at;
          }),
          true,
        ),
      ),
    );
    expect(results).toEqual(Array.from({ length: 40 }, (_, at) => at));
    expect(await texts()).toEqual(Array.from({ length: 40 }, (_, at) => String(at)));
    expect(await transactions(), "the first alone, then sixteen at a time").toBe(4);
  });

  test("one that refuses undoes itself and nobody else, and what it wanted to do afterwards is not done", async () => {
    const after: string[] = [];
    const outcomes = await Promise.allSettled(
      ["a", "b", "c", "d"].map((text) =>
        inTransaction(
          "key",
          slowly((tx) => {
            write(tx, text);
            tx.afterCommit(() => after.push(text));
            if (text === "c") throw new Error("refused");
          }),
          true,
        ),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(await texts()).toEqual(["a", "b", "d"]);
    expect(after).toEqual(["a", "b", "d"]);
  });

  test("when the database refuses one, waited for or not, the others are done all the same", async () => {
    const add = (text: string) =>
      inTransaction(
        "key",
        slowly((tx) => write(tx, text)),
        true,
      );
    const wait = (text: string) =>
      inTransaction(
        "key",
        slowly((tx) => tx.run(sql`INSERT INTO notes (text) VALUES (${text})`)),
        true,
      );
    const outcomes = await Promise.allSettled([add("a"), add("b"), add("b"), add("c"), wait("c"), wait("d")]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(await texts()).toEqual(["a", "b", "c", "d"]);
  });

  test("an error that a work understands, and turns into its own, is its own affair", async () => {
    const outcomes = await Promise.allSettled(
      ["a", "b", "b", "c"].map((text) =>
        inTransaction(
          "key",
          slowly((tx) =>
            tx.run(sql`INSERT INTO notes (text) VALUES (${text})`).catch(() => {
              throw new Error("taken");
            }),
          ),
          true,
        ),
      ),
    );
    expect(outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.message : "ok"))).toEqual([
      "ok",
      "ok",
      "taken",
      "ok",
    ]);
    expect(await texts()).toEqual(["a", "b", "c"]);
  });

  test("each sees what those before it wrote", async () => {
    const counts = await Promise.all(
      ["a", "b", "c"].map((text) =>
        inTransaction(
          "key",
          slowly(async (tx) => {
            write(tx, text);
            return (await tx.one<{ count: number }>(sql`SELECT count(*) AS count FROM notes`))?.count;
          }),
          true,
        ),
      ),
    );
    expect(counts).toEqual([1, 2, 3]);
  });
});

test("a work that may not share has a transaction of its own, in its turn", async () => {
  const add = (text: string, together: boolean) =>
    inTransaction(
      "key",
      slowly((tx) => write(tx, text)),
      together,
    );
  await Promise.all([add("a", true), add("b", true), add("c", false), add("d", true), add("e", true)]);
  expect(await texts()).toEqual(["a", "b", "c", "d", "e"]);
  expect(await transactions()).toBe(4);
});

test("works of different keys do not wait for each other", async () => {
  const order: string[] = [];
  const wait = (key: string, seconds: number) =>
    inTransaction(key, async (tx) => {
      await tx.one(sql`SELECT pg_sleep(${seconds}::float8)`);
      order.push(key);
    });
  await Promise.all([wait("slow", 0.3), wait("quick", 0.01)]);
  expect(order).toEqual(["quick", "slow"]);
});

test("who comes when the queue has just ended is served", async () => {
  for (let round = 0; round < 50; round++) {
    await inTransaction("key", async (tx) => write(tx, String(round)), true);
  }
  expect(await texts()).toHaveLength(50);
});
