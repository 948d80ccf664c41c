import type { Caller } from "@/lib/provisioning/http/caller";
import type { Seal } from "@/lib/scim/query/cursor";
import { seal, unseal } from "@/lib/workspace/seal";

/** Cursors are good for the token that they were given to, in its workspace, and for nobody else (RFC 9865 §5). */
export function cursorSeal({ actor }: Caller): Seal {
  const whose = `${actor.workspaceId} ${actor.id} `;
  return {
    seal: (text, about) => seal(text, "cursor", whose + about),
    open(text, about) {
      try {
        return unseal(text, "cursor", whose + about);
      } catch {
        return null; // made up, cut, somebody else's, or of another query: all the same
      }
    },
  };
}
