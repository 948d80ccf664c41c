-- AlterTable
ALTER TABLE "AccessToken" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "Team" ADD COLUMN     "attributes" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "folded" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "nameFolded" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "Workspace" ADD COLUMN     "memberCount" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "seatsUsed" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "settingsVersion" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "SchemaExtension" (
    "workspaceId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "urn" TEXT NOT NULL,
    "resourceType" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "required" BOOLEAN NOT NULL DEFAULT false,
    "attributes" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SchemaExtension_pkey" PRIMARY KEY ("workspaceId","key")
);

-- CreateIndex
CREATE INDEX "Team_folded_idx" ON "Team" USING GIN ("folded" jsonb_path_ops);

-- CreateIndex
CREATE INDEX "Team_workspaceId_nameFolded_idx" ON "Team"("workspaceId", "nameFolded");

-- AddForeignKey
ALTER TABLE "SchemaExtension" ADD CONSTRAINT "SchemaExtension_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema language can't say.

ALTER TABLE "Team" ALTER COLUMN "nameFolded" TYPE TEXT COLLATE "C";
UPDATE "Team" SET "nameFolded" = "nameKey";

ALTER TABLE "SchemaExtension" ADD CONSTRAINT "SchemaExtension_type_check" CHECK ("resourceType" IN ('User', 'Group'));

-- How many memberships a workspace has, and how many hold a seat: counting a million rows for each list or seat is too slow.
-- Whoever changes a state holds the workspace's row already, so keeping the counts adds no lock.
UPDATE "Workspace" w SET
  "memberCount" = (SELECT count(*) FROM "Membership" m WHERE m."workspaceId" = w.id AND m.state <> 'ended'),
  "seatsUsed" = (SELECT count(*) FROM "Membership" m WHERE m."workspaceId" = w.id AND m.state IN ('invited', 'active'));

CREATE FUNCTION muster_count_added_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Workspace" w SET "memberCount" = w."memberCount" + d.members, "seatsUsed" = w."seatsUsed" + d.seats
  FROM (SELECT "workspaceId", count(*) FILTER (WHERE state <> 'ended') AS members, count(*) FILTER (WHERE state IN ('invited', 'active')) AS seats
        FROM added GROUP BY "workspaceId") d
  WHERE w.id = d."workspaceId";
  RETURN NULL;
END $$;
CREATE TRIGGER "Membership_count_added" AFTER INSERT ON "Membership" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION muster_count_added_memberships();

CREATE FUNCTION muster_count_removed_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Workspace" w SET "memberCount" = w."memberCount" - d.members, "seatsUsed" = w."seatsUsed" - d.seats
  FROM (SELECT "workspaceId", count(*) FILTER (WHERE state <> 'ended') AS members, count(*) FILTER (WHERE state IN ('invited', 'active')) AS seats
        FROM removed GROUP BY "workspaceId") d
  WHERE w.id = d."workspaceId";
  RETURN NULL;
END $$;
CREATE TRIGGER "Membership_count_removed" AFTER DELETE ON "Membership" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION muster_count_removed_memberships();

CREATE FUNCTION muster_count_moved_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Workspace" SET
    "memberCount" = "memberCount" + (NEW.state <> 'ended')::int - (OLD.state <> 'ended')::int,
    "seatsUsed" = "seatsUsed" + (NEW.state IN ('invited', 'active'))::int - (OLD.state IN ('invited', 'active'))::int
  WHERE id = NEW."workspaceId";
  RETURN NULL;
END $$;
CREATE TRIGGER "Membership_count_moved" AFTER UPDATE ON "Membership" FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION muster_count_moved_membership();

-- Versions by which a process knows whether what it remembers of a token and of its workspace still holds.
CREATE FUNCTION muster_next_settings_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."settingsVersion" := OLD."settingsVersion" + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER "Workspace_settings_version" BEFORE UPDATE ON "Workspace" FOR EACH ROW
  WHEN ((OLD.plan, OLD."scimEnabled", OLD."strictProfile") IS DISTINCT FROM (NEW.plan, NEW."scimEnabled", NEW."strictProfile"))
  EXECUTE FUNCTION muster_next_settings_version();

CREATE FUNCTION muster_schemas_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Workspace" SET "settingsVersion" = "settingsVersion" + 1 WHERE id = coalesce(NEW."workspaceId", OLD."workspaceId");
  RETURN NULL;
END $$;
CREATE TRIGGER "SchemaExtension_changed" AFTER INSERT OR UPDATE OR DELETE ON "SchemaExtension"
  FOR EACH ROW EXECUTE FUNCTION muster_schemas_changed();

CREATE FUNCTION muster_next_token_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER "AccessToken_version" BEFORE UPDATE ON "AccessToken" FOR EACH ROW EXECUTE FUNCTION muster_next_token_version();
