-- AlterTable
ALTER TABLE "OAuthGrant" ADD COLUMN     "grantedById" UUID;

-- AlterTable
ALTER TABLE "Webhook" ADD COLUMN     "creatorId" UUID,
ADD COLUMN     "creatorName" TEXT,
ADD COLUMN     "tokenId" UUID;

-- AddForeignKey
ALTER TABLE "Webhook" ADD CONSTRAINT "Webhook_workspaceId_tokenId_fkey" FOREIGN KEY ("workspaceId", "tokenId") REFERENCES "AccessToken"("workspaceId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;
