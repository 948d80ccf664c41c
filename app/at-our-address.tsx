import { headers } from "next/headers";
import type { ReactNode } from "react";
import { RightAddress } from "@/components/ui/right-address";
import { env } from "@/lib/env";

/** Wraps forms for people who are not signed in. When the page is open at another URL than MUSTER_URL, shows a note instead. */
export async function AtOurAddress({ children }: { children: ReactNode }) {
  const base = env().MUSTER_URL;
  const sent = await headers();
  const { host, protocol } = new URL(base);
  const requestedHost = sent.get("x-asked-host") ?? host;
  return (
    <RightAddress
      base={base}
      requested={requestedHost === host ? base : `${protocol}//${requestedHost}`}
      path={sent.get("x-path") ?? "/"}
    >
      {children}
    </RightAddress>
  );
}
