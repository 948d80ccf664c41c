import { answerTokenRequest } from "./handler";

/** The token endpoint of OAuth 2.0 (RFC 6749 §3.2), for identity providers that send client credentials. */
export const POST = (request: Request) => answerTokenRequest(request);
