-- An index holds no text of more than a third of a page, and an externalId may be longer: its beginning is enough to find it by.
DROP INDEX "Membership_workspaceId_externalId_idx";
DROP INDEX "Team_workspaceId_externalId_idx";
CREATE INDEX "Membership_externalId_idx" ON "Membership" ("workspaceId", left("externalId", 400));
CREATE INDEX "Team_externalId_idx" ON "Team" ("workspaceId", left("externalId", 400));
