import type { Caller } from "@/lib/provisioning/http/caller";
import type { Seal } from "@/lib/scim/query/cursor";
import { seal, unseal } from "@/lib/workspace/seal";

/** A cursor is valid only for the token it was issued to, in its workspace (RFC 9865 §5). */
export function cursorSeal({ actor }: Caller): Seal {
  const whose = `${actor.workspaceId} ${actor.id} `;
  return {
    seal: (text, about) => seal(text, "cursor", whose + about),
    open(text, about) {
      try {
        return unseal(text, "cursor", whose + about);
      } catch {
        return null; // forged, cut, another caller's, or from another query: all the same
      }
    },
  };
}
