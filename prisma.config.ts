import { defineConfig } from "prisma/config";

// The stock Prisma CLI works for whoever has its engines; Muster itself needs none (scripts/database/migrate.ts).
export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "postgresql://localhost/muster" },
});
