import { beforeAll, describe, expect, test } from "vitest";
import { all, sql } from "@/lib/db";
import { type Body, expectError } from "@/lib/provisioning/conformance/support";
import { flushRequestLog } from "@/lib/provisioning/http/request-log";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { bulkBody, openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { accessOf } from "@/lib/scim/route";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { bodyOf, digestOf, operations, pathOf, refillBuckets } from "./support";

// T36, D-11: where SCIM is off or not in the plan, every path and method says so to whoever has a token.

const states = [
  ["switched off", { scimEnabled: false, plan: "enterprise" }, "User provisioning (SCIM)"],
  ["not in the plan", { scimEnabled: true, plan: "free" }, "plan"],
  ["neither", { scimEnabled: false, plan: "pro" }, "plan"],
] as const;

describe.each(adapters)("%s", (_, open) => {
  describe.each(states)("SCIM is %s", (_name, settings, word) => {
    let workspace: TestWorkspace;
    let scim: ScimClient;
    let userId: string;
    let before: string;

    beforeAll(async () => {
      workspace = await openWorkspace("off");
      scim = open(workspace.token.secret);
      userId = String((await scim("POST", "/Users", userBody(`lin@${workspace.domain}`))).body.id);
      expect((await scim("GET", `/Users/${userId}`)).status, "the token is remembered").toBe(200);
      await updateSettings(workspace.operator, settings);
      before = await digestOf(workspace);
    });

    const guarded = operations.filter(({ kind }) => accessOf({ kind }) !== "nothing");

    test("T36 every operation is 403 and says which and where; nothing is written, nobody is suspended", async () => {
      for (const operation of guarded) {
        const body = bodyOf(operation, `new@${workspace.domain}`);
        const answer = await scim(operation.method, pathOf(operation.path, userId), body);
        expectError(answer, 403);
        expect(answer.body.detail).toContain(word);
        expect(answer.body).not.toHaveProperty("Resources");
      }
      const leaver = patchBody({ op: "replace", path: "active", value: false });
      expectError(await scim("PATCH", `/Users/${userId}`, leaver), 403);
      expectError(await scim("POST", "/Bulk", bulkBody([{ method: "DELETE", path: `/Users/${userId}` }])), 403);
      expect(await digestOf(workspace)).toBe(before);
    });

    test("T36 so are paths and methods that are not there, and bodies that are broken", async () => {
      for (const [method, path, body] of [
        ["POST", "/Users", "{"],
        ["POST", "/Users", ""],
        ["PATCH", `/Users/${userId}`, "x".repeat(1_048_577)],
        ["GET", "/Users?filter=(", undefined],
        ["GET", "/Nothing", undefined],
        ["GET", "/Me", undefined],
        ["PUT", "/Users", "{}"],
        ["DELETE", "/Schemas", undefined],
        ["POST", "/ServiceProviderConfig", "{}"],
      ] as const)
        expect((await scim(method, path, body)).status, `${method} ${path}`).toBe(403);
    });

    test("T36 only after the token was looked at: a wrong one is 401", async () => {
      for (const token of [null, "wrong", `${workspace.token.secret}x`]) {
        for (const operation of guarded) {
          refillBuckets();
          const body = bodyOf(operation, `new@${workspace.domain}`);
          expectError(await open(token)(operation.method, pathOf(operation.path, userId), body), 401);
        }
      }
    });

    test("T36 ServiceProviderConfig still answers, with a token and without", async () => {
      expect((await scim("GET", "/ServiceProviderConfig")).status).toBe(200);
      expect((await open(null)("GET", "/ServiceProviderConfig")).status).toBe(200);
    });

    test("T36 each refusal is in the request log with its status and detail", async () => {
      const answers = [
        await scim("POST", "/Users", userBody(`late@${workspace.domain}`)),
        await scim("GET", "/Users"),
        await scim("DELETE", `/Users/${userId}`),
      ];
      await flushRequestLog();
      for (const answer of answers) {
        const id = String(answer.headers.get("x-request-id"));
        const logged = await all<Body>(
          sql`SELECT status, effect, detail FROM "ScimRequest" WHERE "workspaceId" = ${workspace.id} AND "requestId" = ${id}`,
        );
        expect(logged).toEqual([{ status: 403, effect: null, detail: answer.body.detail }]);
      }
      expect(await digestOf(workspace)).toBe(before);
    });

    test("T36 switched on again, the very next request works", async () => {
      await updateSettings(workspace.operator, { scimEnabled: true, plan: "enterprise" });
      expect((await scim("GET", `/Users/${userId}`)).body.active).toBe(true);
      await updateSettings(workspace.operator, settings);
      expectError(await scim("GET", `/Users/${userId}`), 403);
    });
  });
});
