import { currentUpn, type EntraGroup, type EntraUser, isSoftDeleted } from "@/e2e/idp/entra/directory";
import type { Knobs } from "@/e2e/idp/entra/knobs";

export const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** A target path as it appears in a PATCH, and the value the source gives it; null flows nothing. */
export type Mapped = [path: string, value: string | boolean | null];

/** The default user mapping of a non-gallery application, `manager` apart: it is a reference. */
export function mapUser(user: EntraUser, knobs: Knobs): Mapped[] {
  const active: Mapped[] = knobs.deleteMode === "active mapped" ? [["active", !isSoftDeleted(user)]] : [];
  return [
    ["userName", knobs.tombstoneUpn ? currentUpn(user) : user.userPrincipalName],
    ...active,
    ["displayName", user.displayName],
    ["title", user.jobTitle],
    ['emails[type eq "work"].value', user.mail],
    ["preferredLanguage", user.preferredLanguage],
    ["name.givenName", user.givenName],
    ["name.familyName", user.surname],
    ["name.formatted", `${user.givenName} ${user.surname}`],
    ['addresses[type eq "work"].formatted', user.office],
    ['addresses[type eq "work"].streetAddress', user.streetAddress],
    ['addresses[type eq "work"].locality', user.city],
    ['addresses[type eq "work"].postalCode', user.postalCode],
    ['addresses[type eq "work"].country', user.country],
    ['phoneNumbers[type eq "work"].value', user.telephoneNumber],
    ['phoneNumbers[type eq "mobile"].value', user.mobile],
    ["externalId", knobs.externalIdSource === "objectId" ? user.id : user.mailNickname],
    [`${enterprise}:employeeNumber`, user.employeeId],
    [`${enterprise}:department`, user.department],
  ];
}

export function mapGroup(group: EntraGroup): Mapped[] {
  return [
    ["displayName", group.displayName],
    ["externalId", group.id],
  ];
}

/** The value of the matching attribute; null skips the object. */
export function matchValue(mapped: Mapped[], attribute: string): string | null {
  const value = mapped.find(([path]) => path === attribute)?.[1];
  return typeof value === "string" ? value : null;
}
