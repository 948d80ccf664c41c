"use client";

import { type ReactNode, useSyncExternalStore } from "react";
import { buttonClass } from "./button";

type Props = {
  /** MUSTER_URL. */
  base: string;
  /** The URL origin of the request, as far as the server can tell. */
  asked: string;
  /** The page's path and query. */
  path: string;
  children: ReactNode;
};

const never = () => () => {};

/**
 * Shows a form only where it can work: only pages under MUSTER_URL may change anything. Behind a proxy the server can't know the origin in
 * the address bar for sure, so the browser decides.
 */
export function RightAddress({ base, asked, path, children }: Props) {
  const here = useSyncExternalStore(
    never,
    () => window.location.origin,
    () => asked,
  );
  if (here === base) return children;
  return (
    <div role="alert" className="rounded-xl border bg-surface px-5 py-4 shadow-low">
      <p className="font-medium">This page works at another address</p>
      <p className="mt-1 break-words text-ink-soft">
        You opened {here}, but this Muster runs at {base}. Nothing you enter here can be saved.
      </p>
      <a href={`${base}${path}`} className={`${buttonClass("primary")} mt-4 w-full break-all`}>
        Open {base}
      </a>
      <p className="mt-4 break-words text-[13px] text-ink-faint">
        Do you run this server, and is {here} the right address? Set <code>MUSTER_URL={here}</code> and restart Muster.
      </p>
    </div>
  );
}
