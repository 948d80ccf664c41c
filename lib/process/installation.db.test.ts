import { afterEach, expect, test } from "vitest";
import { all, one, run, sql } from "@/lib/db";
import { env } from "@/lib/env";
import { openWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { systemActor } from "@/lib/workspace/actor";
import { unseal } from "@/lib/workspace/seal";
import { createWebhook } from "@/lib/workspace/webhooks/webhooks";
import { linesOfReplaced, replaceSecret, whySecretIsWrong } from "./installation";
import { recordServer } from "./server-record";

const given = env().MUSTER_SECRET;
afterEach(() => {
  env().MUSTER_SECRET = given;
});

test("A4 the first process decides which secret it is, and one with another secret is told so", async () => {
  expect(await whySecretIsWrong()).toBeNull();
  expect(await whySecretIsWrong()).toBeNull();
  env().MUSTER_SECRET = "another secret that is long enough, too";
  expect(await whySecretIsWrong()).toMatch(
    /^MUSTER_SECRET is not the one that this database was used with\. .*secret replace\.$/,
  );
  const row = await one<{ secretKey: string }>(sql`SELECT "secretKey" FROM "Installation"`);
  expect(row?.secretKey).not.toContain(given.slice(0, 8));
});

test("A4 only one row says which installation it is", async () => {
  await whySecretIsWrong();
  await expect(run(sql`INSERT INTO "Installation" (id, "secretKey") VALUES (2, 'x')`)).rejects.toThrow(
    "Installation_one",
  );
});

test("A4 a lost secret is replaced: what was sealed with it ends, and the rest is said", async () => {
  const workspace = await openWorkspace("lost");
  env().MUSTER_OUTGOING_LOOPBACK = "on";
  await createWebhook(systemActor(workspace.id), { url: "http://127.0.0.1:9/hook", description: "", events: [] });
  await workspace.scim("POST", "/Users", userBody("guest@elsewhere.test")); // an invite, whose mail has a link
  await whySecretIsWrong();
  env().MUSTER_SECRET = "another secret that is long enough, too";

  const record = await recordServer(false);
  await expect(replaceSecret()).rejects.toThrow(
    /^A server still runs with the old secret \(pid \d+ on .*\)\. Stop it first\.$/,
  );
  await record.stopped();

  const replaced = await replaceSecret();
  expect(replaced).toEqual({
    emails: 1,
    webhooks: [{ workspace: workspace.slug, url: "http://127.0.0.1:9/hook" }],
    clients: 0,
  });
  expect(await whySecretIsWrong()).toBeNull();
  expect(await replaceSecret()).toBeNull();
  expect(await all(sql`SELECT state, detail FROM "Mail" WHERE kind = 'invite'`)).toEqual([
    { state: "failed", detail: expect.stringContaining("MUSTER_SECRET was replaced") },
  ]);
  const [hook] = await all<{ id: string; sealedSecret: string }>(sql`SELECT id, "sealedSecret" FROM "Webhook"`);
  expect(unseal(hook?.sealedSecret ?? "", "webhook", hook?.id)).toMatch(/^whsec_/);
  const text = replaced ? linesOfReplaced(replaced).join("\n") : "";
  expect(text).toContain(`Webhook of ${workspace.slug} to http://127.0.0.1:9/hook`);
  expect(text).toContain("1 waiting emails");
});
