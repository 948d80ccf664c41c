"use client";

import { type ReactNode, useMemo } from "react";
import { IntlProvider, type Messages, useLocale, useMessages } from "use-intl";

/** Adds the texts of a page's rooms to those that every page has. */
export function Texts({ messages, children }: { messages: Partial<Messages>; children: ReactNode }) {
  const outer = useMessages();
  const all = useMemo(() => ({ ...outer, ...messages }), [outer, messages]);
  return (
    <IntlProvider locale={useLocale()} messages={all}>
      {children}
    </IntlProvider>
  );
}
