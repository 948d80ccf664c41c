import type { ActorKind } from "@/lib/db";

/** Who performs an action. Browser sessions, SCIM tokens and operator commands are turned into an actor at the edge. */
export type Actor = {
  workspaceId: string;
  kind: ActorKind;
  /** Membership or token id; null for the operator and for Muster itself. */
  id: string | null;
  /** The name in the audit log. */
  name: string;
  /** The connection that a token belongs to. */
  connectionId?: string | null;
  /** For a short-lived issued token: its own id and its consent's, either of which can be revoked. */
  issuedKeys?: readonly string[];
  /** Set when the actor approves a held change, which the identity provider's token requested. */
  grants?: "token";
  requestId?: string | undefined;
  /** The token as this process remembers it, when it was not read for this request. */
  remembered?: RememberedToken;
};

/** Muster itself: scheduled checks, retention. */
export function systemActor(workspaceId: string): Actor {
  return { workspaceId, kind: "system", id: null, name: "Muster" };
}

/** A token as a process remembers it. Don't trust it until a statement has proven that it is still current. */
export type RememberedToken = { tokenVersion: number; settingsVersion: number; until: Date | null; isProven: boolean };
