import { log } from "@/lib/log";
import { isAboutRow, noteSetAside } from "@/lib/set-aside";
import type { DomainAnswer } from "@/lib/workspace/claims/outcome";
import type { Domain } from "@/lib/workspace/domains/domain";
import { applyCheck, askForRecord } from "@/lib/workspace/domains/domains";
import { putOffCheck, takeDueDomain } from "@/lib/workspace/domains/due";
import { wake } from "@/lib/workspace/mail/outbox";

/** Claims that are checked at once: one whose zone is slow holds its lane for some twenty seconds, and the others go on. */
const maxLanes = 16;

const lanes = new Set<Promise<void>>();
let stopping = false;

/**
 * Checks the claims that are due, several at once. Each claim that is found opens another lane, as long as there is room; a lane goes on
 * until nothing is due. Returns at once.
 */
export async function startDomainChecks(): Promise<void> {
  if (lanes.size >= maxLanes) return;
  const lane = checkOnAndOn().catch((error: unknown) => log().error({ err: error }, "domains could not be checked"));
  lanes.add(lane);
  void lane.finally(() => lanes.delete(lane));
}

/** Waits until nothing is due and nothing under way. */
export async function finishDomainChecks(): Promise<void> {
  while (lanes.size > 0) await Promise.all(lanes);
}

/** Lets the checks under way end, and takes no more. */
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
  if (checked > 0 && !stopping) wake("domains"); // the next check of these may be seconds away
}

/** Checks one claim. What only this one can be blamed for puts it off alone. */
async function check(due: Domain): Promise<void> {
  let answer: DomainAnswer | null = null;
  try {
    answer = await askForRecord(due);
    await applyCheck(due, answer);
  } catch (error) {
    // Whatever DNS code throws is about this name. The database may also be away: then the lease frees it.
    if (answer !== null && !isAboutRow(error)) throw error;
    noteSetAside("domains", error, { workspaceId: due.workspaceId, domain: due.name });
    await putOffCheck(due);
  }
}
