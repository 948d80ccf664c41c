import { createHash, randomBytes } from "node:crypto";
import { addressKey, parseAddress, typedKey } from "@/lib/address";
import { inTransaction } from "@/lib/database/transaction";
import { one, sql, type Tx, type UserModel } from "@/lib/db";
import { env } from "@/lib/env";
import { addMail, linkSeconds } from "@/lib/workspace/mail/outbox";
import { type Refusal, refusal } from "@/lib/workspace/refusal";
import { isAdminSomewhere, isLapsedAddress } from "./lapsed-address";
import { waitToAsk } from "./sign-in-limit";

/** Maximum live links per account, across all processes: each process only keeps its own limit per email address. */
const maxLive = 20;

type Holder = Pick<UserModel, "id" | "email" | "emailKey" | "firstName">;

function findHolder(tx: Pick<Tx, "one">, key: string): Promise<Holder | null> {
  return tx.one<Holder>(sql`SELECT id, email, "emailKey", "firstName" FROM "User" WHERE "emailKey" = ${key}`);
}

/** Creates a link to the account's confirm page. The secret is stored hashed, the way next-auth hashes it. */
function insertLink(tx: Tx, holder: Holder, path: string): { tokenHash: string; target: string } {
  const token = randomBytes(32).toString("hex");
  const tokenHash = createHash("sha256").update(`${token}${env().MUSTER_SECRET}`).digest("hex");
  tx.send(sql`DELETE FROM "VerificationToken" WHERE identifier = ${holder.emailKey} AND expires <= now()`);
  tx.send(sql`
    INSERT INTO "VerificationToken" (identifier, "tokenHash", expires) VALUES (${holder.emailKey}, ${tokenHash}, now() + make_interval(secs => ${linkSeconds}))`);
  const query = new URLSearchParams({ callbackUrl: path, token, email: holder.email });
  return { tokenHash, target: `/sign-in/confirm?${query}` };
}

function tooOften(seconds: number): Refusal {
  const minutes = Math.ceil(seconds / 60);
  return refusal("asked_too_often.links", { minutes });
}

/**
 * Emails a sign-in link to an account's stored address. An unknown address gets no email but the same response, so that nobody learns who
 * has an account. `visitor` is the network of the request. Refuses more than five links an hour for one address.
 */
export async function askSignInLink(typed: string, path: string, visitor: string | null): Promise<void> {
  const parsed = parseAddress(typed);
  if (!parsed) throw refusal("address_not_valid.typed");
  const wait = waitToAsk(addressKey(parsed.address), visitor);
  if (wait > 0) throw tooOften(wait);
  const known = await findHolder({ one }, addressKey(parsed.address));
  if (!known || (await isLapsedAddress({ one }, known.id))) return;
  await inTransaction(`sign-in ${known.id}`, async (tx) => {
    const live = await tx.one<{ count: number }>(
      sql`SELECT count(*) AS count FROM "VerificationToken" WHERE identifier = ${known.emailKey} AND expires > now()`,
    );
    if ((live?.count ?? 0) >= maxLive) throw tooOften(linkSeconds);
    const { tokenHash, target } = insertLink(tx, known, path);
    addMail(tx, {
      kind: "sign_in",
      to: known.email,
      workspaceId: null,
      data: { name: known.firstName },
      secret: target,
      dedupeKey: `sign_in ${tokenHash}`,
    });
  });
}

/**
 * Creates a one-time sign-in link, the operator's way to let in a locked-out admin. Null when nobody has the email address. Admins get a
 * link even when the domain of their address has lapsed, so that someone can verify it again.
 */
export async function createSignInLink(email: string): Promise<string | null> {
  const holder = await findHolder({ one }, typedKey(email));
  if (!holder) return null;
  if ((await isLapsedAddress({ one }, holder.id)) && !(await isAdminSomewhere({ one }, holder.id))) {
    const domain = holder.emailKey.split("@").at(-1);
    throw refusal("domain_lapsed.lapsed", { domain: domain ?? "", address: holder.email });
  }
  const { target } = await inTransaction(`sign-in ${holder.id}`, async (tx) => insertLink(tx, holder, "/"));
  return `${env().MUSTER_URL}${target}`;
}
