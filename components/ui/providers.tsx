"use client";

import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useState } from "react";

/** The providers around every page: theme before the first paint, query cache, URL state, all under one nonce. */
export function Providers({ nonce, children }: { nonce: string; children: ReactNode }) {
  const [client] = useState(
    // With the default network mode, a change made offline would be sent later, when nobody expects it.
    () =>
      new QueryClient({
        defaultOptions: { queries: { staleTime: 5_000, retry: 1 }, mutations: { retry: false, networkMode: "always" } },
      }),
  );
  return (
    <CSPProvider nonce={nonce} disableStyleElements>
      <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange nonce={nonce}>
        <QueryClientProvider client={client}>
          <NuqsAdapter>{children}</NuqsAdapter>
        </QueryClientProvider>
      </ThemeProvider>
    </CSPProvider>
  );
}
