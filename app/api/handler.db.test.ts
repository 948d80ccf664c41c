import { beforeAll, describe, expect, test } from "vitest";
import { POST as addDomain, GET as listDomains } from "@/app/api/workspaces/[workspace]/domains/route";
import { GET as listMembers } from "@/app/api/workspaces/[workspace]/members/route";
import { openSession, sessionCookieName } from "@/lib/auth";
import { all, one, sql } from "@/lib/db";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";

let workspace: TestWorkspace;
let other: TestWorkspace;
let admin: string;
let member: string;

async function signIn(address: string): Promise<string> {
  const user = await one<{ id: string }>(sql`SELECT id FROM "User" WHERE "emailKey" = ${address}`);
  const cookie = await openSession(user?.id ?? "", { address: null, agent: null });
  return cookie.split(";")[0] ?? "";
}

beforeAll(async () => {
  [workspace, other] = [await openWorkspace("edge"), await openWorkspace("edge")];
  await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
  admin = await signIn(`admin@${workspace.domain}`);
  member = await signIn(`lin@${workspace.domain}`);
});

type Route = typeof addDomain;

async function call(
  route: Route,
  cookie: string | null,
  {
    slug = workspace.slug,
    body,
    origin = "http://muster.test",
  }: { slug?: string; body?: unknown; origin?: string | null } = {},
) {
  const request = new Request(`http://muster.test/api/workspaces/${slug}/domains`, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...(cookie && { cookie }), ...(origin && { origin }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await route(request, { params: Promise.resolve({ workspace: slug }) });
  return { status: response.status, body: await response.json() };
}

describe("the edge of our own API", () => {
  test("T23 an unsafe request without our Origin is 403 and does nothing", async () => {
    for (const origin of [
      null,
      "null",
      "https://evil.test",
      "http://muster.test.evil.test",
      "http://sub.muster.test",
      "https://muster.test",
    ]) {
      const answer = await call(addDomain, admin, { body: { name: "new.test" }, origin });
      expect(answer.status, String(origin)).toBe(403);
    }
    expect((await call(listDomains, admin)).body).toHaveLength(1);
  });

  test("an admin adds a domain; a bad one is told with what to do and a request id", async () => {
    expect((await call(addDomain, admin, { body: { name: "new.test" } })).status).toBe(200);
    const refused = await call(addDomain, admin, { body: { name: "gmail.com" } });
    expect(refused).toMatchObject({
      status: 422,
      body: { error: { code: "domain_refused", requestId: expect.stringMatching(/^req_/) } },
    });
    expect((await call(addDomain, admin, { body: {} })).status).toBe(422);
  });

  test("signed out 401, a member 403, T05 a stranger's workspace 404", async () => {
    expect((await call(listDomains, null)).status).toBe(401);
    expect((await call(listDomains, `${sessionCookieName()}=nonsense`)).status).toBe(401);
    expect((await call(listDomains, member)).status).toBe(403);
    expect((await call(addDomain, member, { body: { name: "m.test" } })).status).toBe(403);
    expect((await call(listDomains, admin, { slug: other.slug })).status).toBe(404);
    expect((await call(listDomains, admin, { slug: "nowhere" })).status).toBe(404);
  });

  test("T05, T24 who is suspended is refused at the next request", async () => {
    const cookie = await signIn(`lin@${workspace.domain}`);
    expect((await call(listMembers, cookie)).status).toBe(403);
    const { body } = await workspace.scim("GET", `/Users?filter=userName+eq+%22lin@${workspace.domain}%22`);
    const [lin] = body.Resources as { id: string }[];
    await workspace.scim("PATCH", `/Users/${lin?.id}`, patchBody({ op: "replace", path: "active", value: false }));
    expect((await call(listMembers, cookie)).status).toBe(401);
  });

  test("B5 the database keeps no session token in the clear", async () => {
    const rows = await all<{ row: string }>(sql`SELECT s::text AS row FROM "Session" s`);
    const token = admin.split("=")[1] ?? "?";
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.some(({ row }) => row.includes(token))).toBe(false);
  });
});
