import { env } from "@/lib/env";

/** The mailbox is for a machine of one's own: no SMTP server is set, and the visitor sits at it. */
export function mailboxIsOpen(isThisMachine: boolean): boolean {
  return env().SMTP_URL === undefined && isThisMachine;
}
