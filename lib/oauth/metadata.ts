import { env } from "@/lib/env";
import { knownScopes } from "@/lib/scopes";
import { assertionAlgorithms } from "./assertion";
import { scimScope } from "./requested-scopes";
import { grantTypes } from "./tokens";

const authMethods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];

/** RFC 8414 §2; lists only capabilities that the endpoints have. */
export function authorizationServerMetadata() {
  const base = env().MUSTER_URL;
  return {
    issuer: base,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    introspection_endpoint: `${base}/oauth/introspect`,
    revocation_endpoint: `${base}/oauth/revoke`,
    scopes_supported: [scimScope, ...knownScopes],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: grantTypes,
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: [...authMethods, "none"],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    introspection_endpoint_auth_methods_supported: authMethods,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: [...authMethods, "none"],
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    authorization_response_iss_parameter_supported: true,
  };
}

/** RFC 9728 §2; for the whole server, or for one path such as `/scim/v2`. */
export function protectedResourceMetadata(path: "" | "/scim/v2") {
  const base = env().MUSTER_URL;
  const scopes = path === "" ? knownScopes : knownScopes.filter((scope) => scope.startsWith("user_management:"));
  return {
    resource: `${base}${path}`,
    authorization_servers: [base],
    scopes_supported: [scimScope, ...scopes],
    bearer_methods_supported: ["header"],
    resource_name: path === "" ? "Muster" : "Muster SCIM 2.0",
  };
}
