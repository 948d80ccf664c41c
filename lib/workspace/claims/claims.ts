import { type DomainModel, sql, type Tx } from "@/lib/db";
import { isVerified } from "./verified";

/** The rights that a workspace has from its domain claims. */
export type Claims = {
  /** Domains that count as verified now: `verified` and `warning`. */
  verified: ReadonlySet<string>;
  /** Whether any claim here was ever verified and not removed. */
  any: boolean;
};

export async function findClaims(tx: Pick<Tx, "all">, workspaceId: string): Promise<Claims> {
  const rows = await tx.all<Pick<DomainModel, "name" | "state">>(
    sql`SELECT name, state FROM "Domain" WHERE "workspaceId" = ${workspaceId} AND "verifiedAt" IS NOT NULL`,
  );
  const live = rows.filter(({ state }) => isVerified(state));
  return { verified: new Set(live.map(({ name }) => name)), any: rows.length > 0 };
}
