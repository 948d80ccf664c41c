import { one, run, sql } from "@/lib/db";
import type { TokenHolder } from "./token-holder";

/** Records that a token was used, at most once a minute. SCIM records its uses with the request log instead. */
export async function recordTokenUse(
  { workspaceId, tokenId }: TokenHolder,
  { address, agent }: { address: string | null; agent: string | null },
): Promise<void> {
  await run(sql`
    INSERT INTO "AccessTokenUse" ("workspaceId", "tokenId", at, address, agent) VALUES (${workspaceId}, ${tokenId}, now(), ${address}, ${agent})
    ON CONFLICT ("workspaceId", "tokenId") DO UPDATE SET at = excluded.at, address = excluded.address, agent = excluded.agent
    WHERE "AccessTokenUse".at < now() - interval '1 minute'`);
}

/** When a token ends, as an ISO time: its own expiry or, if earlier, that of the issued token; null for never. */
export async function findTokenExpiry({ workspaceId, tokenId, until }: TokenHolder): Promise<string | null> {
  const row = await one<{ end: Date | null }>(
    sql`SELECT least("expiresAt", ${until}::timestamptz) AS end FROM "AccessToken" WHERE "workspaceId" = ${workspaceId} AND id = ${tokenId}`,
  );
  return row?.end?.toISOString() ?? null;
}
