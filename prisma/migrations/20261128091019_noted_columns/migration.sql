-- AlterTable
ALTER TABLE "AccessToken" ADD COLUMN     "expiryNotedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Membership" ADD COLUMN     "keptAdminAt" TIMESTAMPTZ(3);

-- Until now only the audit log knew.
UPDATE "AccessToken" t SET "expiryNotedAt" = e.at FROM "AuditEvent" e
WHERE e."workspaceId" = t."workspaceId" AND e."targetId" = t.id::text AND e.action = 'access_token.expired';
UPDATE "Membership" m SET "keptAdminAt" = e.at FROM "AuditEvent" e
WHERE e."workspaceId" = m."workspaceId" AND e."targetId" = m.id::text AND e.action = 'membership.role_kept' AND e.at > now() - interval '7 days';
