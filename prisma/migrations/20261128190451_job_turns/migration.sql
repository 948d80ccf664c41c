-- CreateTable
CREATE TABLE "JobTurn" (
    "job" TEXT NOT NULL,
    "begunAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "JobTurn_pkey" PRIMARY KEY ("job")
);
