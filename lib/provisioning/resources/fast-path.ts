import { locationOf, type Stored } from "@/lib/scim/resource/serialize";
import { userType } from "./columns";
import { idOf, type Members, maxAtOnce, width } from "./group-members";
import { scimBase } from "./scim-base";

/*
 * Reads of people and groups concatenate JSON text, because building values and serialising them takes several times as long.
 * users.db.test.ts compares both ways, with values that look like our own JSON.
 */

type Json = NonNullable<Stored["json"]>;

/**
 * A manager who may be in this workspace, as PostgreSQL writes it. No other text in a JSON document can match, because its quotes would be
 * escaped.
 */
const managerText = /"manager": \{"value": "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"\}/;

function withReference(_: string, id: string): string {
  return `"manager": {"value": "${id}", "$ref": ${JSON.stringify(locationOf(id, userType, scimBase()))}}`;
}

/** The keys of extensions as PostgreSQL writes them. */
const extensionKeys = userType.extensions.map(({ schema }) => ({ urn: schema.id, key: `"${schema.id}": ` }));

/** The parts of a person's JSON. `json` has the other attributes as the database's text; `hasManager`: the manager is in this workspace. */
export type PersonText = {
  json: string;
  hasManager: boolean;
  userName: string;
  active: boolean;
  externalId: string | null;
  groups: readonly unknown[];
};

/** The JSON of a whole person. */
export function personText({ json, hasManager, userName, active, externalId, groups }: PersonText): Json {
  const attributes = hasManager ? json.replace(managerText, withReference) : json;
  const extensions = extensionKeys.filter(({ key }) => json.includes(key)).map(({ urn }) => urn);
  const groupsText = groups.length === 0 ? "" : `,"groups":${JSON.stringify(groups)}`;
  const before = `"userName":${JSON.stringify(userName)},"active":${active}`;
  const values = attributes === "{}" ? [before, groupsText] : [before, ",", attributes.slice(1, -1), groupsText];
  return { values, extensions, externalId };
}

/** The JSON of a group without extension attributes; null if it has too many members to write at once. */
export function groupText(name: string, externalId: string | null, members: Members): Json | null {
  const list = membersText(members);
  if (list === null) return null;
  return { values: [`"displayName":${JSON.stringify(name)},"members":`, list], extensions: [], externalId };
}

/** Ids need no escape. */
function membersText({ members: ids, names }: Members): string | null {
  if (ids === null) return "[]";
  if (names === null || ids.length > maxAtOnce * width) return null;
  const before = `","$ref":${JSON.stringify(locationOf("", userType, scimBase())).slice(0, -1)}`;
  const hex = ids.toString("hex");
  const members = names.map((name, index) => {
    const id = idOf(hex.slice(index * 2 * width, (index + 1) * 2 * width));
    return `{"value":"${id}${before}${id}","type":"User","display":${JSON.stringify(name)}}`;
  });
  return `[${members.join(",")}]`;
}
