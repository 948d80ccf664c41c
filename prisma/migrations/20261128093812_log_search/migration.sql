-- AlterTable
ALTER TABLE "ScimRequest" ADD COLUMN     "searchText" TEXT NOT NULL DEFAULT '';
