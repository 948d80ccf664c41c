import { beforeAll, expect, test } from "vitest";
import { POST as sendAgain } from "@/app/api/workspaces/[workspace]/webhooks/[id]/deliveries/[delivery]/again/route";
import { GET as findDelivery } from "@/app/api/workspaces/[workspace]/webhooks/[id]/deliveries/[delivery]/route";
import { GET as listDeliveries } from "@/app/api/workspaces/[workspace]/webhooks/[id]/deliveries/route";
import { POST as rotate } from "@/app/api/workspaces/[workspace]/webhooks/[id]/rotate/route";
import { DELETE as remove, PATCH as update } from "@/app/api/workspaces/[workspace]/webhooks/[id]/route";
import { POST as sendTest } from "@/app/api/workspaces/[workspace]/webhooks/[id]/test/route";
import { POST as create, GET as list } from "@/app/api/workspaces/[workspace]/webhooks/route";
import { openSession } from "@/lib/auth";
import { one, sql } from "@/lib/db";
import { openWorkspace, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { digestOf } from "@/lib/provisioning/threats/support";
import { listDeliveries as readDeliveries } from "@/lib/workspace/webhooks/log";
import { createWebhook } from "@/lib/workspace/webhooks/webhooks";

let ours: TestWorkspace;
let theirs: TestWorkspace;
let params: { workspace: string; id: string; delivery: string };
let foreign: typeof params;

async function signIn(address: string): Promise<string> {
  const user = await one<{ id: string }>(sql`SELECT id FROM "User" WHERE "emailKey" = ${address}`);
  const cookie = await openSession(user?.id ?? "", { address: null, agent: null });
  return cookie.split(";")[0] ?? "";
}

/** A webhook with a delivery. */
async function fill(workspace: TestWorkspace) {
  const input = { url: "https://example.com/hook", description: "", events: [] };
  const { webhook } = await createWebhook(workspace.operator, input);
  await workspace.scim("POST", "/Users", userBody(`lin@${workspace.domain}`));
  const [delivery] = (await readDeliveries(workspace.id, webhook.id, {})).deliveries;
  return { workspace: workspace.slug, id: webhook.id, delivery: delivery?.id ?? "" };
}

beforeAll(async () => {
  [ours, theirs] = [await openWorkspace("hooks"), await openWorkspace("hooks")];
  [params, foreign] = [await fill(ours), await fill(theirs)];
});

const input = { url: "https://example.com/", description: "", events: [] };
const routes: [string, typeof list, object?][] = [
  ["list", list],
  ["create", create, input],
  ["update", update, { enabled: false }],
  ["rotate", rotate, { overlap: "now" }],
  ["send a test", sendTest, {}],
  ["list deliveries of", listDeliveries],
  ["look into a delivery of", findDelivery],
  ["send a delivery again of", sendAgain, {}],
  ["delete", remove, {}],
];

async function call(route: typeof list, cookie: string | null, where: typeof params, body?: object): Promise<number> {
  const request = new Request(`http://muster.test/api/workspaces/${where.workspace}/webhooks`, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...(cookie && { cookie }), origin: "http://muster.test" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (await route(request, { params: Promise.resolve(where) })).status;
}

test.each(routes)("only an admin of the workspace may %s webhooks (T05)", async (name, route, body) => {
  const [admin, member] = [await signIn(`admin@${ours.domain}`), await signIn(`lin@${ours.domain}`)];
  const before = await digestOf(theirs);
  expect(await call(route, null, params, body)).toBe(401);
  expect(await call(route, member, params, body)).toBe(403);
  expect(await call(route, admin, foreign, body), "another workspace").toBe(404);
  const mixed = [
    { ...foreign, workspace: ours.slug },
    { ...params, id: "x" },
    { ...params, delivery: "x" },
  ];
  const hasIds = !["list", "create"].includes(name);
  for (const where of hasIds ? mixed : [])
    expect(await call(route, admin, where, body), JSON.stringify(where)).toBe(404);
  expect(await digestOf(theirs)).toBe(before);
  expect(await call(route, admin, params, body)).toBeOneOf([200, 204, 409]);
});
