-- AlterTable
ALTER TABLE "Mail" ADD COLUMN     "lane" INTEGER NOT NULL DEFAULT 3,
ADD COLUMN     "toKey" TEXT NOT NULL DEFAULT '';

-- Addresses are ASCII by their grammar, so what PostgreSQL folds is what TypeScript folds.
UPDATE "Mail" SET "toKey" = lower("to"), lane = CASE
  WHEN kind IN ('sign_in', 'invite') THEN 1
  WHEN kind IN ('added', 'welcome', 'seat_added', 'seats_used', 'domain_verified') THEN 3
  ELSE 2 END;

-- CreateIndex
CREATE INDEX "Mail_toKey_kind_idx" ON "Mail"("toKey", "kind");

-- Whose turn it is in a lane: one workspace after the other; what belongs to none comes first.
CREATE INDEX "Mail_turns_idx" ON "Mail" (lane, (coalesce("workspaceId", '00000000-0000-0000-0000-000000000000'::uuid)), "notBefore") WHERE state = 'pending';

-- The same of deliveries.
CREATE INDEX "WebhookDelivery_turns_idx" ON "WebhookDelivery" ("workspaceId", "notBefore") WHERE state = 'pending';
