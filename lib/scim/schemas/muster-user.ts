import { attribute, type Schema } from "@/lib/scim/schema/schema";

/** The role in the workspace as an attribute of its own, for identity providers that map no `roles`. */
export const musterUser: Schema = {
  id: "urn:ietf:params:scim:schemas:extension:muster:2.0:User",
  name: "MusterUser",
  description: "What Muster alone knows of a person",
  attributes: [
    attribute("appRole", "string", "Role in the workspace; anything but admin is member.", {
      canonicalValues: ["admin", "member"],
    }),
  ],
};
