import type { Values } from "@/lib/scim/schema/schema";

/** Elements that are written as one piece. */
const chunk = 500;

/** Stands for a list in JSON until it is written. No client's text can contain it: U+0000 is rejected everywhere. */
const placeholder = "\u0000";

/** The lists that `encode` meets. JSON.stringify is synchronous, so there is never more than one encoding at a time. */
let met: LazyList[] = [];

/** A list too long to be held as objects: its elements are created while they are written. It replaces an array. */
export class LazyList {
  readonly length: number;
  readonly #at: (index: number) => Values;

  constructor(length: number, at: (index: number) => Values) {
    this.length = length;
    this.#at = at;
  }

  map(change: (element: Values) => Values): LazyList {
    return new LazyList(this.length, (index) => change(this.#at(index)));
  }

  toJSON(): string {
    met.push(this);
    return placeholder;
  }

  /** The list as JSON, in pieces. */
  *pieces(): Iterable<string> {
    yield "[";
    for (let from = 0; from < this.length; from += chunk) {
      const size = Math.min(chunk, this.length - from);
      const json = JSON.stringify(Array.from({ length: size }, (_, index) => this.#at(from + index)));
      yield `${from === 0 ? "" : ","}${json.slice(1, -1)}`;
    }
    yield "]";
  }
}

/** A body that is JSON already. */
export class Json {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A JSON body too large for one text: it is created while it is written. */
export class JsonPieces {
  readonly pieces: Iterable<string>;

  constructor(pieces: Iterable<string>) {
    this.pieces = pieces;
  }
}

/** A body as JSON: one text, or pieces if it contains lazy lists. */
export function encode(body: object): string | Iterable<string> {
  if (body instanceof Json) return body.text;
  if (body instanceof JsonPieces) return body.pieces;
  met = [];
  const text = JSON.stringify(body);
  const lists = met;
  return lists.length === 0 ? text : weave(text.split(JSON.stringify(placeholder)), lists);
}

function* weave(texts: readonly string[], lists: readonly LazyList[]): Iterable<string> {
  for (const [index, text] of texts.entries()) {
    yield text;
    const list = lists[index];
    if (list) yield* list.pieces();
  }
}
