import { dehydrate, HydrationBoundary, QueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

/** Gives the browser's query cache what the page has read, by the keys of lib/api. */
export function Hydrate({
  data,
  children,
}: {
  data: readonly { key: readonly unknown[]; value: unknown }[];
  children: ReactNode;
}) {
  const client = new QueryClient();
  for (const { key, value } of data) client.setQueryData(key, value);
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
}
