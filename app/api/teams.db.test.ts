import { beforeAll, expect, test } from "vitest";
import { GET as history } from "@/app/api/workspaces/[workspace]/teams/[id]/history/route";
import { GET as members } from "@/app/api/workspaces/[workspace]/teams/[id]/members/route";
import { POST as preview } from "@/app/api/workspaces/[workspace]/teams/[id]/role/preview/route";
import { GET as find } from "@/app/api/workspaces/[workspace]/teams/[id]/route";
import { GET as list } from "@/app/api/workspaces/[workspace]/teams/route";
import { openSession, sessionCookieName } from "@/lib/auth";
import { adminOf, openWorkspace, type TestWorkspace, userBody, userIdOf } from "@/lib/provisioning/testing/decisions";
import { createTeamInApp } from "@/lib/workspace/teams/edit";

// 11.1 and 11.2: the routes of the teams' pages.

let ours: TestWorkspace;
let theirs: TestWorkspace;
let team: string;
let foreign: string;
let admin: string;
let member: string;

async function cookieOf(address: string): Promise<string> {
  const cookie = await openSession(await userIdOf(address), { address: null, agent: null });
  return cookie.split(";")[0] ?? "";
}

beforeAll(async () => {
  [ours, theirs] = [await openWorkspace("routes"), await openWorkspace("routes")];
  await ours.scim("POST", "/Users", userBody(`lin@${ours.domain}`));
  team = await createTeamInApp(adminOf(ours), "Ours");
  foreign = await createTeamInApp(adminOf(theirs), "Theirs");
  admin = await cookieOf(`admin@${ours.domain}`);
  member = await cookieOf(`lin@${ours.domain}`);
  expect(admin).toContain(sessionCookieName());
});

async function call(route: typeof list, cookie: string, { id = "", query = "", body = undefined as unknown } = {}) {
  const request = new Request(`http://muster.test/api/workspaces/${ours.slug}/teams?${query}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { cookie, origin: "http://muster.test" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await route(request, { params: Promise.resolve({ workspace: ours.slug, ...(id && { id }) }) });
  return { status: response.status, body: await response.json() };
}

const ofOne = [
  ["the page", find, undefined],
  ["members", members, undefined],
  ["history", history, undefined],
  ["what a role would change", preview, { role: "admin" }],
] as const;

test.each(ofOne)(
  "11.1 %s: another workspace's team is 404, ours is 200, and members get 403",
  async (_, route, body) => {
    expect((await call(route, admin, { id: team, body })).status).toBe(200);
    expect((await call(route, admin, { id: foreign, body })).status).toBe(404);
    expect((await call(route, admin, { id: "nothing", body })).status).toBe(404);
    expect((await call(route, member, { id: team, body })).status).toBe(403);
  },
);

test("11.2 the list takes its filters and its order from the query, and refuses what isn't one", async () => {
  const { body } = await call(list, admin, { query: "empty=yes&role=none&source=app&sort=members&desc=yes" });
  expect(body).toMatchObject({ total: 1, teams: [{ id: team, name: "Ours" }], nextCursor: null });
  const next = await call(list, admin, { query: `sort=members&cursor=${team}&after=0` });
  expect(next.body.teams).toEqual([]);
  for (const query of ["sort=age", "role=owner", "source=nobody", "empty=no", "cursor=1", `after=${"x".repeat(201)}`]) {
    expect((await call(list, admin, { query })).status, query).toBe(400);
  }
  for (const query of [`sort=members&cursor=${team}&after=many`, `cursor=${team}`]) {
    expect((await call(list, admin, { query })).status, query).toBe(200);
  }
});
