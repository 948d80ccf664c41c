-- Nothing could make deliveries before this migration, so there are none to keep.
DELETE FROM "WebhookDelivery";

-- AlterTable
ALTER TABLE "AccessToken" ADD COLUMN     "kind" TEXT NOT NULL DEFAULT 'token';

-- AlterTable
ALTER TABLE "Membership" ADD COLUMN     "activeSince" TIMESTAMPTZ(3),
ADD COLUMN     "leftTeams" UUID[] DEFAULT ARRAY[]::UUID[],
ADD COLUMN     "overrideUntil" TIMESTAMPTZ(3),
ADD COLUMN     "roleOverridden" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "saidRole" TEXT;

-- AlterTable
ALTER TABLE "SeatChange" ADD COLUMN     "counted" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "Team" ADD COLUMN     "overrideUntil" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Webhook" ADD COLUMN     "description" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "disabledReason" TEXT,
ADD COLUMN     "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "WebhookDelivery" DROP COLUMN "detail",
DROP COLUMN "status",
ADD COLUMN     "eventId" UUID NOT NULL,
ADD COLUMN     "notBefore" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "Workspace" ADD COLUMN     "holdLiftedUntil" TIMESTAMPTZ(3),
ADD COLUMN     "seatMonthlyCap" INTEGER;

-- CreateTable
CREATE TABLE "TeamRole" (
    "workspaceId" UUID NOT NULL,
    "teamId" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "TeamRole_pkey" PRIMARY KEY ("workspaceId","teamId")
);

-- CreateTable
CREATE TABLE "Hold" (
    "workspaceId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "counted" INTEGER NOT NULL,
    "allowed" INTEGER NOT NULL,
    "openedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decidedAt" TIMESTAMPTZ(3),
    "decidedBy" TEXT,

    CONSTRAINT "Hold_pkey" PRIMARY KEY ("workspaceId","id")
);

-- CreateTable
CREATE TABLE "HeldChange" (
    "workspaceId" UUID NOT NULL,
    "holdId" UUID NOT NULL,
    "membershipId" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "connectionId" UUID,
    "actorName" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "HeldChange_pkey" PRIMARY KEY ("workspaceId","holdId","membershipId")
);

-- CreateTable
CREATE TABLE "OAuthClient" (
    "workspaceId" UUID NOT NULL,
    "tokenId" UUID NOT NULL,
    "grants" TEXT[],
    "redirectUris" TEXT[],
    "tokenSeconds" INTEGER NOT NULL DEFAULT 3600,
    "issuer" TEXT,
    "subject" TEXT,
    "audiences" TEXT[],
    "jwksUri" TEXT,

    CONSTRAINT "OAuthClient_pkey" PRIMARY KEY ("workspaceId","tokenId")
);

-- CreateTable
CREATE TABLE "OAuthGrant" (
    "workspaceId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "tokenId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "secretHash" TEXT NOT NULL,
    "familyId" UUID NOT NULL,
    "redirectUri" TEXT,
    "codeChallenge" TEXT,
    "scopes" TEXT[],
    "grantedBy" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3),
    "usedAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "OAuthGrant_pkey" PRIMARY KEY ("workspaceId","id")
);

-- CreateTable
CREATE TABLE "OAuthRevocation" (
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "tokenId" UUID NOT NULL,
    "revokedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "OAuthRevocation_pkey" PRIMARY KEY ("workspaceId","key")
);

-- CreateTable
CREATE TABLE "WebhookAttempt" (
    "workspaceId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "deliveryId" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" INTEGER,
    "detail" TEXT,
    "durationMs" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "WebhookAttempt_pkey" PRIMARY KEY ("workspaceId","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "OAuthGrant_secretHash_key" ON "OAuthGrant"("secretHash");

-- CreateIndex
CREATE INDEX "OAuthGrant_workspaceId_familyId_idx" ON "OAuthGrant"("workspaceId", "familyId");

-- CreateIndex
CREATE INDEX "WebhookAttempt_workspaceId_deliveryId_idx" ON "WebhookAttempt"("workspaceId", "deliveryId");

-- CreateIndex
CREATE INDEX "SeatChange_workspaceId_at_idx" ON "SeatChange"("workspaceId", "at");

-- CreateIndex
CREATE INDEX "SeatChange_workspaceId_membershipId_idx" ON "SeatChange"("workspaceId", "membershipId");

-- CreateIndex
CREATE INDEX "WebhookDelivery_state_notBefore_idx" ON "WebhookDelivery"("state", "notBefore");

-- AddForeignKey
ALTER TABLE "TeamRole" ADD CONSTRAINT "TeamRole_workspaceId_teamId_fkey" FOREIGN KEY ("workspaceId", "teamId") REFERENCES "Team"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Hold" ADD CONSTRAINT "Hold_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "HeldChange" ADD CONSTRAINT "HeldChange_workspaceId_holdId_fkey" FOREIGN KEY ("workspaceId", "holdId") REFERENCES "Hold"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "HeldChange" ADD CONSTRAINT "HeldChange_workspaceId_membershipId_fkey" FOREIGN KEY ("workspaceId", "membershipId") REFERENCES "Membership"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "HeldChange" ADD CONSTRAINT "HeldChange_workspaceId_connectionId_fkey" FOREIGN KEY ("workspaceId", "connectionId") REFERENCES "Connection"("workspaceId", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OAuthClient" ADD CONSTRAINT "OAuthClient_workspaceId_tokenId_fkey" FOREIGN KEY ("workspaceId", "tokenId") REFERENCES "AccessToken"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OAuthGrant" ADD CONSTRAINT "OAuthGrant_workspaceId_tokenId_fkey" FOREIGN KEY ("workspaceId", "tokenId") REFERENCES "OAuthClient"("workspaceId", "tokenId") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OAuthRevocation" ADD CONSTRAINT "OAuthRevocation_workspaceId_tokenId_fkey" FOREIGN KEY ("workspaceId", "tokenId") REFERENCES "OAuthClient"("workspaceId", "tokenId") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WebhookAttempt" ADD CONSTRAINT "WebhookAttempt_workspaceId_deliveryId_fkey" FOREIGN KEY ("workspaceId", "deliveryId") REFERENCES "WebhookDelivery"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateIndex
CREATE INDEX "Invite_workspaceId_createdAt_idx" ON "Invite"("workspaceId", "createdAt");

-- What Prisma's schema language can't say.

ALTER TABLE "Membership" ADD CONSTRAINT "Membership_saidRole_check" CHECK ("saidRole" IN ('admin', 'member'));
ALTER TABLE "TeamRole" ADD CONSTRAINT "TeamRole_role_check" CHECK ("role" IN ('admin', 'member'));
ALTER TABLE "AccessToken" ADD CONSTRAINT "AccessToken_kind_check" CHECK ("kind" IN ('token', 'client'));
ALTER TABLE "Hold" ADD CONSTRAINT "Hold_state_check" CHECK ("state" IN ('open', 'approved', 'stopped', 'lifted'));
ALTER TABLE "HeldChange" ADD CONSTRAINT "HeldChange_action_check" CHECK ("action" IN ('suspend', 'end'));
ALTER TABLE "Workspace" ADD CONSTRAINT "Workspace_seatMonthlyCap_check" CHECK ("seatMonthlyCap" IS NULL OR "seatMonthlyCap" >= 0);
ALTER TABLE "OAuthClient" ADD CONSTRAINT "OAuthClient_tokenSeconds_check" CHECK ("tokenSeconds" BETWEEN 3600 AND 21600);
ALTER TABLE "OAuthGrant" ADD CONSTRAINT "OAuthGrant_kind_check" CHECK ("kind" IN ('code', 'refresh'));
ALTER TABLE "WebhookDelivery" ADD CONSTRAINT "WebhookDelivery_state_check" CHECK ("state" IN ('pending', 'delivered', 'failed'));

-- One hold at a time.
CREATE UNIQUE INDEX "Hold_current_key" ON "Hold" ("workspaceId") WHERE "state" IN ('open', 'stopped');
-- The hold asks how many people lost access in the last hour, and how many have had it for long.
CREATE INDEX "SeatChange_counted_idx" ON "SeatChange" ("workspaceId", "at") WHERE "counted";
CREATE INDEX "Membership_activeSince_idx" ON "Membership" ("workspaceId", "activeSince") WHERE "state" = 'active';

UPDATE "Membership" SET "activeSince" = coalesce("joinedAt", "createdAt") WHERE "state" = 'active';

-- What people's identity providers said of their roles until now: admin wins, unknown words mean member.
UPDATE "Membership" m SET "saidRole" = said.role FROM (
  SELECT "workspaceId", id, CASE WHEN 'admin' = ANY (words) THEN 'admin' ELSE 'member' END AS role FROM (
    SELECT "workspaceId", id, ARRAY(
      SELECT btrim(word) FROM (
        SELECT r ->> 'value' AS word FROM jsonb_array_elements(CASE jsonb_typeof(folded -> 'roles') WHEN 'array' THEN folded -> 'roles' ELSE '[]' END) r
        UNION ALL SELECT folded -> 'urn:ietf:params:scim:schemas:extension:muster:2.0:User' ->> 'appRole') w
      WHERE word IS NOT NULL) AS words
    FROM "Membership") spoken
  WHERE cardinality(words) > 0) said
WHERE m."workspaceId" = said."workspaceId" AND m.id = said.id;
