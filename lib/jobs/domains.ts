import { log } from "@/lib/log";
import { isAboutRow, noteSetAside } from "@/lib/set-aside";
import type { DomainAnswer } from "@/lib/workspace/claims/outcome";
import type { Domain } from "@/lib/workspace/domains/domain";
import { applyCheck, askForRecord } from "@/lib/workspace/domains/domains";
import { putOffCheck, takeDueDomain } from "@/lib/workspace/domains/due";
import { wake } from "@/lib/workspace/mail/outbox";

/** Maximum number of concurrent checks: a slow zone holds its lane for some twenty seconds while the others continue. */
const maxLanes = 16;

const lanes = new Set<Promise<void>>();
let stopping = false;

/**
 * Checks all due claims, several at once. Each claim found opens another lane, up to the maximum; a lane runs until nothing is due. Returns
 * without waiting for the checks.
 */
export async function startDomainChecks(): Promise<void> {
  if (lanes.size >= maxLanes) return;
  const lane = checkOnAndOn().catch((error: unknown) => log().error({ err: error }, "domains could not be checked"));
  lanes.add(lane);
  void lane.finally(() => lanes.delete(lane));
}

/** Waits until nothing is due or under way. */
export async function finishDomainChecks(): Promise<void> {
  while (lanes.size > 0) await Promise.all(lanes);
}

/** Lets running checks finish and takes no more. */
export async function stopDomainChecks(): Promise<void> {
  stopping = true;
  await finishDomainChecks();
  stopping = false;
}

async function takeNext(): Promise<Domain | null> {
  return stopping ? null : takeDueDomain();
}

async function checkOnAndOn(): Promise<void> {
  let checked = 0;
  for (let due = await takeNext(); due !== null; due = await takeNext()) {
    void startDomainChecks();
    await check(due);
    checked++;
  }
  if (checked > 0 && !stopping) wake("domains"); // some of these may be due again in seconds
}

/** Checks one claim. An error that only this claim can cause postpones it alone. */
async function check(due: Domain): Promise<void> {
  let answer: DomainAnswer | null = null;
  try {
    answer = await askForRecord(due);
    await applyCheck(due, answer);
  } catch (error) {
    // An error from the DNS code is about this name. If the database is away, rethrow: the claim is free again when its lease ends.
    if (answer !== null && !isAboutRow(error)) throw error;
    noteSetAside("domains", error, { workspaceId: due.workspaceId, domain: due.name });
    await putOffCheck(due);
  }
}
