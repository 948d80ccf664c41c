-- AlterTable
ALTER TABLE "Domain" ADD COLUMN     "unansweredSince" TIMESTAMPTZ(3);
