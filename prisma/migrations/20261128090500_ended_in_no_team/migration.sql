-- A cancelled invite stayed in its teams: an ended person is in none.
DELETE FROM "TeamMember" tm USING "Membership" m
WHERE m."workspaceId" = tm."workspaceId" AND m.id = tm."membershipId" AND m.state = 'ended';
