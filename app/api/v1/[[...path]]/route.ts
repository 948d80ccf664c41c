import { answerApi } from "@/app/api/v1/answer";

/** The REST API for the product that Muster serves, built from one table of endpoints. */
export {
  answerApi as DELETE,
  answerApi as GET,
  answerApi as HEAD,
  answerApi as OPTIONS,
  answerApi as PATCH,
  answerApi as POST,
  answerApi as PUT,
};
