-- AlterTable
ALTER TABLE "HeldChange" ADD COLUMN "data" JSONB, ADD COLUMN "subjectId" UUID, ADD COLUMN "teamId" UUID;
UPDATE "HeldChange" SET "subjectId" = "membershipId";
ALTER TABLE "HeldChange" DROP CONSTRAINT "HeldChange_pkey",
ALTER COLUMN "subjectId" SET NOT NULL,
ALTER COLUMN "membershipId" DROP NOT NULL,
ADD CONSTRAINT "HeldChange_pkey" PRIMARY KEY ("workspaceId", "holdId", "subjectId");

ALTER TABLE "HeldChange" DROP CONSTRAINT "HeldChange_action_check";
ALTER TABLE "HeldChange" ADD CONSTRAINT "HeldChange_action_check" CHECK ("action" IN ('suspend', 'end', 'move', 'demote', 'team'));
ALTER TABLE "HeldChange" ADD CONSTRAINT "HeldChange_subject_check" CHECK ("subjectId" = coalesce("membershipId", "teamId"));

-- AlterTable
ALTER TABLE "SeatChange" ADD COLUMN     "actorName" TEXT NOT NULL DEFAULT '';
-- Who took access in the days in which it can be restored; until now only the audit log knew.
UPDATE "SeatChange" s SET "actorName" = coalesce((
  SELECT e."actorName" FROM "AuditEvent" e WHERE e."workspaceId" = s."workspaceId" AND e."targetId" = s."membershipId"::text
    AND e.action IN ('membership.suspended', 'membership.ended') ORDER BY e.id DESC LIMIT 1), '')
WHERE s.change = -1 AND s.at > now() - interval '30 days';

-- CreateTable
CREATE TABLE "AccessLoss" (
    "workspaceId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "membershipId" UUID,
    "teamId" UUID,
    "name" TEXT NOT NULL,
    "actorName" TEXT NOT NULL,
    "counted" BOOLEAN NOT NULL DEFAULT false,
    "data" JSONB NOT NULL DEFAULT '{}',
    "members" UUID[] DEFAULT ARRAY[]::UUID[],
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "restoredAt" TIMESTAMPTZ(3),

    CONSTRAINT "AccessLoss_pkey" PRIMARY KEY ("workspaceId","id")
);

ALTER TABLE "AccessLoss" ADD CONSTRAINT "AccessLoss_kind_check" CHECK ("kind" IN ('address', 'role', 'team'));

-- CreateIndex
CREATE INDEX "AccessLoss_counted_idx" ON "AccessLoss" ("workspaceId", "at") WHERE "counted";
CREATE INDEX "AccessLoss_workspaceId_at_idx" ON "AccessLoss"("workspaceId", "at");

-- AddForeignKey
ALTER TABLE "HeldChange" ADD CONSTRAINT "HeldChange_workspaceId_teamId_fkey" FOREIGN KEY ("workspaceId", "teamId") REFERENCES "Team"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AccessLoss" ADD CONSTRAINT "AccessLoss_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AccessLoss" ADD CONSTRAINT "AccessLoss_workspaceId_membershipId_fkey" FOREIGN KEY ("workspaceId", "membershipId") REFERENCES "Membership"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;
