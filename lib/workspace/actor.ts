/** Who acts. A browser session, a SCIM token and the operator's command become the same thing at the edge. */
export type Actor = {
  workspaceId: string;
  kind: "member" | "token" | "operator" | "system";
  /** Membership or token id; null for the operator and for Muster itself. */
  id: string | null;
  /** As the audit log shows it. */
  name: string;
  /** The connection a token speaks for. */
  connectionId?: string | null;
  /** Where a token was issued for a while: its own id and its consent's, by which it can be revoked. */
  issuedKeys?: readonly string[];
  /** Whose wish is granted, where it is not the actor's own: an identity provider's, which was held. */
  grants?: "token";
  requestId?: string | undefined;
  /** What this process remembers of the token, where it was not read for this request. */
  remembered?: RememberedToken;
};

/** Muster itself: scheduled checks, retention. */
export function systemActor(workspaceId: string): Actor {
  return { workspaceId, kind: "system", id: null, name: "Muster" };
}

/** A token as a process remembers it; good for nothing until a statement has proven that it still holds. */
export type RememberedToken = { tokenVersion: number; settingsVersion: number; until: Date | null; isProven: boolean };
