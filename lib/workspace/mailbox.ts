import ipaddr from "ipaddr.js";
import { env } from "@/lib/env";

/** The mailbox is for a machine of one's own: no SMTP server is set, and the visitor comes from loopback. */
export function mailboxIsOpen(remoteAddress: string | null): boolean {
  if (env().SMTP_URL !== undefined || remoteAddress === null || !ipaddr.isValid(remoteAddress)) return false;
  return ipaddr.process(remoteAddress).range() === "loopback";
}
