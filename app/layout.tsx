import "@fontsource-variable/inter";
import "./globals.css";
import type { Metadata } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "@/components/ui/providers";
import { messagesFor, ourLocale } from "@/lib/messages/translator";

export const metadata: Metadata = {
  title: { default: "Muster", template: "%s · Muster" },
  robots: { index: false },
  manifest: "/manifest.webmanifest",
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? "";
  const locale = ourLocale();
  return (
    <html lang={locale} suppressHydrationWarning>
      <body>
        <Providers
          nonce={nonce}
          locale={locale}
          messages={messagesFor(["common", "network", "validation", "workspace"])}
        >
          {children}
        </Providers>
      </body>
    </html>
  );
}
