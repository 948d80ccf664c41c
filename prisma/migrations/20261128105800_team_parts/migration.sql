-- Who leaves a large team person by person is noted until the team is empty.
ALTER TABLE "AccessLoss" DROP CONSTRAINT "AccessLoss_kind_check";
ALTER TABLE "AccessLoss" ADD CONSTRAINT "AccessLoss_kind_check" CHECK ("kind" IN ('address', 'role', 'team', 'team_part'));
