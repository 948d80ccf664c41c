import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";

const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const accented = [..."ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞQŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýž".replace("Q", "Ɋ")];
const vowel = /[aeiouAEIOU]/;

/** A text with an accent on every letter, and its vowels doubled: about 40% longer, as translations are. */
function stretch(text: string): string {
  return [...text]
    .map((letter) => {
      const other = accented[plain.indexOf(letter)];
      if (other === undefined) return letter;
      return vowel.test(letter) ? other + other : other;
    })
    .join("");
}

type Span = { start: number; end: number };

/** The spans of a message that are text, and not an argument, a tag's name or a keyword of ICU. */
function textSpans(nodes: MessageFormatElement[]): Span[] {
  return nodes.flatMap((node) => {
    if (node.type === TYPE.literal && node.location) {
      return [{ start: node.location.start.offset, end: node.location.end.offset }];
    }
    if (node.type === TYPE.tag) return textSpans(node.children);
    if (node.type === TYPE.plural || node.type === TYPE.select) {
      return Object.values(node.options).flatMap(({ value }) => textSpans(value));
    }
    return [];
  });
}

/** A message in the pseudo-locale: accented, longer and in brackets, which makes truncated and concatenated texts easy to spot. */
export function pseudo(message: string): string {
  let result = "";
  let end = 0;
  for (const span of textSpans(parse(message, { captureLocation: true }))) {
    result += message.slice(end, span.start) + stretch(message.slice(span.start, span.end));
    end = span.end;
  }
  return `[${result}${message.slice(end)}]`;
}
