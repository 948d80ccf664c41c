import { beforeAll, describe, expect, test } from "vitest";
import { answerProblem } from "@/app/api/problem";
import { answerApi } from "@/app/api/v1/answer";
import { answerForm } from "@/app/oauth/endpoint";
import { run, sql, statement } from "@/lib/db";
import { adapters } from "@/lib/provisioning/testing/adapters";
import { addPerson, addUnmanaged, rowOf, setTo } from "@/lib/provisioning/testing/decisions";
import { openWorkspace, type TestWorkspace } from "@/lib/provisioning/testing/fixtures";
import { createAccessToken } from "@/lib/workspace/access/tokens";

// PostgreSQL raises each error in the middle of a change. Whatever the protocol, the answer says that nothing was changed, and when to
// try again; and nothing was.

/** Code, status of SCIM, status of the others, Retry-After, tries of the transaction. */
const codes: [string, number, number, string | null, number][] = [
  ["25006", 503, 503, "5", 1],
  ["53100", 503, 503, "30", 1],
  ["53200", 503, 503, "5", 1],
  ["53300", 503, 503, "5", 1],
  ["57P01", 503, 503, "2", 1],
  ["57P03", 503, 503, "2", 1],
  ["57014", 503, 503, "5", 1],
  ["55P03", 503, 503, "2", 1],
  ["40P01", 503, 503, "2", 3],
  ["40001", 503, 503, "2", 3],
  ["08006", 503, 503, "2", 1],
  ["58030", 503, 503, "30", 1],
  ["XX001", 503, 503, "30", 1],
  ["22003", 400, 422, null, 1],
  ["22P05", 400, 422, null, 1],
  ["54000", 400, 422, null, 1],
  ["XX000", 500, 500, null, 1],
  ["42501", 500, 500, null, 1],
];

beforeAll(async () => {
  await run(sql`CREATE TABLE trouble (code text)`);
  await run(sql`CREATE SEQUENCE trouble_tries`);
  await run(
    statement(
      `CREATE FUNCTION raise_trouble() RETURNS trigger LANGUAGE plpgsql AS $$
       DECLARE wanted text;
       BEGIN
         SELECT code INTO wanted FROM trouble;
         IF wanted IS NOT NULL THEN
           PERFORM nextval('trouble_tries');
           RAISE EXCEPTION 'as it happens' USING ERRCODE = wanted;
         END IF;
         RETURN NEW;
       END $$`,
      [],
    ),
  );
  await run(
    sql`CREATE TRIGGER raise_trouble BEFORE UPDATE ON "Membership" FOR EACH ROW EXECUTE FUNCTION raise_trouble()`,
  );
});

/** Has changes of people fail with a code while `work` runs; returns how often one was tried. */
async function during(code: string, work: () => Promise<void>): Promise<number> {
  await run(sql`SELECT setval('trouble_tries', 1, false)`);
  await run(sql`INSERT INTO trouble VALUES (${code})`);
  try {
    await work();
  } finally {
    await run(sql`DELETE FROM trouble`);
  }
  return run(
    sql`SELECT generate_series(1, (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM trouble_tries)::int)`,
  );
}

describe.each(adapters)("A3 %s", (adapter, open) => {
  let workspace: TestWorkspace;
  let person: string;
  beforeAll(async () => {
    workspace = await openWorkspace(adapter === "server.ts" ? "troublesa" : "troublesb");
    person = String(await addPerson(workspace, `lin@${workspace.domain}`));
  });

  test.each(codes)("A3 %s in the middle of a change", async (code, status, _others, retryAfter, tries) => {
    const before = await rowOf(workspace, person);
    const scim = open(workspace.token.secret);
    const tried = await during(code, async () => {
      const answer = await scim("PATCH", `/Users/${person}`, setTo("title", `T${code}`));
      expect(answer.status).toBe(status);
      expect(answer.headers.get("retry-after")).toBe(retryAfter);
      expect(answer.body).toMatchObject({
        status: String(status),
        detail: expect.stringContaining("Nothing was changed"),
      });
    });
    expect(tried).toBe(tries);
    expect(await rowOf(workspace, person)).toEqual(before);
    expect((await scim("PATCH", `/Users/${person}`, setTo("title", `After ${code}`))).status).toBe(200);
  });
});

test.each(codes)("A3 %s in REST, in the app and in OAuth", async (code, _scim, status, retryAfter) => {
  const error = Object.assign(new Error("as it happens"), { code });
  const app = answerProblem(error, "req_1");
  const oauth = await answerForm(new Request("http://muster.test/oauth/token", { method: "POST" }), () =>
    Promise.reject(error),
  );
  expect([app.status, app.headers.get("retry-after")]).toEqual([status, retryAfter]);
  expect([oauth.status, oauth.headers.get("retry-after")]).toEqual(retryAfter ? [503, retryAfter] : [500, null]);
  expect(await app.text()).not.toContain("as it happens");
});

test("A3 REST answers a change that the database refuses as application/problem+json", async () => {
  const workspace = await openWorkspace("troublesrest");
  const { operator, domain } = workspace;
  const person = await addUnmanaged(workspace, `ana@${domain}`);
  const { secret } = await createAccessToken(operator, {
    name: "REST",
    scopes: ["user_management:read-write"],
    expiresAt: null,
    connection: null,
  });
  await during("53100", async () => {
    const answer = await answerApi(
      new Request(`http://muster.test/api/v1/members/${person}`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify({ state: "suspended" }),
      }),
    );
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("30");
    expect(await answer.json()).toMatchObject({ type: "urn:muster:problem:database_full", status: 503 });
  });
});
