import type { NextConfig } from "next";

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // SCIM clients call `/scim/v2/Users/` and must never meet a redirect.
  skipTrailingSlashRedirect: true,
  images: { unoptimized: true },
  serverExternalPackages: ["pg", "pg-boss", "pino", "nodemailer", "@prisma/client", "@prisma/adapter-pg"],
};

export default config;
