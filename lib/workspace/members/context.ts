import type { Tx } from "@/lib/db";
import type { User } from "@/lib/workspace/accounts/accounts";
import type { Actor } from "@/lib/workspace/actor";
import type { Claims } from "@/lib/workspace/claims/claims";
import type { Deferred } from "@/lib/workspace/holds/held";
import type { Workspace } from "@/lib/workspace/transaction";

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
