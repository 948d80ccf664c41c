-- AlterTable
ALTER TABLE "Mail" ADD COLUMN     "unreachableSince" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "ScimRequest" ADD COLUMN     "subject" TEXT,
ADD COLUMN     "tokenName" TEXT;

-- AlterTable
ALTER TABLE "Server" ADD COLUMN     "setAside" JSONB NOT NULL DEFAULT '{}';

-- CreateIndex
CREATE INDEX "AccessLoss_at_idx" ON "AccessLoss"("at");

-- CreateIndex
CREATE INDEX "AddressChange_expiresAt_idx" ON "AddressChange"("expiresAt");

-- CreateIndex
CREATE INDEX "AuditEvent_at_idx" ON "AuditEvent"("at");

-- CreateIndex
CREATE INDEX "Hold_decidedAt_idx" ON "Hold"("decidedAt");

-- CreateIndex
CREATE INDEX "Invite_expiresAt_idx" ON "Invite"("expiresAt");

-- CreateIndex
CREATE INDEX "OAuthRevocation_expiresAt_idx" ON "OAuthRevocation"("expiresAt");

-- CreateIndex
CREATE INDEX "SeatChange_at_idx" ON "SeatChange"("at");

-- CreateIndex
CREATE INDEX "Session_expires_idx" ON "Session"("expires");

-- CreateIndex
CREATE INDEX "VerificationToken_expires_idx" ON "VerificationToken"("expires");

-- CreateIndex
CREATE INDEX "WebhookDelivery_createdAt_idx" ON "WebhookDelivery"("createdAt");

-- What goes by the first of several times.
CREATE INDEX "OAuthGrant_ended_idx" ON "OAuthGrant" (least("usedAt", "revokedAt", "expiresAt"));
CREATE INDEX "AccessToken_ended_idx" ON "AccessToken" (least("revokedAt", "expiresAt"));

-- Bodies of the request log, which are most of its bytes: the latest are kept, of each workspace and of all.
CREATE INDEX "ScimRequest_bodies_idx" ON "ScimRequest" ("workspaceId", id) WHERE ("requestBody" IS NOT NULL OR "responseBody" IS NOT NULL);
CREATE INDEX "ScimRequest_bodies_at_idx" ON "ScimRequest" (at) WHERE ("requestBody" IS NOT NULL OR "responseBody" IS NOT NULL);

-- Mails that did not leave, and those that wait for a mail server that can't be reached.
CREATE INDEX "Mail_unsent_idx" ON "Mail" ("workspaceId", id) WHERE state IN ('failed', 'refused');
CREATE INDEX "Mail_unreachable_idx" ON "Mail" ("unreachableSince") WHERE "unreachableSince" IS NOT NULL;
CREATE INDEX "Mail_dead_links_idx" ON "Mail" ("sentAt") WHERE sealed IS NOT NULL AND state IN ('failed', 'refused');

-- An audit event goes only with its workspace, or by age: by the retention, which says so for its transaction, and never on its first day.
CREATE FUNCTION muster_keep_audit_event_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('muster.audit_retention', true) = 'on' AND OLD.at < now() - interval '1 day' THEN RETURN OLD; END IF;
  IF NOT EXISTS (SELECT 1 FROM "Workspace" WHERE id = OLD."workspaceId") THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'The audit log is append-only: events are removed by age, or with their workspace.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "AuditEvent_kept" BEFORE DELETE ON "AuditEvent" FOR EACH ROW EXECUTE FUNCTION muster_keep_audit_event_row();
