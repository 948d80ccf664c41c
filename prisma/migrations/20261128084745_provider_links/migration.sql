-- AlterTable
ALTER TABLE "Account" ADD COLUMN     "id" UUID NOT NULL DEFAULT gen_random_uuid(),
ADD COLUMN     "label" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "Account_id_key" ON "Account"("id");
