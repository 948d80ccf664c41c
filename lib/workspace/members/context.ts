import type { Tx } from "@/lib/db";
import { requireLiveToken } from "@/lib/workspace/access/live-token";
import type { User } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import type { Claims } from "@/lib/workspace/claims/claims";
import { findClaims } from "@/lib/workspace/claims/claims";
import type { Deferred } from "@/lib/workspace/holds/held";
import type { Workspace } from "@/lib/workspace/transaction";
import { inWorkspace, inWorkspaceWith } from "@/lib/workspace/transaction";

/** What a decision about a person needs to know; `notes` collects what an admin should read in the log. */
export type Context = {
  tx: Tx;
  actor: Actor;
  workspace: Workspace;
  claims: Claims;
  notes: string[];
  /** What the whole request wants, where it can be held and made later. */
  deferred?: Deferred;
  /** The accounts of all addresses that are asked for, where they were read ahead. */
  accounts?: ReadonlyMap<string, User>;
};

/** Everything that a decision needs, under the workspace's lock. */
export async function contextOf(tx: Tx, actor: Actor, workspace: Workspace): Promise<Context> {
  return { tx, actor, workspace, claims: await findClaims(tx, workspace.id), notes: [] };
}

/** Decides under the workspace's lock. */
export function inContext<Result>(actor: Actor, work: (context: Context) => Promise<Result>): Promise<Result> {
  return inWorkspace(actor.workspaceId, async (tx, workspace) => work(await contextOf(tx, actor, workspace)));
}

/** The same, with what `ahead` reads along with it, once the actor's token was seen to be live. */
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
