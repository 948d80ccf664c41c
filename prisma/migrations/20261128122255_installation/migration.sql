-- CreateTable
CREATE TABLE "Installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "secretKey" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Installation_pkey" PRIMARY KEY ("id")
);

-- There is one installation in a database.
ALTER TABLE "Installation" ADD CONSTRAINT "Installation_one" CHECK (id = 1);

-- The secret that the last server used is the one in use.
INSERT INTO "Installation" ("secretKey") SELECT "secretKey" FROM "Server" ORDER BY "startedAt" DESC LIMIT 1;
