import { type DataTag, dehydrate, HydrationBoundary, QueryClient, type QueryKey } from "@tanstack/react-query";
import type { ReactNode } from "react";

export type Filled = { key: QueryKey; value: unknown };

/** Server-read data for a query; the compiler checks it against the query's contract. */
export function filled<Data>(query: { queryKey: DataTag<QueryKey, Data, Error> }, value: NoInfer<Data>): Filled {
  return { key: query.queryKey, value };
}

/** Fills the browser's query cache with the page's data, under the keys of lib/api. */
export function Hydrate({ data, children }: { data: readonly Filled[]; children: ReactNode }) {
  const client = new QueryClient();
  for (const { key, value } of data) client.setQueryData(key, value);
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
}
