-- CreateTable
CREATE TABLE "Server" (
    "id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "secretKey" TEXT NOT NULL,
    "process" JSONB NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "stoppedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Server_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Server_seenAt_idx" ON "Server"("seenAt");
