-- States, roles and kinds become enums. The columns keep their places and values; what compares them with text (checks, partial indexes, a
-- trigger's condition) is dropped first and made anew.
CREATE TYPE "MembershipState" AS ENUM ('invited', 'active', 'suspended', 'ended');
CREATE TYPE "Role" AS ENUM ('admin', 'member');
CREATE TYPE "ConnectionState" AS ENUM ('connected', 'disconnected');
CREATE TYPE "HoldState" AS ENUM ('open', 'approved', 'stopped', 'lifted');
CREATE TYPE "HeldAction" AS ENUM ('suspend', 'end', 'move', 'demote', 'team');
CREATE TYPE "AccessLossKind" AS ENUM ('address', 'role', 'team', 'team_part');
CREATE TYPE "DomainState" AS ENUM ('pending', 'verified', 'warning', 'lapsed', 'failed');
CREATE TYPE "DomainVerifier" AS ENUM ('dns', 'operator');
CREATE TYPE "AccessTokenKind" AS ENUM ('token', 'client');
CREATE TYPE "OAuthGrantKind" AS ENUM ('code', 'refresh');
CREATE TYPE "WebhookDeliveryState" AS ENUM ('pending', 'delivered', 'failed');
CREATE TYPE "ActorKind" AS ENUM ('member', 'token', 'operator', 'system');
CREATE TYPE "ScimResourceType" AS ENUM ('User', 'Group');
CREATE TYPE "MailState" AS ENUM ('pending', 'sent', 'kept', 'dropped', 'failed', 'refused');
CREATE TYPE "MailKind" AS ENUM ('sign_in', 'added', 'welcome', 'invite', 'suspended', 'reactivated', 'admin_granted', 'address_changed', 'address_confirm', 'address_change_asked', 'address_moved', 'provider_linked', 'provider_removed', 'access_given', 'access_left', 'token_expiring', 'token_expired', 'hold_opened', 'webhook_disabled', 'seat_added', 'seats_used', 'domain_verified', 'domain_warning', 'domain_lapsed');

ALTER TABLE "AccessLoss" DROP CONSTRAINT "AccessLoss_kind_check";
ALTER TABLE "AccessToken" DROP CONSTRAINT "AccessToken_kind_check";
ALTER TABLE "Connection" DROP CONSTRAINT "Connection_state_check";
ALTER TABLE "Domain" DROP CONSTRAINT "Domain_state_check";
ALTER TABLE "HeldChange" DROP CONSTRAINT "HeldChange_action_check";
ALTER TABLE "Hold" DROP CONSTRAINT "Hold_state_check";
ALTER TABLE "Membership"
  DROP CONSTRAINT "Membership_state_check",
  DROP CONSTRAINT "Membership_role_check",
  DROP CONSTRAINT "Membership_saidRole_check",
  DROP CONSTRAINT "Membership_active_has_user";
ALTER TABLE "OAuthGrant" DROP CONSTRAINT "OAuthGrant_kind_check";
ALTER TABLE "SchemaExtension" DROP CONSTRAINT "SchemaExtension_type_check";
ALTER TABLE "TeamRole" DROP CONSTRAINT "TeamRole_role_check";
ALTER TABLE "WebhookDelivery" DROP CONSTRAINT "WebhookDelivery_state_check";

DROP TRIGGER "Membership_count_moved" ON "Membership";
DROP INDEX "Domain_verified_key", "Hold_current_key", "Mail_turns_idx", "Mail_unsent_idx", "Mail_dead_links_idx",
  "Membership_userName_key", "Membership_user_key", "Membership_seats_idx", "Membership_activeSince_idx", "WebhookDelivery_turns_idx";

ALTER TABLE "AccessLoss" ALTER COLUMN "kind" TYPE "AccessLossKind" USING "kind"::"AccessLossKind";
ALTER TABLE "AccessToken"
  ALTER COLUMN "kind" DROP DEFAULT,
  ALTER COLUMN "kind" TYPE "AccessTokenKind" USING "kind"::"AccessTokenKind",
  ALTER COLUMN "kind" SET DEFAULT 'token';
ALTER TABLE "AuditEvent" ALTER COLUMN "actorKind" TYPE "ActorKind" USING "actorKind"::"ActorKind";
ALTER TABLE "Connection"
  ALTER COLUMN "state" DROP DEFAULT,
  ALTER COLUMN "state" TYPE "ConnectionState" USING "state"::"ConnectionState",
  ALTER COLUMN "state" SET DEFAULT 'connected';
ALTER TABLE "Domain"
  ALTER COLUMN "state" DROP DEFAULT,
  ALTER COLUMN "state" TYPE "DomainState" USING "state"::"DomainState",
  ALTER COLUMN "state" SET DEFAULT 'pending',
  ALTER COLUMN "verifiedBy" TYPE "DomainVerifier" USING "verifiedBy"::"DomainVerifier";
ALTER TABLE "HeldChange" ALTER COLUMN "action" TYPE "HeldAction" USING "action"::"HeldAction";
ALTER TABLE "Hold"
  ALTER COLUMN "state" DROP DEFAULT,
  ALTER COLUMN "state" TYPE "HoldState" USING "state"::"HoldState",
  ALTER COLUMN "state" SET DEFAULT 'open';
ALTER TABLE "Mail"
  ALTER COLUMN "state" DROP DEFAULT,
  ALTER COLUMN "state" TYPE "MailState" USING "state"::"MailState",
  ALTER COLUMN "state" SET DEFAULT 'pending',
  ALTER COLUMN "kind" TYPE "MailKind" USING "kind"::"MailKind";
ALTER TABLE "Membership"
  ALTER COLUMN "state" TYPE "MembershipState" USING "state"::"MembershipState",
  ALTER COLUMN "role" DROP DEFAULT,
  ALTER COLUMN "role" TYPE "Role" USING "role"::"Role",
  ALTER COLUMN "role" SET DEFAULT 'member',
  ALTER COLUMN "saidRole" TYPE "Role" USING "saidRole"::"Role";
ALTER TABLE "OAuthGrant" ALTER COLUMN "kind" TYPE "OAuthGrantKind" USING "kind"::"OAuthGrantKind";
ALTER TABLE "SchemaExtension" ALTER COLUMN "resourceType" TYPE "ScimResourceType" USING "resourceType"::"ScimResourceType";
ALTER TABLE "TeamRole" ALTER COLUMN "role" TYPE "Role" USING "role"::"Role";
ALTER TABLE "WebhookDelivery"
  ALTER COLUMN "state" DROP DEFAULT,
  ALTER COLUMN "state" TYPE "WebhookDeliveryState" USING "state"::"WebhookDeliveryState",
  ALTER COLUMN "state" SET DEFAULT 'pending';

ALTER TABLE "Membership" ADD CONSTRAINT "Membership_active_has_user" CHECK ("state" <> 'active' OR "userId" IS NOT NULL);
CREATE TRIGGER "Membership_count_moved" AFTER UPDATE ON "Membership" FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION muster_count_moved_membership();

CREATE UNIQUE INDEX "Domain_verified_key" ON "Domain" ("name") WHERE "state" IN ('verified', 'warning');
CREATE UNIQUE INDEX "Hold_current_key" ON "Hold" ("workspaceId") WHERE "state" IN ('open', 'stopped');
CREATE INDEX "Mail_turns_idx" ON "Mail" (lane, (coalesce("workspaceId", '00000000-0000-0000-0000-000000000000'::uuid)), "notBefore") WHERE state = 'pending';
CREATE INDEX "Mail_unsent_idx" ON "Mail" ("workspaceId", id) WHERE state IN ('failed', 'refused');
CREATE INDEX "Mail_dead_links_idx" ON "Mail" ("sentAt") WHERE sealed IS NOT NULL AND state IN ('failed', 'refused');
CREATE UNIQUE INDEX "Membership_userName_key" ON "Membership" ("workspaceId", "userNameKey") WHERE "state" <> 'ended';
CREATE UNIQUE INDEX "Membership_user_key" ON "Membership" ("workspaceId", "userId") WHERE "state" <> 'ended';
CREATE INDEX "Membership_seats_idx" ON "Membership" ("workspaceId") WHERE "state" IN ('invited', 'active');
CREATE INDEX "Membership_activeSince_idx" ON "Membership" ("workspaceId", "activeSince") WHERE "state" = 'active';
CREATE INDEX "WebhookDelivery_turns_idx" ON "WebhookDelivery" ("workspaceId", "notBefore") WHERE state = 'pending';
