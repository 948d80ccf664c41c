import type { Attribute, ResourceType, Schema, Values } from "./schema";
import { resourceTypeSchema, schemaSchema, serviceProviderConfig } from "./schemas/discovery";

/** What the service really does; ServiceProviderConfig tells nothing else. */
export type Features = {
  sort: boolean;
  bulk: { maxOperations: number; maxPayloadSize: number } | null;
  maxResults: number;
};

/** RFC 7643 §5 */
export function describeService(features: Features, base: string): Values {
  const { bulk, sort, maxResults } = features;
  return {
    schemas: [serviceProviderConfig.id],
    patch: { supported: true },
    bulk: {
      supported: bulk !== null,
      maxOperations: bulk?.maxOperations ?? 0,
      maxPayloadSize: bulk?.maxPayloadSize ?? 0,
    },
    filter: { supported: true, maxResults },
    changePassword: { supported: false },
    sort: { supported: sort },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "Bearer token",
        description: "An access token of the workspace in the Authorization header.",
        specUri: "https://www.rfc-editor.org/info/rfc6750",
        primary: true,
      },
      {
        type: "httpbasic",
        name: "HTTP Basic",
        description: "The access token as user name, with an empty password.",
        specUri: "https://www.rfc-editor.org/info/rfc7617",
      },
    ],
    meta: { resourceType: "ServiceProviderConfig", location: `${base}/ServiceProviderConfig` },
  };
}

/** RFC 7643 §6; the id is the name (interop profile). */
export function describeType(type: ResourceType, base: string): Values {
  return {
    schemas: [resourceTypeSchema.id],
    id: type.name,
    name: type.name,
    description: type.description,
    endpoint: type.endpoint,
    schema: type.schema.id,
    schemaExtensions: type.extensions.map(({ schema, required }) => ({ schema: schema.id, required })),
    meta: { resourceType: "ResourceType", location: `${base}/ResourceTypes/${type.name}` },
  };
}

/** RFC 7643 §7 */
export function describeSchema(schema: Schema, base: string): Values {
  return {
    schemas: [schemaSchema.id],
    id: schema.id,
    name: schema.name,
    description: schema.description,
    attributes: schema.attributes.map(describeAttribute),
    meta: { resourceType: "Schema", location: `${base}/Schemas/${schema.id}` },
  };
}

/** No nulls, and only what RFC 7643 §7 knows: an extra part has been refused by a portal's schema test. */
function describeAttribute(attribute: Attribute): Values {
  const { subAttributes, canonicalValues, referenceTypes, caseExact, uniqueness, ...plain } = attribute;
  const { name, type, multiValued, description, required, mutability, returned } = plain;
  const isText = type === "string" || type === "reference" || type === "binary";
  return {
    name,
    type,
    multiValued,
    description,
    required,
    ...(isText && { caseExact }),
    mutability,
    returned,
    ...(type !== "complex" && { uniqueness }),
    ...(canonicalValues && { canonicalValues }),
    ...(referenceTypes && { referenceTypes }),
    ...(type === "complex" && { subAttributes: subAttributes.map(describeAttribute) }),
  };
}

/** Every schema in use: the types' own, their extensions, and the three that discovery itself is made of. */
export function listSchemas(types: readonly ResourceType[]): Schema[] {
  const used = types.flatMap((type) => [type.schema, ...type.extensions.map(({ schema }) => schema)]);
  return [...new Set([...used, serviceProviderConfig, resourceTypeSchema, schemaSchema])];
}
