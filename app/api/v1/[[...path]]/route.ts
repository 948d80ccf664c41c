import { answerApi } from "@/app/api/v1/answer";

/** REST for the product that Muster serves: one table of endpoints stands behind it. */
export {
  answerApi as DELETE,
  answerApi as GET,
  answerApi as HEAD,
  answerApi as OPTIONS,
  answerApi as PATCH,
  answerApi as POST,
  answerApi as PUT,
};
