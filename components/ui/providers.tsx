"use client";

import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useState } from "react";
import { IntlProvider, type Locale, type Messages } from "use-intl";
import { Toasts } from "./toasts";

type Props = {
  nonce: string;
  locale: Locale;
  /** The texts that every page has; `Texts` adds those of a page. */
  messages: Partial<Messages>;
  children: ReactNode;
};

/** The providers around every page: texts, theme before the first paint, query cache, URL state, all under one nonce. */
export function Providers({ nonce, locale, messages, children }: Props) {
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
          <NuqsAdapter>
            {/* No text holds a date: <Time> writes those in the reader's own zone. */}
            <IntlProvider locale={locale} messages={messages} timeZone="UTC">
              {children}
              <Toasts />
            </IntlProvider>
          </NuqsAdapter>
        </QueryClientProvider>
      </ThemeProvider>
    </CSPProvider>
  );
}
