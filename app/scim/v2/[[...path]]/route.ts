import { answerWeb } from "@/lib/provisioning/http/web-adapter";

/** The second adapter for SCIM; server.ts is the first. Both call the same service. */
export {
  answerWeb as DELETE,
  answerWeb as GET,
  answerWeb as HEAD,
  answerWeb as OPTIONS,
  answerWeb as PATCH,
  answerWeb as POST,
  answerWeb as PUT,
};
