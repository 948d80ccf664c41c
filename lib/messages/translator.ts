import compile from "icu-minify/compile";
import { createTranslator, type Locale, type Messages } from "use-intl/core";
import formatMessage from "use-intl/format-message";
import { english } from "./catalogue";
import { pseudo } from "./pseudo";
import type { Room, Translator } from "./room";

type Tree = { [key: string]: Tree | string };

/** Next's bundle only formats compiled messages, so that pages go without the parser (next.config.ts). Everywhere else it parses. */
const isCompiled = !formatMessage.raw;

function prepare(tree: Tree, locale: Locale): object {
  const entries = Object.entries(tree).map(([key, value]) => {
    if (typeof value !== "string") return [key, prepare(value, locale)];
    const message = locale === "en-XA" ? pseudo(value) : value;
    return [key, isCompiled ? compile(message) : message];
  });
  return Object.fromEntries(entries);
}

const prepared = new Map<string, object>();

/** A room's messages in the form that the formatter of this bundle takes. */
function messagesOf(room: Room, locale: Locale): object {
  const key = `${locale} ${room}`;
  // Through JSON, because compiled messages hold objects without a prototype, which can't be sent to the browser.
  const known = prepared.get(key) ?? JSON.parse(JSON.stringify(prepare(english[room] as unknown as Tree, locale)));
  prepared.set(key, known);
  return known;
}

/** The locale of people: a setting, until they choose. lib/env.ts checks it at the start. */
export function ourLocale(): Locale {
  return process.env.MUSTER_LOCALE === "en-XA" ? "en-XA" : "en";
}

/** The messages of some rooms, to send to the browser. */
export function messagesFor(rooms: readonly Room[]): Partial<Messages> {
  return Object.fromEntries(rooms.map((room) => [room, messagesOf(room, ourLocale())])) as Partial<Messages>;
}

const translators = new Map<string, unknown>();

/** Translates a room's texts on the server, for people. */
export function translator<Name extends Room>(room: Name, locale: Locale = ourLocale()): Translator<Name> {
  const key = `${locale} ${room}`;
  const config = { locale, messages: { [room]: messagesOf(room, locale) }, namespace: room as never, onError };
  const known = translators.get(key) ?? createTranslator(config);
  translators.set(key, known);
  return known as Translator<Name>;
}

function onError(error: Error): never {
  throw error; // the compiler knows every key and argument, so this is a fault of ours
}
