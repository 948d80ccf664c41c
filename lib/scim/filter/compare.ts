import type { AttributePath } from "@/lib/scim/schema/path";
import { type Attribute, valueAttribute } from "@/lib/scim/schema/schema";
import { fold, instant } from "@/lib/scim/text";
import type { Comparable, Filter, Operator } from "./filter";
import { invalid, type Token } from "./lexer";
import { foldText } from "./match";

/** The attribute to compare: for a complex one, its `value` (F12, R-16). */
function comparedOf(path: AttributePath): AttributePath {
  const { attribute, sub } = path;
  if (sub !== null || attribute.type !== "complex") return path;
  const value = valueAttribute(attribute);
  if (!value)
    throw invalid(
      `${attribute.name} is complex: name a sub-attribute, such as ${attribute.name}.${attribute.subAttributes[0]?.name}.`,
    );
  return { ...path, sub: value };
}

/** A comparison with an operator and a literal that fit the attribute. Throws 400 `invalidFilter`. */
export function compare(given: AttributePath, operator: Operator, literal: Token): Filter {
  const isNull = literal.kind === "word" && literal.text.toLowerCase() === "null";
  if (isNull) return compareNull(given, operator);
  const path = comparedOf(given);
  const attribute = path.sub ?? path.attribute;
  checkOperator(attribute, operator);
  return { kind: "compare", path, operator, value: comparable(attribute, operator, literal), literal: literal.text };
}

/** Null means unassigned (RFC 7643 §2.5), so `eq null` is "not present" (F6). */
function compareNull(path: AttributePath, operator: Operator): Filter {
  const present: Filter = { kind: "present", path };
  if (operator === "ne") return present;
  if (operator === "eq") return { kind: "not", filter: present };
  throw invalid("null can only be compared by eq and ne.");
}

/** Operators that match a part of a text. */
const parts: ReadonlySet<Operator> = new Set(["co", "sw", "ew"]);

const textual = new Set(["string", "reference", "binary"]);

/** F8, F10: booleans and binaries have no order, and only texts have parts. */
function checkOperator(attribute: Attribute, operator: Operator): void {
  const isPart = parts.has(operator);
  const isOrder = operator === "gt" || operator === "ge" || operator === "lt" || operator === "le";
  const isWrong =
    (isPart && !textual.has(attribute.type)) ||
    (isOrder && (attribute.type === "boolean" || attribute.type === "binary"));
  if (isWrong) throw invalid(`${operator} can't be used on ${attribute.name}, which is of type ${attribute.type}.`);
}

/**
 * Characters an unquoted text must not contain: other kinds of quotes, and remains of double escaping. Such a filter would match nobody
 * instead of failing, and its client would create the same person again and again.
 */
const broken = /["'`´\\\p{Pi}\p{Pf}‚„″′＂＇]|&(?:[a-z][a-z0-9]*|#[0-9]+|#x[0-9a-f]+);|%[0-9a-f]{2}/iu;

/** A literal as the engines compare it; unquoted texts are taken literally. */
function comparable(attribute: Attribute, operator: Operator, { kind, text }: Token): Comparable {
  if (kind !== "string" && kind !== "word")
    throw invalid(`Expected a value for ${attribute.name}, found ${JSON.stringify(text)}.`);
  if (kind === "word" && broken.test(text))
    throw invalid(`Put the value of ${attribute.name} in double quotes, unescaped: ${JSON.stringify(text)} isn't one.`);
  const value = readLiteral(attribute, operator, text);
  if (value !== null) return value;
  throw invalid(`${JSON.stringify(text)} is not a value of ${attribute.name}, which is of type ${attribute.type}.`);
}

/** For a part of a text blanks count, because it may be from the middle. */
function readText(attribute: Attribute, operator: Operator, text: string): string {
  return parts.has(operator) && !attribute.caseExact ? fold(text) : foldText(attribute, text);
}

function readLiteral(attribute: Attribute, operator: Operator, text: string): Comparable | null {
  switch (attribute.type) {
    case "string":
    case "reference":
    case "binary":
      return readText(attribute, operator, attribute.clean?.(text) ?? text);
    case "boolean":
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : null;
    case "integer":
    case "decimal":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
    case "dateTime":
      return instant(text);
    case "complex":
      return null;
    default:
      return attribute.type satisfies never;
  }
}
