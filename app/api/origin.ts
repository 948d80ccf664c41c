import { env } from "@/lib/env";
import { translator } from "@/lib/messages/translator";
import { Problem } from "./problem";

/**
 * Throws a Problem if an unsafe request is not from our own pages (T23). Browsers send Origin with every unsafe request. It is compared with
 * the configured base URL, never with the Host header, which a proxy or an attacker can set.
 */
export function requireOurOrigin({ method, headers }: Request): void {
  if (method === "GET") return;
  const origin = headers.get("origin");
  const base = env().MUSTER_URL;
  if (origin === base) return;
  const say = translator("problems");
  throw new Problem(
    403,
    "foreign_origin",
    origin === null ? say("foreign.noOrigin") : say("foreign.other", { origin, base }),
  );
}
