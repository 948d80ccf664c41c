-- DropIndex
DROP INDEX "Team_workspaceId_nameFolded_idx";

-- AlterTable
ALTER TABLE "Membership" ADD COLUMN     "attributesSize" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "listValues" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "ScimRequest" ADD COLUMN     "missing" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Team" ADD COLUMN     "attributesSize" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "listValues" INTEGER NOT NULL DEFAULT 0;

-- What Prisma's schema language can't say.

-- A userName is unique as a name of a team is: without the blanks around it. Where two people differ by these only, both stay as they are.
UPDATE "Membership" m SET "userNameKey" = btrim(m."userNameKey", E' \t\n\u000b\f\r\u1680\u2028\u2029\ufeff')
WHERE m."userNameKey" <> btrim(m."userNameKey", E' \t\n\u000b\f\r\u1680\u2028\u2029\ufeff')
  AND (m.state = 'ended' OR NOT EXISTS (
    SELECT 1 FROM "Membership" o WHERE o."workspaceId" = m."workspaceId" AND o.id <> m.id AND o.state <> 'ended'
      AND btrim(o."userNameKey", E' \t\n\u000b\f\r\u1680\u2028\u2029\ufeff') = btrim(m."userNameKey", E' \t\n\u000b\f\r\u1680\u2028\u2029\ufeff')));

-- The first that is not blank of displayName, formatted, given and family name (DESIGN §5); NULL when all are. Blank is what is
-- blank in JavaScript. lib/workspace/display-name.ts says the same.
CREATE FUNCTION muster_display_name(attributes jsonb, given text, family text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    nullif(btrim(attributes ->> 'displayName', E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'), ''),
    nullif(btrim(attributes #>> '{name,formatted}', E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'), ''),
    nullif(btrim(given || ' ' || family, E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'), ''))
$$;

-- A text as an id, NULL where it has another form: only canonical spellings are anybody's.
CREATE FUNCTION muster_id(given text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN given ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN given::uuid END
$$;

-- How large a person or a team is: what a page and a filter may cost is worked out from it without reading the attributes.
CREATE FUNCTION muster_measure_attributes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."attributesSize" := octet_length(NEW.attributes::text);
  NEW."listValues" := CASE WHEN NEW."attributesSize" < 1000 THEN 0 ELSE coalesce((
    SELECT sum(jsonb_array_length(l.list)) FROM (
      SELECT e.value AS list FROM jsonb_each(NEW.attributes) e WHERE jsonb_typeof(e.value) = 'array'
      UNION ALL
      SELECT x.value FROM jsonb_each(NEW.attributes) e, jsonb_each(CASE jsonb_typeof(e.value) WHEN 'object' THEN e.value END) x
      WHERE jsonb_typeof(x.value) = 'array') l), 0) END;
  RETURN NEW;
END $$;
CREATE TRIGGER "Membership_measure" BEFORE INSERT OR UPDATE OF attributes ON "Membership" FOR EACH ROW EXECUTE FUNCTION muster_measure_attributes();
CREATE TRIGGER "Team_measure" BEFORE INSERT OR UPDATE OF attributes ON "Team" FOR EACH ROW EXECUTE FUNCTION muster_measure_attributes();
UPDATE "Membership" SET attributes = attributes;
UPDATE "Team" SET attributes = attributes;

CREATE INDEX "Membership_long_lists" ON "Membership" ("workspaceId", "listValues") WHERE "listValues" > 100;
CREATE INDEX "Team_long_lists" ON "Team" ("workspaceId", "listValues") WHERE "listValues" > 100;
