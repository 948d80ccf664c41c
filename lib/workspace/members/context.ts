import type { Tx } from "@/lib/db";
import { requireLiveToken } from "@/lib/workspace/access/live-token";
import type { User } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import type { Claims } from "@/lib/workspace/claims/claims";
import { findClaims } from "@/lib/workspace/claims/claims";
import type { Deferred } from "@/lib/workspace/holds/held";
import type { Workspace } from "@/lib/workspace/transaction";
import { inWorkspace, inWorkspaceWith } from "@/lib/workspace/transaction";

/** Everything a decision about a person needs. `notes` collects messages for an admin who reads the log. */
export type Context = {
  tx: Tx;
  actor: Actor;
  workspace: Workspace;
  claims: Claims;
  notes: string[];
  /** The whole request, when it can be held and applied later. */
  deferred?: Deferred;
  /** Accounts read ahead for all email addresses that the decision may look up. */
  accounts?: ReadonlyMap<string, User>;
};

/** Loads the context of a decision. The workspace must be locked. */
export async function contextOf(tx: Tx, actor: Actor, workspace: Workspace): Promise<Context> {
  return { tx, actor, workspace, claims: await findClaims(tx, workspace.id), notes: [] };
}

/** Runs a decision under the workspace's lock. */
export function inContext<Result>(actor: Actor, work: (context: Context) => Promise<Result>): Promise<Result> {
  return inWorkspace(actor.workspaceId, async (tx, workspace) => work(await contextOf(tx, actor, workspace)));
}

/** Same as `inContext`, with reads that `ahead` sends along, once the actor's token has been found live. */
export function inContextWith<Ahead, Result>(
  actor: Actor,
  ahead: (tx: Tx) => Promise<Ahead>,
  work: (context: Context, found: Ahead) => Promise<Result>,
  together = false,
): Promise<Result> {
  return inWorkspaceWith(
    actor.workspaceId,
    (tx) => Promise.all([findClaims(tx, actor.workspaceId), ahead(tx), requireLiveToken(tx, actor)]),
    (tx, workspace, [claims, found]) => work({ tx, actor, workspace, claims, notes: [] }, found),
    together,
  );
}
