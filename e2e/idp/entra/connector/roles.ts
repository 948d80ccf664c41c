import type { AppRole } from "@/e2e/idp/entra/directory";
import type { Knobs } from "@/e2e/idp/entra/knobs";
import { type Operation, opName } from "./dialect";
import { isRecord, type Resource } from "./resource";

// The three expressions that may be mapped to `roles`, and what each sends (S13).

const type = "WindowsAzureActiveDirectoryRole";

/** The form of a POST, and with the flag that of a PATCH. */
function asObjects(roles: AppRole[], form: Knobs["roles"]): Resource[] {
  if (form === "SingleAppRoleAssignment") return roles.slice(0, 1).map(({ value }) => ({ primary: true, type, value }));
  const name = form === "AppRoleAssignmentsComplex" ? "displayName" : "display";
  return roles.map(({ value, displayName }) => ({ primary: false, type, [name]: displayName, value }));
}

/** The form of a PATCH by default: JSON inside a string. */
function asTexts(roles: AppRole[]): Resource[] {
  return roles.map(({ id, value, displayName }) => ({ value: JSON.stringify({ id, value, displayName }) }));
}

/** What a POST says of roles. */
export function rolesOfPost(roles: AppRole[], form: Knobs["roles"]): Resource[] {
  return form === "unmapped" ? [] : asObjects(roles, form);
}

/** The values of roles that a resource holds, unpacked from JSON where a server keeps the text. */
export function heldRoles(resource: Resource): string[] {
  const held = Array.isArray(resource.roles) ? resource.roles : [];
  return held.map((role) => unpack(isRecord(role) ? role.value : role)).sort();
}

function unpack(value: unknown): string {
  const text = String(value);
  return text.startsWith("{") ? String((JSON.parse(text) as Resource).value) : text;
}

/** The roles of a person as the mapping knows them: one, or all. */
export function wantedRoles(roles: AppRole[], form: Knobs["roles"]): string[] {
  const counted = form === "SingleAppRoleAssignment" ? roles.slice(0, 1) : roles;
  return form === "unmapped" ? [] : counted.map(({ value }) => value).sort();
}

/** What a PATCH says of roles that have changed. Only the assertive form takes a role away. */
export function rolesOfPatch(roles: AppRole[], current: Resource, { roles: form, flag }: Knobs): Operation[] {
  if (form === "unmapped") return [];
  if (form === "AssertiveAppRoleAssignmentsComplex")
    return [{ op: "replace", path: "roles", value: asObjects(roles, form) }];
  if (roles.length === 0) return [];
  const isHeld = Array.isArray(current.roles) && current.roles.some((role) => isRecord(role) && role.primary === true);
  if (flag && form === "SingleAppRoleAssignment" && isHeld)
    return [{ op: "replace", path: 'roles[primary eq "True"].value', value: roles[0]?.value }];
  const value = flag ? asObjects(roles, form) : asTexts(form === "SingleAppRoleAssignment" ? roles.slice(0, 1) : roles);
  return [{ op: opName("add", flag), path: "roles", value }];
}
