import type { NextConfig } from "next";

/** Headers of every answer (T39, T43); the policy for scripts comes from proxy.ts, with a nonce. */
const headers = [
  { key: "x-content-type-options", value: "nosniff" },
  { key: "x-frame-options", value: "DENY" },
  { key: "referrer-policy", value: "same-origin" },
  { key: "cross-origin-opener-policy", value: "same-origin" },
  { key: "cross-origin-resource-policy", value: "same-origin" },
  { key: "permissions-policy", value: "camera=(), microphone=(), geolocation=(), payment=(), usb=()" },
  { key: "strict-transport-security", value: "max-age=63072000" },
];

/** What proxy.ts leaves out answers programs; should a browser show it all the same, nothing in it runs or is loaded. */
const routes =
  "/:path(_next/.*|api/.*|scim/.*|\\.well-known/.*|livez|readyz|oauth/token|oauth/introspect|oauth/revoke|favicon\\.ico)";
const bare = [{ key: "content-security-policy", value: "default-src 'none'; frame-ancestors 'none'" }];

const config: NextConfig = {
  headers: async () => [
    { source: "/:path*", headers },
    { source: routes, headers: bare },
  ],
  poweredByHeader: false,
  reactStrictMode: true,
  // SCIM clients call `/scim/v2/Users/` and must never meet a redirect.
  skipTrailingSlashRedirect: true,
  images: { unoptimized: true },
  typescript: { ignoreBuildErrors: true }, // npm run check does it; whoever only starts Muster need not wait for it
  // Messages are compiled on the server (lib/messages), so pages go without the parser.
  turbopack: { resolveAlias: { "use-intl/format-message": "use-intl/format-message/format-only" } },
  serverExternalPackages: ["pg", "pino", "nodemailer", "@prisma/client", "@prisma/adapter-pg"],
};

export default config;
