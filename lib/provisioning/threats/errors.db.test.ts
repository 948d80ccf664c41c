import { beforeAll, describe, expect, test } from "vitest";
import { all, one, run, sql, statement } from "@/lib/db";
import { type Body, nobody, urn } from "@/lib/provisioning/conformance/support";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import {
  bulkBody,
  openWorkspace,
  patchBody,
  searchBody,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/fixtures";
import { accessOf } from "@/lib/scim/route";
import { createAccessToken } from "@/lib/workspace/access/tokens";
import { bodyOf, digestOf, expectNothingInside, operations, pathOf, refillBuckets } from "./support";

// T38, T39: an error isn't cached, says what to do and nothing of the inside: no statement, no name of the database, no stack, no path of a file.

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let user: string;
  let group: string;

  beforeAll(async () => {
    workspace = await openWorkspace("errors");
    scim = open(workspace.token.secret);
    user = `/Users/${(await scim("POST", "/Users", userBody(`lin@${workspace.domain}`))).body.id}`;
    group = `/Groups/${(await scim("POST", "/Groups", { displayName: "G" })).body.id}`;
  });

  type Answer = Awaited<ReturnType<ScimClient>>;

  /** An error of RFC 7644 §3.12 with its request id, and nothing of the inside. */
  function expectClean({ status, headers, body }: Answer): void {
    expect(body).toMatchObject({ schemas: [urn.error], status: String(status), detail: expect.stringMatching(/\S/) });
    const known = ["detail", "schemas", "scimType", "status"];
    expect(Object.keys(body).filter((name) => !known.includes(name))).toEqual([]);
    expect(body.detail).toContain(` Request ID: ${headers.get("x-request-id")}`);
    expect(headers.get("content-type")).toBe("application/scim+json");
    expect(headers.get("cache-control")).toBe("no-store");
    for (const name of ["server", "x-powered-by", "x-aspnet-version"]) expect(headers.get(name)).toBeNull();
    expectNothingInside(body);
  }

  const client = async (scopes: string[]) =>
    open(
      (await createAccessToken(workspace.operator, { name: "T", scopes, expiresAt: null, connection: null })).secret,
    );

  test("T38 each status that a client can bring about, and each keyword", async () => {
    const noScope = await client(["audit_log:read"]);
    const other = { name: "Other", scopes: ["user_management:read-write"], expiresAt: null, connection: "Another" };
    const elsewhere = open((await createAccessToken(workspace.operator, other)).secret);
    const patch = (...list: Body[]) => patchBody(...list);
    const search = (filter: string) => scim("POST", "/Users/.search", searchBody({ filter }));
    const provoked: [string, () => Promise<Answer>][] = [
      ["400 invalidFilter", () => search("title eq")],
      ["400 invalidFilter", () => search('nonsense eq "a"')],
      ["400 invalidFilter", () => search("active gt true")],
      ["400 invalidSyntax", () => scim("POST", "/Users", "{")],
      ["400 invalidSyntax", () => scim("POST", "/Users", "[]")],
      ["400 invalidSyntax", () => scim("POST", "/Bulk", {})],
      ["400 invalidValue", () => scim("POST", "/Users", userBody(" "))],
      ["400 invalidValue", () => scim("POST", "/Users", userBody("x", { active: "maybe" }))],
      ["400 invalidValue", () => scim("POST", "/Groups", { displayName: "x", members: [{ value: nobody }] })],
      ["400 invalidValue", () => scim("GET", "/Users?count=x")],
      ["400 invalidPath", () => scim("PATCH", user, patch({ op: "add", path: "name..givenName", value: "x" }))],
      [
        "400 noTarget",
        () => scim("PATCH", user, patch({ op: "replace", path: 'emails[value eq "x"].display', value: "x" })),
      ],
      ["400 mutability", () => scim("PATCH", user, patch({ op: "replace", path: "id", value: "x" }))],
      ["400 invalidCursor", () => scim("GET", "/Users?cursor=x")],
      ["400 invalidCount", () => scim("GET", "/Users?cursor&count=x")],
      ["400 undefined", async () => scim("DELETE", `/Users/${await adminId()}`)],
      ["401 undefined", () => open("wrong")("GET", "/Users")],
      ["403 undefined", () => noScope("GET", "/Users")],
      ["403 undefined", () => scim("GET", "/Schemas?filter=id%20pr")],
      ["404 undefined", () => scim("GET", `/Users/${nobody}`)],
      ["404 undefined", () => scim("GET", "/Nothing/at/all")],
      ["404 undefined", () => scim("GET", "/Schemas/nothing")],
      ["405 undefined", () => scim("PUT", "/Users", {})],
      ["409 uniqueness", () => scim("POST", "/Users", userBody(`lin@${workspace.domain}`))],
      ["409 uniqueness", () => scim("POST", "/Groups", { displayName: " g " })],
      ["409 undefined", () => elsewhere("DELETE", user)],
      ["409 undefined", () => elsewhere("PUT", group, { displayName: "H" })],
      ["412 undefined", () => scim("DELETE", user, undefined, { "if-match": 'W/"99"' })],
      ["413 undefined", () => scim("POST", "/Users", "x".repeat(1_048_577))],
      ["413 tooMany", () => scim("PATCH", user, patch(...Array.from({ length: 1_001 }, () => ({ op: "add" }))))],
      ["415 undefined", () => scim("POST", "/Users", "<a/>", { "content-type": "text/xml" })],
      ["415 undefined", () => scim("POST", "/Users", "{}", { "content-encoding": "gzip" })],
      ["501 undefined", () => scim("GET", "/Me")],
    ];
    for (const [wanted, provoke] of provoked) {
      refillBuckets();
      const answer = await provoke();
      expect(`${answer.status} ${answer.body.scimType}`, JSON.stringify(answer.body)).toBe(wanted);
      expectClean(answer);
    }
  });

  async function adminId(): Promise<string> {
    const row = await one<{ id: string }>(
      sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND role = 'admin'`,
    );
    return String(row?.id);
  }

  test("T38 429 for an address that sends wrong tokens", async () => {
    refillBuckets();
    const wrong = open("wrong");
    let answer = await wrong("GET", "/Users");
    for (let at = 0; at < 5_000 && answer.status === 401; at++) answer = await wrong("GET", "/Users");
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expectClean(answer);
    refillBuckets();
  });

  const title = () => patchBody({ op: "replace", path: "title", value: "Other" });
  let made = 0;

  /** A user and a group of its own for an operation that may end them. */
  async function makeTargets(): Promise<{ User: string; Group: string }> {
    const person = await scim("POST", "/Users", userBody(`t${++made}@${workspace.domain}`));
    const team = await scim("POST", "/Groups", { displayName: `T${made}`, members: [{ value: person.body.id }] });
    expect([person.status, team.status]).toEqual([201, 201]);
    return { User: String(person.body.id), Group: String(team.body.id) };
  }

  type Operation = (typeof operations)[number];

  /** Runs an operation as it would run if nothing were broken. */
  function runOn(operation: Operation, ids: { User: string; Group: string }): Promise<Answer> {
    const id = operation.type === "Group" ? ids.Group : ids.User;
    const change = bulkBody([{ method: "PATCH", path: `/Users/${ids.User}`, data: title() }]);
    const body = operation.kind === "bulk" ? change : bodyOf(operation, `new${made}@${workspace.domain}`);
    return scim(operation.method, pathOf(operation.path, id), body);
  }

  /** Runs work while a table has another name, as in a broken migration. */
  async function without(table: string, work: () => Promise<Answer>): Promise<Answer> {
    await run(statement(`ALTER TABLE "${table}" RENAME TO "${table}_away"`, []));
    try {
      return await work();
    } finally {
      await run(statement(`ALTER TABLE "${table}_away" RENAME TO "${table}"`, []));
    }
  }

  /** The statuses of an answer of 500 and more: its own, or those within a Bulk. */
  function failuresOf({ status, body }: Answer): string[] {
    const within = (body.Operations ?? []) as { status: string }[];
    return [String(status), ...within.map((one) => one.status)].filter((one) => one >= "500");
  }

  /** What became of an operation while a table was missing: its failures' details, and whether it changed anything all the same. */
  async function tryWithout(table: string, operation: Operation): Promise<{ details: string[]; isUnsound: boolean }> {
    const ids = await makeTargets();
    await flushRequestLog();
    const isWrite = accessOf(operation) === "write";
    const before = isWrite ? await digestOf(workspace) : "";
    const answer = await without(table, () => runOn(operation, ids));
    expectNothingInside(answer.body);
    if (answer.status >= 400) expectClean(answer);
    const failures = failuresOf(answer);
    for (const status of failures) expect(status, `${operation.method} ${operation.path}`).toBe("500");
    const isUnsound = isWrite && failures.length > 0 && (await digestOf(workspace)) !== before;
    return { details: failures.map(() => JSON.stringify(answer.body)), isUnsound };
  }

  test.each(["Membership", "Team", "TeamMember", "AccessToken", "Workspace", "AuditEvent", "Domain", "SeatChange"])(
    "T38, I12 while the table %s is missing: 500 in fixed words with a request id, nothing changed; afterwards all is well",
    async (table) => {
      const details: string[] = [];
      const unsound: string[] = [];
      for (const operation of operations) {
        const tried = await tryWithout(table, operation);
        details.push(...tried.details);
        if (tried.isUnsound) unsound.push(`${operation.method} ${operation.path}`);
      }
      expect(unsound, "I12 a failed request changed nothing").toEqual([]);
      const words = "Something went wrong on our side. Nothing was changed; give the request id to your operator.";
      expect(details.length).toBeGreaterThan(0);
      for (const detail of details) expect(detail).toContain(words);
      expect((await scim("GET", user)).status).toBe(200);
    },
  );

  /** Makes every write of a table fail with this state of PostgreSQL, and with a message that tells what none should read. */
  async function failing(table: string, state: string, work: () => Promise<void>): Promise<void> {
    await run(
      statement(
        `CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'relation "Secret" at /home/muster/lib/db.ts:12:3 SELECT secret' USING ERRCODE = '${state}', DETAIL = 'Key (secret)=(1)';
      END $$`,
        [],
      ),
    );
    await run(
      statement(
        `CREATE TRIGGER fail BEFORE INSERT OR UPDATE OR DELETE ON "${table}" FOR EACH ROW EXECUTE FUNCTION fail()`,
        [],
      ),
    );
    try {
      await work();
    } finally {
      await run(statement(`DROP TRIGGER fail ON "${table}"`, []));
    }
  }

  const states: [string, string, number, (string | null)?][] = [
    ["a unique violation of an index nobody knows", "23505", 500],
    ["a foreign key", "23503", 500],
    ["a check", "23514", 500],
    ["a text that is no uuid", "22P02", 400],
    ["a numeric value out of range", "22003", 400],
    ["an undefined column", "42703", 500],
    ["missing rights", "42501", 500],
    ["a full disk", "53100", 503, "30"],
    ["an internal error", "XX000", 500],
    ["too many connections", "53300", 503, "5"],
    ["a shutdown", "57P01", 503, "2"],
    ["a statement's timeout", "57014", 503, "5"],
    ["a lock's timeout", "55P03", 503, "2"],
    ["a deadlock, each time it is tried", "40P01", 503, "2"],
    ["a failed serialisation, each time it is tried", "40001", 503, "2"],
  ];

  test.each(states)(
    "T38 %s (%s) is %i in fixed words, and nothing is changed",
    async (_name, state, status, retryAfter = null) => {
      const before = await digestOf(workspace);
      const writes: [string, string, unknown][] = [
        ["POST", "/Users", userBody(`failing${++made}@${workspace.domain}`)],
        ["PUT", user, userBody(`lin@${workspace.domain}`, { title: "New" })],
        ["PATCH", user, title()],
        ["PATCH", user, patchBody({ op: "replace", path: "active", value: false })],
        ["DELETE", user, undefined],
        ["POST", "/Groups", { displayName: "New" }],
        ["PATCH", group, patchBody({ op: "replace", path: "displayName", value: "New" })],
        ["DELETE", group, undefined],
      ];
      await failing("AuditEvent", state, async () => {
        for (const [method, path, body] of writes) {
          const answer = await scim(method, path, body);
          expect(answer.status, `${method} ${path}`).toBe(status);
          expectClean(answer);
          expect(answer.headers.get("retry-after")).toBe(retryAfter);
        }
        const { body } = await scim("POST", "/Bulk", bulkBody([{ method: "PATCH", path: user, data: title() }]));
        expect(body.Operations).toMatchObject([{ status: String(status) }]);
        expectNothingInside(body);
      });
      expect(await digestOf(workspace)).toBe(before);
    },
  );

  test("T38 the request log tells an admin what the client was told, and no more", async () => {
    await failing("AuditEvent", "23505", async () => {
      await scim("POST", "/Users", userBody(`log@${workspace.domain}`));
    });
    await flushRequestLog();
    const [row] = await all<Body>(
      sql`SELECT status, detail, "responseBody" FROM "ScimRequest" WHERE "workspaceId" = ${workspace.id} AND status = 500 ORDER BY at DESC, id DESC LIMIT 1`,
    );
    expect(row?.detail).toContain("Something went wrong on our side");
    expectNothingInside(row);
  });
});
