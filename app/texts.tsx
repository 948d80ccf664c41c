import type { Metadata } from "next";
import type { ReactNode } from "react";
import type { Messages } from "use-intl/core";
import { Texts } from "@/components/ui/texts";
import type { Room } from "@/lib/messages/room";
import { messagesFor, translator } from "@/lib/messages/translator";

/** A page of the catalogue that has a title. */
export type TitledPage = {
  [Page in keyof Messages["pages"]]: Messages["pages"][Page] extends { title: string } ? Page : never;
}[keyof Messages["pages"]];

/** A page's title in the window and in the browser's history, from the catalogue. */
export function titled(page: TitledPage): () => Metadata {
  return () => ({ title: translator("pages")(`${page}.title`) });
}

/** Sends the texts of these rooms to the components below. */
export function TextsOf({ rooms, children }: { rooms: readonly Room[]; children: ReactNode }) {
  return <Texts messages={messagesFor(rooms)}>{children}</Texts>;
}
