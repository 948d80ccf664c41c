-- Every request about a person or a team, for their pages. Rows from before have none, so the index begins empty.
ALTER TABLE "ScimRequest" ADD COLUMN "resourceId" UUID;
CREATE INDEX "ScimRequest_resource_idx" ON "ScimRequest" ("workspaceId", "resourceId", "id") WHERE "resourceId" IS NOT NULL;
