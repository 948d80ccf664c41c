import { beforeAll, describe, expect, test } from "vitest";
import { all, sql, statement } from "@/lib/db";
import { env } from "@/lib/env";
import { digestOf, tablesOfWorkspaces } from "@/lib/provisioning/threats/support";
import { bodies, type Filled, openFilled } from "./support";
import { endpoints } from "./table";

// T03, T05: what belongs to one workspace is nobody's in another, and not one byte of it changes. The matrix is made of the table of
// endpoints and of the other workspace's rows, so that what is added to either is covered by itself.

let ours: Filled;
let theirs: Filled;
let foreign: string[];

/** Every id that stands in a row of a workspace, three of each kind at most, and the workspace's own. */
async function idsOf({ id }: Filled): Promise<string[]> {
  const ids = [id];
  for (const table of await tablesOfWorkspaces()) {
    const [hasId] = await all(
      sql`SELECT 1 FROM information_schema.columns WHERE table_name = ${table} AND column_name = 'id'`,
    );
    if (!hasId) continue;
    const text = `SELECT id::text AS id FROM "${table}" WHERE "workspaceId" = $1 ORDER BY 1 LIMIT 3`;
    ids.push(...(await all<{ id: string }>(statement(text, [id]))).map((row) => row.id));
  }
  return ids;
}

beforeAll(async () => {
  env().MUSTER_API_RATE = 0;
  [ours, theirs] = [await openFilled("mine"), await openFilled("else")];
  foreign = await idsOf(theirs);
});

/** Ours where there may be one, so that the foreign id is all that is wrong. */
function oursFor(name: string, path: string): string {
  const { team, webhook, guest, delivery } = ours.ids;
  if (name === "membershipId") return guest;
  if (name === "deliveryId") return delivery;
  return path.startsWith("/teams") ? team : webhook;
}

/** A path with the foreign id in each of its places, and in all of them. */
function pathsOf(path: string, id: string): string[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  const fill = (isForeign: (name: string) => boolean) =>
    path.replace(/\{(\w+)\}/g, (_, name: string) => (isForeign(name) ? id : oursFor(name, path)));
  return [...new Set([fill(() => true), ...names.map((foreignOne) => fill((name) => name === foreignOne))])];
}

const withIds = endpoints.filter(({ path }) => path.includes("{"));
const without = endpoints.filter(({ path, access }) => !path.includes("{") && access !== "nobody");

describe("T03, T05 another workspace's id is the same as none", () => {
  test.each(withIds.map(({ id, method, path }) => [id, method, path] as const))("%s", async (id, method, path) => {
    expect(foreign.length).toBeGreaterThan(12);
    const [before, mine] = [await digestOf(theirs), await digestOf(ours)];
    const missing = await ours.api(
      method,
      path.replace(/\{\w+\}/g, "00000000-0000-7000-8000-000000000000"),
      bodies[id],
    );
    const { requestId: _, ...absent } = missing.body;
    expect(missing.status).toBe(404);
    for (const foreignId of foreign) {
      const [allForeign, ...partly] = pathsOf(path, foreignId);
      const { requestId: __, ...body } = (await ours.api(method, allForeign ?? "", bodies[id])).body;
      expect(body, `${method} ${allForeign}`).toEqual(absent);
      for (const tried of partly) {
        const { status } = await ours.api(method, tried, bodies[id]);
        expect(status, `${method} ${tried}`).toBe(404);
      }
    }
    expect(await digestOf(theirs)).toBe(before);
    expect(await digestOf(ours)).toBe(mine);
  });
});

describe("T03 nothing of another workspace is listed, found or counted", () => {
  test.each(without.map(({ id, method, path }) => [id, method, path] as const))("%s", async (id, method, path) => {
    const before = await digestOf(theirs);
    const { body } = await ours.api(method, path, bodies[id]);
    const text = JSON.stringify(body);
    for (const foreignId of foreign) expect(text).not.toContain(foreignId);
    expect(text).not.toContain(theirs.slug);
    expect(await digestOf(theirs)).toBe(before);
  });

  test.each([
    () => `/members?email=lin@${theirs.domain}`,
    () => `/members?search=${theirs.slug}`,
    () => `/audit-events?target=${theirs.ids.guest}`,
    () => `/audit-events?actor=${theirs.token.id}`,
  ])("by a filter that names it: %s", async (path) => {
    expect((await ours.api("GET", path())).body).toMatchObject({ data: [] });
  });

  test("T04 a person of another workspace can't be put into a team here", async () => {
    const path = `/teams/${ours.ids.team}/members/${theirs.ids.guest}`;
    expect((await ours.api("PUT", path)).status).toBe(404);
    expect((await ours.api("GET", `/teams/${ours.ids.team}`)).body).toMatchObject({ memberCount: 0 });
  });

  test("a cursor of another workspace is refused", async () => {
    const { body } = await theirs.api("GET", "/members?limit=1");
    expect((await ours.api("GET", `/members?limit=1&cursor=${body.nextCursor}`)).status).toBe(400);
  });
});
