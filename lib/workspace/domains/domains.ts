import { isUniqueViolation } from "@/lib/database/trouble";
import { all, one, sql, type Tx } from "@/lib/db";
import { storableJson } from "@/lib/text";
import { type Actor, systemActor } from "@/lib/workspace/actor";
import { record } from "@/lib/workspace/audit/record";
import { challengeHost, challengePrefix, checkRecord } from "@/lib/workspace/claims/check";
import { listedOn, listNote } from "@/lib/workspace/claims/mailbox-providers";
import { displayDomain, parseDomainName, subdomainOf } from "@/lib/workspace/claims/name";
import { type DomainAnswer, decisiveOutcome, isUnanswered } from "@/lib/workspace/claims/outcome";
import { nextCheckIn, nextState } from "@/lib/workspace/claims/state";
import { newId } from "@/lib/workspace/id";
import { wake } from "@/lib/workspace/mail/outbox";
import { notFound, refusal } from "@/lib/workspace/refusal";
import { randomText } from "@/lib/workspace/seal";
import { inWorkspace, type Workspace } from "@/lib/workspace/transaction";
import { announce } from "./announce";
import type { Domain } from "./domain";

/** Days between the first missing record and the end of trust. */
const graceDays = 7;

/** The record's name as DNS panels expect it: without the registrable domain, which they append themselves. */
function hostIn(name: string): string {
  const subdomain = subdomainOf(name);
  return subdomain ? `${challengeHost}.${subdomain}` : challengeHost;
}

function toView(domain: Domain & { memberCount: number }) {
  const lapsesAt = domain.warnedAt ? new Date(domain.warnedAt.getTime() + graceDays * 86_400_000) : null;
  return {
    id: domain.id,
    name: domain.name,
    displayName: displayDomain(domain.name),
    state: domain.state,
    record: {
      type: "TXT" as const,
      host: hostIn(domain.name),
      fullName: `${challengeHost}.${domain.name}`,
      value: challengePrefix + domain.challenge,
    },
    verifiedBy: domain.verifiedBy,
    listedOn: listedOn(domain.name),
    note: listNote(domain.name),
    answer: domain.answer,
    verifiedAt: domain.verifiedAt?.toISOString() ?? null,
    lapsesAt: domain.state === "warning" ? (lapsesAt?.toISOString() ?? null) : null,
    nextCheckAt: domain.nextCheckAt?.toISOString() ?? null,
    createdAt: domain.createdAt.toISOString(),
    memberCount: domain.memberCount,
  };
}

/** The claims of a workspace, or the one with this id, oldest first, with how many members use each domain. */
function readDomains(workspaceId: string, id: string | null): Promise<(Domain & { memberCount: number })[]> {
  return all<Domain & { memberCount: number }>(sql`
    SELECT d.*, (SELECT count(*) FROM "Membership" m WHERE m."workspaceId" = d."workspaceId" AND m.state <> 'ended' AND split_part(m."addressKey", '@', 2) = d.name) AS "memberCount"
    FROM "Domain" d WHERE d."workspaceId" = ${workspaceId} AND (${id}::text IS NULL OR d.id::text = ${id}) ORDER BY d.id`);
}

/** The claims of a workspace, oldest first, with how many members use each domain. */
export async function listDomains(workspaceId: string) {
  return (await readDomains(workspaceId, null)).map(toView);
}

async function findView(workspaceId: string, id: string) {
  const [row] = await readDomains(workspaceId, id);
  if (!row) throw notFound("domain");
  return toView(row);
}

/** Maximum claims per workspace: each one causes repeated DNS checks. */
const maxClaims = 500;

/** Claims a domain. It is checked at once, then at growing intervals (D-16). */
export async function addDomain(actor: Actor, typed: string) {
  const name = parseDomainName(typed);
  const id = newId();
  await inWorkspace(actor.workspaceId, async (tx) => {
    const known = await tx.one(
      sql`SELECT 1 FROM "Domain" WHERE "workspaceId" = ${actor.workspaceId} AND name = ${name}`,
    );
    if (known) throw refusal("domain_already_added.added", { domain: displayDomain(name) });
    const claims = await tx.one<{ count: number }>(
      sql`SELECT count(*) AS count FROM "Domain" WHERE "workspaceId" = ${actor.workspaceId}`,
    );
    if ((claims?.count ?? 0) >= maxClaims) throw refusal("limit_reached.domains", { limit: String(maxClaims) });
    await tx.run(sql`
      INSERT INTO "Domain" ("workspaceId", id, name, challenge, "nextCheckAt") VALUES (${actor.workspaceId}, ${id}, ${name}, ${randomText(32)}, now())`);
    record(tx, actor, "domain.added", { kind: "domain", id, name });
    tx.afterCommit(() => wake("domains"));
  });
  return findView(actor.workspaceId, id);
}

/** Asks DNS now and applies the answer. */
export async function checkDomain(actor: Actor, id: string) {
  const domain = await one<Domain>(
    sql`SELECT * FROM "Domain" WHERE "workspaceId" = ${actor.workspaceId} AND id = ${id}`,
  );
  if (!domain) throw notFound("domain");
  const answer = await askForRecord(domain);
  await applyAnswer(actor, domain, await withClaims(answer, domain));
  return findView(actor.workspaceId, id);
}

/** Detects a value that belongs to another pending claim, without revealing its workspace. */
async function withClaims(answer: DomainAnswer, domain: Domain): Promise<DomainAnswer> {
  if (answer.outcome !== "different_value") return answer;
  const codes = answer.found
    .filter((value) => value.startsWith(challengePrefix))
    .map((value) => value.slice(challengePrefix.length));
  const other = await one(sql`SELECT 1 FROM "Domain" WHERE challenge = ANY(${codes}) AND id <> ${domain.id}`);
  return other ? { ...answer, outcome: "other_claim", found: [] } : answer;
}

async function applyAnswer(actor: Actor, seen: Domain, answer: DomainAnswer): Promise<void> {
  try {
    await inWorkspace(actor.workspaceId, (tx, workspace) => settle(tx, actor, workspace, seen, answer));
  } catch (error) {
    if (!isUniqueViolation(error, "Domain_verified_key")) throw error;
    const taken = { ...answer, outcome: "verified_elsewhere" as const, found: [] };
    await inWorkspace(actor.workspaceId, (tx, workspace) => settle(tx, actor, workspace, seen, taken));
  }
}

async function settle(tx: Tx, actor: Actor, workspace: Workspace, seen: Domain, answer: DomainAnswer): Promise<void> {
  const domain = await tx.one<Domain & { now: Date }>(
    sql`SELECT *, now() AS now FROM "Domain" WHERE "workspaceId" = ${workspace.id} AND id = ${seen.id} FOR UPDATE`,
  );
  if (!domain || domain.challenge !== seen.challenge) return; // removed or claimed again during the DNS check
  const outcome = decisiveOutcome(answer);
  const state = nextState(domain, outcome, domain.now);
  const wait = nextCheckIn(domain, state, domain.now);
  const isProven = state === "verified";
  const isLapsing = state === "lapsed" && domain.state !== "lapsed";
  await tx.run(sql`
    UPDATE "Domain" SET state = ${state}, answer = ${storableJson({ ...answer, at: domain.now.toISOString() })}, checks = checks + 1, "checkedAt" = now(),
      "nextCheckAt" = CASE WHEN ${wait}::float8 IS NULL THEN NULL ELSE now() + make_interval(secs => ${wait}) END,
      "verifiedAt" = CASE WHEN ${isProven} THEN coalesce("verifiedAt", now()) ELSE "verifiedAt" END,
      "verifiedBy" = CASE WHEN ${isProven} THEN coalesce("verifiedBy", 'dns') ELSE "verifiedBy" END,
      "unansweredSince" = CASE WHEN ${isUnanswered(outcome)} THEN coalesce("unansweredSince", now()) WHEN ${outcome === "resolver_outage"} THEN "unansweredSince" END,
      "warnedAt" = CASE WHEN ${state} = 'warning' THEN coalesce("warnedAt", now()) WHEN ${isProven} THEN NULL ELSE "warnedAt" END,
      "lapsedAt" = CASE WHEN ${isLapsing} THEN now() WHEN ${isProven} THEN NULL ELSE "lapsedAt" END,
      challenge = CASE WHEN ${isLapsing} THEN ${randomText(32)} ELSE challenge END
    WHERE "workspaceId" = ${workspace.id} AND id = ${domain.id}`);
  const why = isUnanswered(outcome) ? "silent" : "missing";
  if (state !== domain.state) await announce(tx, actor, workspace, domain, state, why);
}

/** An operator verifies a domain without DNS. Refused when another workspace has the domain. */
export async function trustDomain(actor: Actor, name: string): Promise<void> {
  try {
    await inWorkspace(actor.workspaceId, async (tx, workspace) => {
      const domain = await tx.one<Domain>(
        sql`SELECT * FROM "Domain" WHERE "workspaceId" = ${workspace.id} AND name = ${parseDomainName(name)} FOR UPDATE`,
      );
      if (!domain) throw notFound("domain");
      await tx.run(sql`
        UPDATE "Domain" SET state = 'verified', "verifiedBy" = 'operator', "verifiedAt" = coalesce("verifiedAt", now()), "nextCheckAt" = NULL, "warnedAt" = NULL, "lapsedAt" = NULL, "unansweredSince" = NULL
        WHERE "workspaceId" = ${workspace.id} AND id = ${domain.id}`);
      if (domain.state !== "verified") await announce(tx, actor, workspace, domain, "verified", "missing");
    });
  } catch (error) {
    if (!isUniqueViolation(error, "Domain_verified_key")) throw error;
    throw refusal("domain_taken.elsewhere", { domain: name });
  }
}

/** Asks DNS for the record of a claim. */
export function askForRecord({ name, challenge }: Domain): Promise<DomainAnswer> {
  return checkRecord(name, challengePrefix + challenge);
}

/** Applies a DNS answer to a claim returned by `takeDueDomain`. */
export async function applyCheck(due: Domain, answer: DomainAnswer): Promise<void> {
  await applyAnswer(systemActor(due.workspaceId), due, await withClaims(answer, due));
}
