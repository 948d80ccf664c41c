import { type Attribute, attribute, type Schema } from "@/lib/scim/schema/schema";

const readOnly = { mutability: "readOnly" as const };
const text = (name: string, description: string, required = false) =>
  attribute(name, "string", description, { ...readOnly, required });
const flag = (name: string, description: string) =>
  attribute(name, "boolean", description, { ...readOnly, required: true });
const number = (name: string, description: string) =>
  attribute(name, "integer", description, { ...readOnly, required: true });
const uri = (name: string, description: string, required = true) =>
  attribute(name, "reference", description, { ...readOnly, required, referenceTypes: ["uri"] });
const feature = (name: string, description: string, ...more: Attribute[]) =>
  attribute(name, "complex", description, {
    ...readOnly,
    required: true,
    subAttributes: [flag("supported", "Whether it is supported."), ...more],
  });

/** RFC 7643 §5, §8.7.2 */
export const serviceProviderConfig: Schema = {
  id: "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
  name: "ServiceProviderConfig",
  description: "What this service provider supports",
  attributes: [
    uri("documentationUri", "Address of the documentation.", false),
    feature("patch", "PATCH."),
    feature(
      "bulk",
      "Bulk requests.",
      number("maxOperations", "Operations in one request."),
      number("maxPayloadSize", "Bytes of one request."),
    ),
    feature("filter", "Filters.", number("maxResults", "Resources in one answer.")),
    feature("changePassword", "Changing a password."),
    feature("sort", "Sorting."),
    feature("etag", "Entity tags."),
    attribute("pagination", "complex", "How lists come in pages (RFC 9865).", {
      ...readOnly,
      subAttributes: [
        flag("cursor", "Whether cursors are supported."),
        flag("index", "Whether indexes are supported."),
        text("defaultPaginationMethod", "What is used when a request names neither."),
        attribute("defaultPageSize", "integer", "Resources of a page when count is not given.", readOnly),
        attribute("maxPageSize", "integer", "Resources of a page at most.", readOnly),
        attribute("cursorTimeout", "integer", "Seconds that a cursor is good for.", readOnly),
      ],
    }),
    attribute("authenticationSchemes", "complex", "How clients authenticate.", {
      ...readOnly,
      multiValued: true,
      required: true,
      subAttributes: [
        text("type", "Kind of the scheme.", true),
        text("name", "Name of the scheme.", true),
        text("description", "What it is.", true),
        uri("specUri", "Address of its specification.", false),
        uri("documentationUri", "Address of its documentation.", false),
        attribute("primary", "boolean", "Whether it is preferred.", readOnly),
      ],
    }),
  ],
};

/** RFC 7643 §6, §8.7.2 */
export const resourceTypeSchema: Schema = {
  id: "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
  name: "ResourceType",
  description: "A kind of resource",
  attributes: [
    text("id", "Identifier, the same as the name."),
    text("name", "Name of the type.", true),
    text("description", "What it is."),
    uri("endpoint", "Where its resources are, relative to the base."),
    uri("schema", "URI of its schema."),
    attribute("schemaExtensions", "complex", "Its extensions.", {
      ...readOnly,
      multiValued: true,
      subAttributes: [uri("schema", "URI of the extension."), flag("required", "Whether resources must have it.")],
    }),
  ],
};

const characteristics = [
  text("name", "Name of the attribute.", true),
  text("type", "Its data type.", true),
  attribute("multiValued", "boolean", "Whether it is a list.", { ...readOnly, required: true }),
  text("description", "What it is."),
  attribute("required", "boolean", "Whether it must be there.", readOnly),
  attribute("canonicalValues", "string", "Values that are suggested.", { ...readOnly, multiValued: true }),
  attribute("caseExact", "boolean", "Whether case counts.", readOnly),
  text("mutability", "Whether and when it may be written."),
  text("returned", "When it is returned."),
  text("uniqueness", "Where it is unique."),
  attribute("referenceTypes", "string", "What it may refer to.", { ...readOnly, multiValued: true }),
];

/** RFC 7643 §7, §8.7.2 */
export const schemaSchema: Schema = {
  id: "urn:ietf:params:scim:schemas:core:2.0:Schema",
  name: "Schema",
  description: "The attributes of a kind of resource",
  attributes: [
    text("id", "URI of the schema.", true),
    text("name", "Name of the schema."),
    text("description", "What it is."),
    attribute("attributes", "complex", "Its attributes.", {
      ...readOnly,
      multiValued: true,
      required: true,
      subAttributes: [
        ...characteristics,
        attribute("subAttributes", "complex", "Its parts.", {
          ...readOnly,
          multiValued: true,
          subAttributes: characteristics,
        }),
      ],
    }),
  ],
};
