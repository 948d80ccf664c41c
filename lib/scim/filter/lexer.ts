import { badRequest, type ScimError } from "@/lib/scim/error";
import { whyUnstorable } from "@/lib/scim/text";

export type Token = { kind: "word" | "string" | "(" | ")" | "[" | "]"; text: string; at: number };

/** 400 invalidFilter */
export function invalid(detail: string): ScimError {
  return badRequest("invalidFilter", detail);
}

function isSpace(char: string): boolean {
  return char === " " || char === "\t" || char === "\n" || char === "\r";
}

/** Splits a filter into words, JSON strings and brackets in one pass, without a regular expression that could backtrack forever (T19). */
export function tokenize(text: string): Token[] {
  const why = whyUnstorable(text);
  if (why !== null) throw invalid(why);
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (isSpace(char)) at++;
    else {
      const token = char === '"' ? readString(text, at) : readWord(text, at);
      tokens.push(token.token);
      at = token.end;
    }
  }
  return tokens;
}

function readString(text: string, at: number): { token: Token; end: number } {
  let end = at + 1;
  while (end < text.length && text.charAt(end) !== '"') end += text.charAt(end) === "\\" ? 2 : 1;
  if (end >= text.length) throw invalid(`The text that begins at position ${at + 1} has no closing quote.`);
  const json = text.slice(at, end + 1);
  return { token: { kind: "string", text: stringOf(json), at }, end: end + 1 };
}

function stringOf(json: string): string {
  let text: string;
  try {
    text = JSON.parse(json) as string;
  } catch {
    throw invalid(`${json} is not a JSON string.`);
  }
  const why = whyUnstorable(text);
  if (why !== null) throw invalid(why);
  return text;
}

function isBracket(char: string): char is "(" | ")" | "[" | "]" {
  return char === "(" || char === ")" || char === "[" || char === "]";
}

function readWord(text: string, at: number): { token: Token; end: number } {
  const first = text.charAt(at);
  if (isBracket(first)) return { token: { kind: first, text: first, at }, end: at + 1 };
  let end = at;
  while (end < text.length && !isSpace(text.charAt(end)) && !isBracket(text.charAt(end)) && text.charAt(end) !== '"')
    end++;
  return { token: { kind: "word", text: text.slice(at, end), at }, end };
}
