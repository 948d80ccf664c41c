import { headers } from "next/headers";
import type { ReactNode } from "react";
import { RightAddress } from "@/components/ui/right-address";
import { env } from "@/lib/env";

/** Around what somebody types in before they are signed in: opened at another address than MUSTER_URL, it says so instead. */
export async function AtOurAddress({ children }: { children: ReactNode }) {
  const base = env().MUSTER_URL;
  const sent = await headers();
  const { host, protocol } = new URL(base);
  const asked = sent.get("x-asked-host") ?? host;
  return (
    <RightAddress base={base} asked={asked === host ? base : `${protocol}//${asked}`} path={sent.get("x-path") ?? "/"}>
      {children}
    </RightAddress>
  );
}
