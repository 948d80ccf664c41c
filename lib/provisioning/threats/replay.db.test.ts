import { beforeAll, describe, expect, test } from "vitest";
import { all, sql } from "@/lib/db";
import { type Body, find, nobody, urn } from "@/lib/provisioning/conformance/support";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { bulkBody, openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { digestOf } from "./support";

// T34: a write that comes again, because an answer was lost or somebody recorded it, leaves everything as it is; T35: many at once are one.

const muster = "urn:ietf:params:scim:schemas:extension:muster:2.0:User";

type Write = [name: string, method: string, path: string, body: unknown, first: number, again: number];

describe.each(adapters)("%s", (_, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    workspace = await openWorkspace("replay");
    scim = open(workspace.token.secret);
  });

  const at = (name: string) => `${name}@${workspace.domain}`;
  const idOf = async (endpoint: string, filter: string) => (await find(scim, endpoint, filter))[0]?.id ?? nobody;

  /** A conversation as identity providers hold it, each write with what it answers first and when it comes again. */
  function conversation(): Write[] {
    const lin = `/Users/{userName eq "${at("lin")}"}`;
    const team = '/Groups/{displayName eq "Team"}';
    const patch = (name: string, path: string, ...operations: Body[]): Write => [
      name,
      "PATCH",
      path,
      patchBody(...operations),
      200,
      200,
    ];
    const phone = 'phoneNumbers[type eq "work"].value';
    const make = { method: "POST", path: "/Users", bulkId: "b", data: userBody(at("bulk")) };
    const attributes = {
      title: "T",
      emails: [{ value: at("lin"), type: "work", primary: true }],
      externalId: "e1",
      active: true,
    };
    return [
      ["a user", "POST", "/Users", userBody(at("lin"), attributes), 201, 409],
      ["a user elsewhere", "POST", "/Users", userBody("guest@elsewhere.test"), 201, 409],
      ["a user without an address", "POST", "/Users", userBody("bare"), 201, 409],
      ["a suspended user", "POST", "/Users", userBody(at("off"), { active: false }), 201, 409],
      ["the adoption of somebody", "POST", "/Users", userBody(at("admin"), { title: "A" }), 201, 409],
      ["a PUT", "PUT", lin, userBody(at("lin"), { ...attributes, title: "U", name: { givenName: "L" } }), 200, 200],
      patch("a replace", lin, { op: "Replace", path: "title", value: "V" }),
      patch("a replace by Entra's value path", lin, { op: "Replace", path: phone, value: "1" }),
      patch("an add to a list", lin, { op: "Add", path: "phoneNumbers", value: [{ type: "home", value: "2" }] }),
      patch("an add without a path", lin, { op: "add", value: { nickName: "L", "name.familyName": "N" } }),
      patch("an add to an extension", lin, { op: "Add", path: `${urn.enterprise}:department`, value: "D" }),
      patch("a manager", lin, { op: "Add", path: `${urn.enterprise}:manager`, value: nobody }),
      patch("a role", lin, {
        op: "add",
        path: "roles",
        value: [{ value: '{"id":"1","value":"admin","displayName":"A"}' }],
      }),
      patch("a bare appRole", lin, { op: "add", path: "appRole", value: "admin" }),
      patch("no role", lin, { op: "remove", path: "roles" }, { op: "remove", path: `${muster}:appRole` }),
      patch("a remove of an element", lin, { op: "remove", path: 'phoneNumbers[type eq "home"]' }),
      patch(
        "several operations",
        lin,
        { op: "replace", path: "title", value: "W" },
        { op: "remove", path: "nickName" },
      ),
      patch("a suspension", lin, { op: "Replace", path: "active", value: "False" }),
      patch("a reactivation", lin, { op: "Replace", path: "active", value: "True" }),
      patch("a cancelled invite", '/Users/{userName sw "guest"}', { op: "replace", value: { active: false } }),
      patch("an invite again", '/Users/{userName sw "guest"}', { op: "replace", value: { active: true } }),
      patch("an address for who waits", '/Users/{userName eq "bare"}', {
        op: "add",
        path: "emails",
        value: [{ value: at("bare") }],
      }),
      patch(
        "another userName",
        lin,
        { op: "replace", path: "userName", value: at("lina") },
        { op: "replace", path: "userName", value: at("lin") },
      ),
      ["a group", "POST", "/Groups", { displayName: "Team", externalId: "g1" }, 201, 409],
      patch("a member", team, { op: "add", path: "members", value: [{ value: "{lin}" }] }),
      patch("two members", team, { op: "replace", path: "members", value: [{ value: "{lin}" }, { value: "{off}" }] }),
      patch("a member gone", team, { op: "remove", path: 'members[value eq "{off}"]' }),
      patch("a member gone by value", team, { op: "Remove", path: "members", value: [{ value: "{lin}" }] }),
      ["a group's PUT", "PUT", team, { displayName: "Team", members: [{ value: "{lin}" }] }, 200, 200],
      patch("a group's name", team, { op: "replace", value: { displayName: "TEAM" } }),
      patch("no members", team, { op: "remove", path: "members" }),
      [
        "a Bulk",
        "POST",
        "/Bulk",
        bulkBody([
          make,
          { method: "PATCH", path: "/Users/{lin}", data: patchBody({ op: "replace", path: "title", value: "X" }) },
        ]),
        200,
        200,
      ],
      ["the end of a group", "DELETE", team, undefined, 204, 404],
      ["the end of a user", "DELETE", lin, undefined, 204, 404],
      ["the end of an invite", "DELETE", '/Users/{userName sw "guest"}', undefined, 204, 404],
    ];
  }

  /** `{filter}` in a path and `{name}` in a body replaced by the id of whom they mean now. */
  async function resolved([, method, path, body]: Write): Promise<[string, string, string | undefined]> {
    const [, endpoint = path, filter] = /^(\/\w+)\/\{(.*)\}$/.exec(path) ?? [];
    const target = filter === undefined ? path : `${endpoint}/${await idOf(endpoint, filter)}`;
    let text = body === undefined ? undefined : JSON.stringify(body);
    for (const name of ["lin", "off"])
      if (text?.includes(`{${name}}`))
        text = text.replaceAll(`{${name}}`, await idOf("/Users", `userName eq "${at(name)}"`));
    return [method, target, text];
  }

  test("T34 every write of a conversation, when it comes again, leaves every row as it is: no event, no mail, no seat", async () => {
    for (const write of conversation()) {
      const [name, , , , first, again] = write;
      const request = await resolved(write);
      const before = await digestOf(workspace);
      const answer = await scim(...request);
      expect(answer.status, `${name} ${JSON.stringify(answer.body)}`).toBe(first);
      const after = await digestOf(workspace);
      if (name !== "another userName") expect(after, `${name} does something`).not.toBe(before);
      for (const replay of [1, 2]) {
        const { status, body } = await scim(...request);
        expect(status, `${name} ${replay} ${JSON.stringify(body)}`).toBe(again);
        expect(await digestOf(workspace), `${name} ${replay}`).toBe(after);
      }
    }
  });

  test("T34 an old DELETE or PATCH does nothing to whoever has the name now", async () => {
    const old = await scim("POST", "/Users", userBody(at("twice")));
    await scim("DELETE", `/Users/${old.body.id}`);
    const next = await scim("POST", "/Users", userBody(at("twice")));
    expect(next.status).toBe(201);
    const before = await digestOf(workspace);
    const suspend = patchBody({ op: "replace", path: "active", value: false });
    expect((await scim("PATCH", `/Users/${old.body.id}`, suspend)).status).toBe(404);
    expect((await scim("PUT", `/Users/${old.body.id}`, userBody(at("twice")))).status).toBe(404);
    expect((await scim("DELETE", `/Users/${old.body.id}`)).status).toBe(404);
    expect(await digestOf(workspace)).toBe(before);
  });

  test("T34 a write with the version that it was made for is 412 when it comes again", async () => {
    const { body, headers } = await scim("POST", "/Users", userBody(at("version")));
    const etag = { "if-match": String(headers.get("etag")) };
    const path = `/Users/${body.id}`;
    const patch = patchBody({ op: "replace", path: "title", value: "1" });
    expect((await scim("PATCH", path, patch, etag)).status).toBe(200);
    await scim("PATCH", path, patchBody({ op: "replace", path: "title", value: "2" }));
    const before = await digestOf(workspace);
    for (const method of ["PATCH", "PUT", "DELETE"]) {
      const sent = method === "PUT" ? userBody(at("version")) : method === "PATCH" ? patch : undefined;
      expect((await scim(method, path, sent, etag)).status).toBe(412);
    }
    expect(await digestOf(workspace)).toBe(before);
  });

  // ── T35 ──────────────────────────────────────────────────────────────────

  const atOnce = 50;
  const wanted = [201, ...Array.from({ length: atOnce - 1 }, () => 409)];

  async function countOf(userName: string) {
    const rows = await all<{ id: string }>(
      sql`SELECT id FROM "Membership" WHERE "workspaceId" = ${workspace.id} AND lower("userName") = ${userName.toLowerCase()}`,
    );
    const ids = rows.map(({ id }) => id);
    const [seats, events, mails, accounts] = [
      await all(sql`SELECT 1 FROM "SeatChange" WHERE "membershipId" = ANY(${ids}::uuid[])`),
      await all(sql`SELECT 1 FROM "AuditEvent" WHERE "targetId" = ANY(${ids}::text[])`),
      await all<{ kind: string }>(
        sql`SELECT kind FROM "Mail" WHERE lower("to") = ${userName.toLowerCase()} ORDER BY kind::text`,
      ),
      await all(sql`SELECT 1 FROM "User" WHERE "emailKey" = ${userName.toLowerCase()}`),
    ];
    return {
      rows: ids.length,
      seats: seats.length,
      events: events.length,
      mails: mails.map(({ kind }) => kind),
      accounts: accounts.length,
    };
  }

  /** The kinds of people that are made many times at once. */
  const races: [string, (round: number) => string, string[], number][] = [
    ["a member", (round) => at(`race${round}`), ["added", "welcome"], 1],
    ["a guest", (round) => `race${round}.${workspace.slug}@elsewhere.test`, ["invite"], 0],
    ["somebody without an address", (round) => `race ${round}`, [], 0],
  ];

  test.each(races)(
    "T35 50 identical POSTs of %s at once, five times: one 201, else 409; one row, one seat, one mail of a kind",
    async (_name, nameOf, mails, accounts) => {
      for (let round = 1; round <= 5; round++) {
        const name = nameOf(round);
        const answers = await Promise.all(
          Array.from({ length: atOnce }, (_, index) =>
            scim("POST", "/Users", userBody(index % 2 ? name : name.toUpperCase())),
          ),
        );
        expect(answers.map(({ status }) => status).sort()).toEqual(wanted);
        const refused = answers.filter(({ status }) => status === 409);
        expect([...new Set(refused.map(({ body }) => body.scimType))]).toEqual(["uniqueness"]);
        expect(await countOf(name)).toEqual({ rows: 1, seats: 1, events: 1, mails, accounts });
      }
    },
  );

  test("T35 the last seat is given once, whoever comes at once", async () => {
    const own = await openWorkspace("seats");
    const client = open(own.token.secret);
    for (let round = 1; round <= 3; round++) {
      await all(sql`UPDATE "Workspace" SET "seatLimit" = "seatsUsed" + 1 WHERE id = ${own.id}`);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          client("POST", "/Users", userBody(`r${round}n${index}@${own.domain}`)),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 403)]);
    }
    const [row] = await all<{ used: number; limit: number; rows: number }>(sql`
      SELECT w."seatsUsed" AS used, w."seatLimit" AS limit, (SELECT count(*) FROM "Membership" m WHERE m."workspaceId" = w.id) AS rows
      FROM "Workspace" w WHERE w.id = ${own.id}`);
    expect(row).toEqual({ used: 4, limit: 4, rows: 4 });
  });

  test("T35 50 identical POSTs of a group at once, five times: one 201, else 409; one row, one event", async () => {
    for (let round = 1; round <= 5; round++) {
      const answers = await Promise.all(
        Array.from({ length: atOnce }, (_, index) =>
          scim("POST", "/Groups", { displayName: index % 2 ? ` Race ${round}` : `RACE ${round}` }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual(wanted);
      const found = await find(scim, "/Groups", `displayName co "race ${round}"`);
      expect(found).toHaveLength(1);
      const events = await all(sql`SELECT 1 FROM "AuditEvent" WHERE "targetId" = ${String(found[0]?.id)}`);
      expect(events).toHaveLength(1);
    }
  });

  test("T35 the same adoption 20 times at once is one", async () => {
    const own = await openWorkspace("adopt");
    const client = open(own.token.secret);
    const body = userBody(`admin@${own.domain}`, { title: "T" });
    const answers = await Promise.all(Array.from({ length: 20 }, () => client("POST", "/Users", body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    const rows = await all(sql`SELECT 1 FROM "Membership" WHERE "workspaceId" = ${own.id}`);
    expect(rows).toHaveLength(1);
  });

  test("T35 suspending and reactivating one person 40 times at once is some order of them: seat and state agree", async () => {
    const { body } = await scim("POST", "/Users", userBody(at("flip")));
    const path = `/Users/${body.id}`;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        scim("PATCH", path, patchBody({ op: "replace", path: "active", value: index % 2 === 0 })),
      ),
    );
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
    const [row] = await all<{ state: string; seats: number; changes: number; events: number }>(sql`
      SELECT m.state, sum(s.change)::int AS seats, count(*) AS changes,
        (SELECT count(*) FROM "AuditEvent" e WHERE e."targetId" = m.id::text AND e.action <> 'membership.updated') AS events
      FROM "Membership" m JOIN "SeatChange" s ON s."membershipId" = m.id WHERE m.id = ${String(body.id)} GROUP BY m.state, m.id`);
    expect(row?.seats).toBe(row?.state === "active" ? 1 : 0);
    expect(row?.events).toBe(row?.changes);
  });

  test("T35 deleting one person 20 times at once ends them once", async () => {
    const { body } = await scim("POST", "/Users", userBody(at("gone")));
    const answers = await Promise.all(Array.from({ length: 20 }, () => scim("DELETE", `/Users/${body.id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array.from({ length: 19 }, () => 404)]);
    const events = await all(
      sql`SELECT 1 FROM "AuditEvent" WHERE "targetId" = ${String(body.id)} AND action = 'membership.ended'`,
    );
    expect(events).toHaveLength(1);
  });
});
