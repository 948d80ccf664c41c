import { type Attribute, attribute, type Schema } from "@/lib/scim/schema/schema";

const value = (description: string) => attribute("value", "string", description);
const display = attribute("display", "string", "Name for people to read.");
const primary = attribute("primary", "boolean", "Whether this is the preferred value; true once at most.");
const kind = (...canonicalValues: string[]) =>
  attribute("type", "string", "What the value is for.", canonicalValues.length > 0 ? { canonicalValues } : {});

/** A list of values with the four default sub-attributes (RFC 7643 §2.4). */
function plural(name: string, description: string, types: string[], held: Attribute = value("The value.")): Attribute {
  return attribute(name, "complex", description, {
    multiValued: true,
    subAttributes: [held, display, kind(...types), primary],
  });
}

/** RFC 7643 §4.1, §8.7.1. `password` is left out: it is accepted, ignored and never stored. */
export const user: Schema = {
  id: "urn:ietf:params:scim:schemas:core:2.0:User",
  name: "User",
  description: "A person of the workspace",
  attributes: [
    attribute("userName", "string", "Unique name of the person, usually the sign-in address.", {
      required: true,
      uniqueness: "server",
    }),
    attribute("name", "complex", "Parts of the person's name.", {
      subAttributes: [
        attribute("formatted", "string", "The whole name, as it is to be shown."),
        attribute("familyName", "string", "Family name."),
        attribute("givenName", "string", "Given name."),
        attribute("middleName", "string", "Middle names."),
        attribute("honorificPrefix", "string", "Title before the name."),
        attribute("honorificSuffix", "string", "Title after the name."),
      ],
    }),
    attribute("displayName", "string", "Name as others see it."),
    attribute("nickName", "string", "Casual name."),
    attribute("profileUrl", "reference", "Address of a profile page.", { referenceTypes: ["external"] }),
    attribute("title", "string", "Job title."),
    attribute("userType", "string", "Relation to the company, such as Employee or Contractor."),
    attribute("preferredLanguage", "string", "Preferred language, as in Accept-Language."),
    attribute("locale", "string", "Locale for dates and numbers."),
    attribute("timezone", "string", "Time zone by its IANA name."),
    attribute("active", "boolean", "Whether the person has access to the workspace."),
    plural("emails", "E-mail addresses.", ["work", "home", "other"]),
    plural("phoneNumbers", "Telephone numbers.", ["work", "home", "mobile", "fax", "pager", "other"]),
    plural("ims", "Instant messaging addresses.", [
      "aim",
      "gtalk",
      "icq",
      "xmpp",
      "msn",
      "skype",
      "qq",
      "yahoo",
      "other",
    ]),
    plural(
      "photos",
      "Pictures.",
      ["photo", "thumbnail"],
      attribute("value", "reference", "Address of the picture.", { referenceTypes: ["external"] }),
    ),
    attribute("addresses", "complex", "Postal addresses.", {
      multiValued: true,
      subAttributes: [
        attribute("formatted", "string", "The whole address, with line breaks."),
        attribute("streetAddress", "string", "Street and house."),
        attribute("locality", "string", "City."),
        attribute("region", "string", "State or region."),
        attribute("postalCode", "string", "Postal code."),
        attribute("country", "string", "Country."),
        kind("work", "home", "other"),
        primary,
      ],
    }),
    attribute("groups", "complex", "Groups the person is in; changed at the groups.", {
      multiValued: true,
      mutability: "readOnly",
      subAttributes: [
        attribute("value", "string", "Id of the group.", { caseExact: true, mutability: "readOnly" }),
        attribute("$ref", "reference", "Address of the group.", { mutability: "readOnly", referenceTypes: ["Group"] }),
        attribute("display", "string", "Name of the group.", { mutability: "readOnly" }),
        attribute("type", "string", "How the person is in it.", {
          mutability: "readOnly",
          canonicalValues: ["direct", "indirect"],
        }),
      ],
    }),
    plural("entitlements", "Things the person is entitled to.", []),
    plural("roles", "Roles of the person; admin and member have a meaning here.", []),
    plural("x509Certificates", "Certificates.", [], attribute("value", "binary", "DER certificate in base64.")),
  ],
};
