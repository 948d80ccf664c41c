import { attribute } from "@/lib/scim/schema/schema";

/** Attributes that every resource has in addition to its schema (RFC 7643 §3.1). */
export const common = [
  attribute("id", "string", "Identifier given by the service provider; never changes, never used again.", {
    caseExact: true,
    mutability: "readOnly",
    returned: "always",
    uniqueness: "server",
  }),
  attribute("externalId", "string", "Identifier given by the client.", { caseExact: true }),
  attribute("schemas", "reference", "URIs of the schemas that the resource uses.", {
    multiValued: true,
    mutability: "readOnly",
    returned: "always",
    referenceTypes: ["uri"],
  }),
  attribute("meta", "complex", "What the service provider knows of the resource.", {
    mutability: "readOnly",
    subAttributes: [
      attribute("resourceType", "string", "Name of the resource type.", { caseExact: true, mutability: "readOnly" }),
      attribute("created", "dateTime", "When it was made.", { mutability: "readOnly" }),
      attribute("lastModified", "dateTime", "When it last changed.", { mutability: "readOnly" }),
      attribute("location", "reference", "Its address.", { mutability: "readOnly", referenceTypes: ["uri"] }),
      attribute("version", "string", "Its version, as in the ETag.", { caseExact: true, mutability: "readOnly" }),
    ],
  }),
] as const;
