import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type DatabaseProxy, openDatabaseProxy } from "@/e2e/support/database-proxy";
import { reachBy } from "@/e2e/support/reach";
import { one, sql } from "@/lib/db";
import { env } from "@/lib/env";
import {
  addPerson,
  openWorkspace,
  rowOf,
  setTo,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/decisions";

// F03: a request whose commit lost its answer says what became of the change. The process reaches its database by a proxy that loses answers.

const direct = env().DATABASE_URL;
let proxy: DatabaseProxy | undefined;

beforeEach(async () => {
  await proxy?.close();
  proxy = await openDatabaseProxy(direct);
  await reachBy(proxy.url);
});
afterAll(async () => {
  await reachBy(direct);
  await proxy?.close();
});

async function people({ id }: TestWorkspace, name: string): Promise<number> {
  const row = await one<{ count: number }>(
    sql`SELECT count(*) AS count FROM "Membership" WHERE "workspaceId" = ${id} AND "userName" LIKE ${`${name}%`}`,
  );
  return row?.count ?? 0;
}

function lose(fault: DatabaseProxy["fault"]): DatabaseProxy {
  if (!proxy) throw new Error("no proxy");
  proxy.fault = fault;
  return proxy;
}

describe("D4 a commit whose answer was lost", () => {
  test("D4 was made: the answer says so, and it is made once", async () => {
    const workspace = await openWorkspace("lost");
    const faulty = lose("lose-answer");
    const answer = await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
    faulty.fault = "none";
    expect(faulty.met).toBe(1);
    expect(answer.status).toBe(201);
    expect(await rowOf(workspace, answer.body.id)).toMatchObject({ state: "active" });
    expect(await people(workspace, "lin")).toBe(1);
  });

  test("D4 of many that share it: each is answered with its own, none is made twice", async () => {
    const workspace = await openWorkspace("lost");
    const faulty = lose("lose-answer");
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, at) => workspace.scim("POST", "/Users", userBody(`p${at}@${workspace.domain}`))),
    );
    faulty.fault = "none";
    expect(faulty.met).toBeGreaterThan(1);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 24 }, () => 201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(24);
    expect(await people(workspace, "p")).toBe(24);
  });

  test("D4 never arrived: nothing is made, the answer is a 503 that says so, and the same request then goes through", async () => {
    const workspace = await openWorkspace("lost");
    const faulty = lose("lose-commit");
    const body = userBody(`lin@${workspace.domain}`);
    const answer = await workspace.scim("POST", "/Users", body);
    faulty.fault = "none";
    expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining("Nothing was changed") } });
    expect(await people(workspace, "lin")).toBe(0);
    expect((await workspace.scim("POST", "/Users", body)).status).toBe(201);
  });

  test("D4 and the database can't be asked: the answer says that it isn't known, never that nothing was changed", async () => {
    const workspace = await openWorkspace("lost");
    const person = await addPerson(workspace, `lin@${workspace.domain}`);
    const faulty = lose("lose-answer-and-database");
    const answer = await workspace.scim("PATCH", `/Users/${person}`, setTo("title", "Changed"));
    faulty.fault = "none";
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(answer.body.detail).toContain("it isn't known whether it was made");
    expect(answer.body.detail).not.toContain("Nothing was changed");
    expect((await workspace.scim("GET", `/Users/${person}`)).body.title).toBe("Changed");
  });

  test("D4 of a change that shares a commit and can't be asked about is not run again", async () => {
    const workspace = await openWorkspace("lost");
    const faulty = lose("lose-answer-and-database");
    const names = ["a", "b", "c", "d"];
    const answers = await Promise.all(
      names.map((name) => workspace.scim("POST", "/Users", userBody(`${name}@${workspace.domain}`))),
    );
    faulty.fault = "none";
    expect(answers.every(({ status }) => status === 503)).toBe(true);
    // Which of them comes first isn't promised: those in the lost commit are there once, the others not at all.
    const made = await Promise.all(names.map((name) => people(workspace, `${name}@`)));
    expect(Math.max(...made)).toBe(1);
  });
});

test("A2 a database that has gone silent is reported within two seconds, also to a token that is remembered", async () => {
  const workspace = await openWorkspace("silent");
  const person = await addPerson(workspace, `lin@${workspace.domain}`);
  expect((await workspace.scim("GET", `/Users/${person}`)).status).toBe(200);
  proxy?.turn("silent");
  const began = performance.now();
  const answer = await workspace.scim("GET", `/Users/${person}`);
  const seconds = (performance.now() - began) / 1000;
  proxy?.turn("open");
  expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining("Nothing was changed") } });
  expect(seconds, "two, and not twice that").toBeLessThan(3);
});
