import { beforeAll, describe, expect, test } from "vitest";
import { all, sql } from "@/lib/db";
import { expectError, find, resourcesOf } from "@/lib/provisioning/conformance/support";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import {
  bulkBody,
  openWorkspace,
  patchBody,
  searchBody,
  type TestWorkspace,
  userBody,
} from "@/lib/provisioning/testing/fixtures";
import { digestOf, expectNothingInside } from "./support";

// T18: no text of a request becomes a statement; T19: no text of a request costs more than its length allows.

/** What sqlmap and its like begin with: quotes, comments, unions, second statements, sleeping, casts, encodings. */
const payloads = [
  "'",
  '"',
  "''",
  "\\",
  "\\'",
  "';--",
  "' OR '1'='1",
  "' OR 1=1 --",
  "') OR ('1'='1",
  "' OR TRUE OR '",
  `"' OR 1=1 --`,
  "x' AND 1=CAST((SELECT version()) AS int) --",
  `' UNION SELECT id, secretHash FROM "AccessToken" --`,
  "' UNION ALL SELECT NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL --",
  `'; DROP TABLE "Membership"; --`,
  `'; UPDATE "Membership" SET role='admin'; --`,
  "'||(SELECT pg_sleep(20))||'",
  "1; SELECT pg_sleep(20)",
  "1) OR pg_sleep(20) IS NULL --",
  "$1",
  "$$; SELECT 1; $$",
  ["$", "{1+1}"].join(""),
  "{{7*7}}",
  "%",
  "_",
  "%%",
  "\\%",
  "*",
  "/**/",
  "0x27",
  "%27",
  "%2527",
  "\u02bc OR 1=1",
  "＇ OR 1=1 --",
  "E'\\x27'",
  `a"::text || (SELECT 'x')`,
  "1e999",
  "NULL",
  "(SELECT 1)",
  "m.folded",
  `"workspaceId"`,
];

const parameters = [
  "filter",
  "sortBy",
  "sortOrder",
  "attributes",
  "excludedAttributes",
  "startIndex",
  "count",
  "cursor",
];

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let path: string;
  let before: string;

  const at = (name: string) => `${name}@${workspace.domain}`;

  beforeAll(async () => {
    workspace = await openWorkspace("sqli");
    scim = open(workspace.token.secret);
    const made = await scim("POST", "/Users", userBody(at("lin"), { title: "a", externalId: "e" }));
    path = `/Users/${made.body.id}`;
    for (const title of ["50%", "5_0", "500", "5\\0", "a'b", 'a"b'])
      await scim(
        "POST",
        "/Users",
        userBody(at(`t${title.length}${encodeURIComponent(title).replaceAll("%", "x")}`), { title }),
      );
    before = await digestOf(workspace);
  });

  /** Whoever had slept would have met the statement's timeout and a 503; whoever had written would be seen here. */
  const intact = async () => expect(await digestOf(workspace)).toBe(before);

  test.each(parameters)("T18 no payload in %s becomes a statement, by GET or by .search", async (name) => {
    for (const payload of payloads) {
      const query = `${name}=${encodeURIComponent(payload)}`;
      const answers = [
        await scim("GET", `/Users?${query}`),
        await scim("GET", `/Groups?${query}`),
        await scim("POST", "/Users/.search", searchBody({ [name]: payload })),
        await scim("POST", "/.search", searchBody({ [name]: payload })),
      ];
      for (const { status, body } of answers) {
        expect([200, 400], `${query} ${JSON.stringify(body)}`).toContain(status);
        expect(JSON.stringify(body)).not.toMatch(/PostgreSQL \d|syntax error at|invalid input syntax/);
      }
    }
    await intact();
  });

  test("T18 a payload as the name of a parameter is a parameter that nobody knows", async () => {
    const plain = await scim("GET", "/Users");
    for (const payload of payloads) {
      expect((await scim("GET", `/Users?${encodeURIComponent(payload)}=x`)).body).toEqual(plain.body);
      expect((await scim("POST", "/Users/.search", searchBody({ [payload]: "x" }))).body).toEqual(plain.body);
    }
  });

  const compared = [
    "userName",
    "title",
    "externalId",
    "id",
    "emails.value",
    "name.givenName",
    "groups.display",
    "meta.location",
  ];

  test.each(compared)("T18 a payload compared with %s is a text that nobody has", async (attribute) => {
    for (const payload of payloads) {
      const literal = JSON.stringify(payload);
      expect(await find(scim, "/Users", `${attribute} eq ${literal}`), payload).toEqual([]);
      const near = await find(scim, "/Users", `${attribute} sw ${literal} and ${attribute} ne ${literal}`);
      for (const one of near) expect(JSON.stringify(one).toLowerCase()).toContain(literal.slice(1, -1).toLowerCase());
    }
    await intact();
  });

  test("T18 %, _ and a backslash stand for themselves in co, sw and ew", async () => {
    const titles = async (filter: string) => (await find(scim, "/Users", filter)).map(({ title }) => title).sort();
    expect(await titles('title co "%"')).toEqual(["50%"]);
    expect(await titles('title ew "%"')).toEqual(["50%"]);
    expect(await titles('title sw "5_"')).toEqual(["5_0"]);
    expect(await titles('title co "_"')).toEqual(["5_0"]);
    expect(await titles('title co "\\\\"')).toEqual(["5\\0"]);
    expect(await titles(`title co "'"`)).toEqual(["a'b"]);
    expect(await titles('title co "\\""')).toEqual(['a"b']);
    expect(await titles('title sw "5" and not (title co "%" or title co "_" or title co "\\\\")')).toEqual(["500"]);
  });

  test("T18 a payload as an operator, a name, an id or a path is refused or nobody's", async () => {
    for (const payload of payloads) {
      const encoded = encodeURIComponent(payload).replace(/%(2f|5c|2e)/gi, "_");
      const filters = [
        `${payload} eq "a"`,
        `title ${payload} "a"`,
        `title eq "a" ${payload}`,
        `emails[${payload} eq "a"]`,
      ];
      for (const filter of filters) {
        const { status, body } = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
        expect(status, `${filter} ${JSON.stringify(body)}`).toBe(400);
      }
      if (encoded === "*") continue;
      expect((await scim("GET", `/Users/${encoded}`)).status, payload).toBe(404);
      const patches = [
        { op: "replace", path: payload, value: "x" },
        { op: "replace", path: `title ${payload}`, value: "x" },
        { op: "replace", path: `emails[value eq ${JSON.stringify(payload)}].display`, value: "x" },
      ];
      for (const patch of patches) {
        const { status, body } = await scim("PATCH", path, patchBody(patch));
        expect([200, 400], JSON.stringify(body)).toContain(status);
      }
    }
    await intact();
  });

  test("T18 a payload in any attribute is stored and returned as it came", async () => {
    const own = await openWorkspace("stored");
    const client = open(own.token.secret);
    for (const [index, payload] of payloads.entries()) {
      const values = {
        title: payload,
        externalId: payload,
        name: { givenName: payload },
        emails: [{ value: payload }],
      };
      const made = await client("POST", "/Users", userBody(`${index}${payload}@${own.domain}`, values));
      expect(made).toMatchObject({ status: 201, body: { ...values, userName: `${index}${payload}@${own.domain}` } });
      const group = await client("POST", "/Groups", { displayName: payload, members: [{ value: made.body.id }] });
      expect(group, payload).toMatchObject({ status: 201, body: { displayName: payload } });
      const [found] = await find(client, "/Groups", `displayName eq ${JSON.stringify(payload)}`);
      expect(found?.id).toBe(group.body.id);
      await client("DELETE", `/Groups/${group.body.id}`);
    }
    const tables = await all(sql`SELECT 1 FROM information_schema.tables WHERE table_schema = 'public'`);
    expect(tables.length).toBeGreaterThan(15);
  });

  // ── T19 ──────────────────────────────────────────────────────────────────

  const repeat = (text: string, times: number) => text.repeat(Math.max(0, times));
  const nested = (depth: number) => `${repeat("(", depth)}title pr${repeat(")", depth)}`;
  const negated = (depth: number) => `${repeat("not (", depth)}title pr${repeat(")", depth)}`;
  const terms = (count: number, word: string) => Array.from({ length: count }, () => "id pr").join(` ${word} `);
  const long = (length: number) => `title eq "${repeat("x", length - 'title eq ""'.length)}"`;
  const spaced = (length: number) => `title${repeat(" ", length - "titlepr".length)}pr`;

  /** What a filter may be: at the limit, one beyond it, and a hundred times it. */
  const limits: [string, (n: number) => string, number][] = [
    ["nesting", nested, 20],
    ["nesting of not", negated, 20],
    ["terms joined by or", (n) => terms(n, "or"), 50],
    ["terms joined by and", (n) => terms(n, "and"), 50],
    ["characters", long, 2_048],
    ["blanks", spaced, 2_048],
  ];

  test.each(limits)("T19 a filter's %s: at the limit, one beyond, a hundred times", async (_name, make, limit) => {
    expect((await scim("POST", "/Users/.search", searchBody({ filter: make(limit) }))).status).toBe(200);
    for (const size of [limit + 1, limit * 100]) {
      const filter = make(size);
      for (const endpoint of ["/Users", "/Groups", ""])
        expectError(await scim("POST", `${endpoint}/.search`, searchBody({ filter })), 400, "invalidFilter");
      if (filter.length < 6_000)
        expectError(await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`), 400, "invalidFilter");
    }
  });

  test.each(limits)("T19 the %s of a filter in a path of PATCH has the same limits", async (_name, make, limit) => {
    const within = (filter: string) =>
      `emails[${filter.replaceAll("title", "type").replaceAll("id pr", "type pr")}].value`;
    for (const size of [limit + 1, limit * 100]) {
      const operation = { op: "replace", path: within(make(size)), value: "x" };
      expectError(await scim("PATCH", path, patchBody(operation)), 400, "invalidFilter");
    }
    await intact();
  });

  /** A body with its deepest value so many levels deep. */
  const deep = (levels: number) => `${repeat('{"a":', levels - 1)}{}${repeat("}", levels - 1)}`;
  const lists = (levels: number) => `{"a":${repeat("[", levels - 1)}${repeat("]", levels - 1)}}`;

  test.each([
    ["objects", deep],
    ["lists", lists],
  ])("T19 a body's depth of %s: 20 levels are read, 21 and 2,000 are refused, as are 100,000", async (_name, make) => {
    const body = (levels: number) => `{"userName":"${at("deep")}","x":${make(levels - 1)}}`;
    const made = await scim("POST", "/Users", body(20));
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    await scim("DELETE", `/Users/${made.body.id}`);
    for (const levels of [21, 2_000, 100_000]) {
      for (const [method, target] of [
        ["POST", "/Users"],
        ["PUT", path],
        ["PATCH", path],
        ["POST", "/Bulk"],
        ["POST", "/.search"],
      ] as const) {
        const answer = await scim(method, target, body(levels));
        expectError(answer, 400, "invalidSyntax");
        expectNothingInside(answer.body);
      }
    }
  });

  test("T19 what a slow expression would choke on is answered like anything else", async () => {
    const long = 20_000;
    const slow = [
      `${repeat("a", long)}!`,
      `${repeat("a.", long)}a`,
      `${repeat(" ", long)}x`,
      repeat("\t", long),
      repeat("x@", long),
      `x@${repeat("a.", long)}`,
      `${repeat("a", long)}@${repeat("b-", long)}.test`,
      repeat("urn:", long),
      repeat("[", long),
      repeat("0", long),
      repeat("\\", long),
      repeat("ﬀ", long),
      repeat("é", long),
    ];
    for (const text of slow) {
      expect((await scim("POST", "/Users", userBody(`x${text}`))).status).toBe(400);
      const name = `x${text.slice(0, 500)}`;
      const stored = await scim("POST", "/Users", userBody(name, { emails: [{ value: text }], title: text }));
      expect(stored.status, text.slice(0, 20)).toBe(201);
      expect((await scim("PATCH", path, patchBody({ op: "add", path: text, value: 1 }))).status).toBeLessThan(500);
      expect((await scim("PATCH", path, patchBody({ op: "add", value: { [text]: 1 } }))).status).toBeLessThan(500);
      for (const name of parameters)
        expect((await scim("POST", "/Users/.search", searchBody({ [name]: text }))).status).toBeLessThan(500);
      for (const name of ["authorization", "if-match", "if-none-match", "content-type", "accept"])
        expect((await scim("GET", path, undefined, { [name]: repeat("a,", 3_000) })).status).toBeLessThan(500);
      await scim("DELETE", `/Users/${stored.body.id}`);
    }
  });

  test("T19 more attributes, operations or bulkIds in a chain than a stack is deep are no matter", async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `a${index}`);
    expect((await scim("GET", `/Users?attributes=${many.slice(0, 1_500).join()}`)).status).toBe(200);
    resourcesOf(await scim("POST", "/Users/.search", searchBody({ attributes: many })));
    const chain = Array.from({ length: 1_000 }, (_, index) => ({
      method: "PUT",
      path: `/Users/bulkId:b${index}`,
      bulkId: `p${index}`,
      data: userBody(`bulkId:b${index + 1}`),
    }));
    expect((await scim("POST", "/Bulk", bulkBody(chain))).status).toBe(200);
    const manager = (index: number) => ({
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { manager: { value: `bulkId:c${index}` } },
    });
    const made = Array.from({ length: 400 }, (_, index) => ({
      method: "POST",
      path: "/Users",
      bulkId: `c${index}`,
      data: userBody("", index === 399 ? {} : manager(index + 1)),
    }));
    const { status, body } = await scim("POST", "/Bulk", bulkBody(made));
    expect(status).toBe(200);
    expect(body.Operations).toHaveLength(400);
  });
});
