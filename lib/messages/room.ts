import type { createTranslator, Messages } from "use-intl/core";

/** A file of the catalogue, such as "members". */
export type Room = keyof Messages;

/** The texts of one room: `t("title")`, or `t.rich("lead", { link: … })` for a text with tags. */
export type Translator<Name extends Room> = ReturnType<typeof createTranslator<Messages, Name>>;
