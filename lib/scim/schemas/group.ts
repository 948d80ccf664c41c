import { attribute, type Schema } from "@/lib/scim/schema/schema";

/** RFC 7643 §4.2 */
export const group: Schema = {
  id: "urn:ietf:params:scim:schemas:core:2.0:Group",
  name: "Group",
  description: "A team of the workspace",
  attributes: [
    attribute("displayName", "string", "Name of the group, unique in the workspace.", {
      required: true,
      uniqueness: "server",
    }),
    attribute("members", "complex", "The people in the group.", {
      multiValued: true,
      subAttributes: [
        attribute("value", "string", "Id of the User.", { caseExact: true, mutability: "immutable" }),
        attribute("$ref", "reference", "Address of the User.", { mutability: "immutable", referenceTypes: ["User"] }),
        attribute("type", "string", "Type of the member.", { mutability: "immutable", canonicalValues: ["User"] }),
        attribute("display", "string", "Name of the member; left out in groups of more than 1,000 members.", {
          mutability: "readOnly",
        }),
      ],
    }),
  ],
};
