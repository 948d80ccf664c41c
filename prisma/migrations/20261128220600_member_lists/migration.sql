-- Lists of members by name: the search text begins with the display name, without case and accents.
CREATE INDEX "Membership_name_idx" ON "Membership" ("workspaceId", (left("searchText", 100) COLLATE "C"), "id") WHERE "state" <> 'ended';
