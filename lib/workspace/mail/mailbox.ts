import { env } from "@/lib/env";

/** The mailbox is for local use: only without an SMTP server, and only for a visitor on this machine. */
export function mailboxIsOpen(isThisMachine: boolean): boolean {
  return env().SMTP_URL === undefined && isThisMachine;
}
