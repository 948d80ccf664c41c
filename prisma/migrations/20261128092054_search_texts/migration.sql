-- AlterTable
ALTER TABLE "Membership" ADD COLUMN     "searchText" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "Team" ADD COLUMN     "searchText" TEXT NOT NULL DEFAULT '';

-- What is there already is folded here once, nearly as Muster does it; from now on Muster writes it.
CREATE FUNCTION pg_temp.search_fold(given text) RETURNS text LANGUAGE sql AS $$
  SELECT replace(replace(translate(regexp_replace(normalize(lower(given), NFKD), '[\u0300-\u036f]', '', 'g'), 'øłđðħı', 'olddhi'), 'ß', 'ss'), 'æ', 'ae')
$$;
UPDATE "Membership" SET "searchText" = left(pg_temp.search_fold(concat_ws(E'\n', attributes ->> 'displayName', attributes #>> '{name,formatted}',
  btrim("givenName" || ' ' || "familyName" || ' ' || "givenName"), "userName")), 2000);
UPDATE "Team" SET "searchText" = left(pg_temp.search_fold(name), 2000);
