-- AlterTable
ALTER TABLE "Webhook" ADD COLUMN     "issuedKeys" TEXT[] DEFAULT ARRAY[]::TEXT[];
