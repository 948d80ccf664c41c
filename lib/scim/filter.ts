import { badRequest } from "./error";
import { type AttributePath, isResolved, printPath, resolvePath } from "./path";
import { type Attribute, findAttribute, isPrototypeName, type ResourceType, valueAttribute } from "./schema";
import { fold, instant } from "./text";
import { invalid, type Token, tokenize } from "./tokens";

/** RFC 7644 table 3 */
export type Operator = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";

/**
 * A filter with its attributes resolved and its literals made comparable (folded where case does not count, instants as
 * UTC text): no engine meets an ill-typed comparison. Inside a value path, paths name sub-attributes.
 */
export type Filter =
  | { kind: "and" | "or"; left: Filter; right: Filter }
  | { kind: "not"; filter: Filter }
  | { kind: "present"; path: AttributePath }
  /** `value` is what engines compare, `literal` what was written. */
  | { kind: "compare"; path: AttributePath; operator: Operator; value: Comparable; literal: string }
  | { kind: "valuePath"; path: AttributePath; filter: Filter };

export type Comparable = string | number | boolean;

/** DESIGN §5 "Limits" */
const maxLength = 2_048;
const maxDepth = 20;
const maxTerms = 50;

const operators = new Set(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);

/** How the parser finds an attribute: among a type's, or among the sub-attributes of a value path. */
type Resolve = (name: string) => AttributePath;

function resolveAmong(type: ResourceType): Resolve {
  return (name) => {
    const found = resolvePath(name, type);
    if (isResolved(found)) return found;
    throw invalid(`${JSON.stringify(found.unknown)} is not an attribute of ${type.name}.`);
  };
}

function resolveWithin(parent: Attribute): Resolve {
  return (name) => {
    const attribute = isPrototypeName(name) ? undefined : findAttribute(parent.subAttributes, name);
    if (attribute) return { extension: null, attribute, sub: null };
    throw invalid(`${JSON.stringify(name)} is not a sub-attribute of ${parent.name}.`);
  };
}

/** Recursive descent over the grammar of RFC 7644 figure 1; `not` binds tighter than `and`, `and` than `or` (F2). */
class Parser {
  readonly #tokens: Token[];
  #next = 0;
  #terms = 0;
  #depth = 0;

  constructor(text: string) {
    if (text.length > maxLength) throw invalid(`The filter is longer than ${maxLength} characters.`);
    this.#tokens = tokenize(text);
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #take(): Token {
    const token = this.#tokens[this.#next++];
    if (!token) throw invalid("The filter ends too early.");
    return token;
  }

  #expect(kind: Token["kind"]): void {
    const token = this.#take();
    if (token.kind !== kind)
      throw invalid(`Expected ${kind} at position ${token.at + 1}, found ${JSON.stringify(token.text)}.`);
  }

  #takesWord(word: string): boolean {
    const token = this.#peek();
    const is = token?.kind === "word" && token.text.toLowerCase() === word;
    if (is) this.#next++;
    return is;
  }

  #takes(kind: Token["kind"]): boolean {
    const is = this.#peek()?.kind === kind;
    if (is) this.#next++;
    return is;
  }

  end(): void {
    const token = this.#peek();
    if (token) throw invalid(`Did not expect ${JSON.stringify(token.text)} at position ${token.at + 1}.`);
  }

  /** FILTER = attrExp / logExp / valuePath / *1"not" "(" FILTER ")" */
  filter(resolve: Resolve): Filter {
    let left = this.#and(resolve);
    while (this.#takesWord("or")) left = { kind: "or", left, right: this.#and(resolve) };
    return left;
  }

  #and(resolve: Resolve): Filter {
    let left = this.#factor(resolve);
    while (this.#takesWord("and")) left = { kind: "and", left, right: this.#factor(resolve) };
    return left;
  }

  #factor(resolve: Resolve): Filter {
    if (this.#takes("(")) return this.#group(resolve);
    const token = this.#peek();
    const isNot =
      token?.kind === "word" && token.text.toLowerCase() === "not" && this.#tokens[this.#next + 1]?.kind === "(";
    if (!isNot) return this.#expression(resolve);
    this.#next += 2;
    return { kind: "not", filter: this.#group(resolve) };
  }

  /** The rest of "(" FILTER ")" */
  #group(resolve: Resolve): Filter {
    if (++this.#depth > maxDepth) throw invalid(`The filter is nested deeper than ${maxDepth} levels.`);
    const filter = this.filter(resolve);
    this.#expect(")");
    this.#depth--;
    return filter;
  }

  /** attrExp = (attrPath SP "pr") / (attrPath SP compareOp SP compValue); valuePath = attrPath "[" valFilter "]" */
  #expression(resolve: Resolve): Filter {
    const token = this.#take();
    if (token.kind !== "word") throw invalid(`Expected an attribute at position ${token.at + 1}.`);
    const path = resolve(token.text);
    return this.#takes("[") ? this.#valuePath(path) : this.#comparison(path);
  }

  #valuePath(path: AttributePath): Filter {
    const { filter, sub } = this.valueFilter(path);
    const token = this.#peek();
    const isCompared =
      token?.kind === "word" && (operators.has(token.text.toLowerCase()) || token.text.toLowerCase() === "pr");
    if (!isCompared) {
      if (sub === null) return { kind: "valuePath", path, filter };
      throw invalid(`Expected an operator after ${printPath(path)}[…].${sub.name}.`);
    }
    // Not in the RFC's grammar, but sent by Entra and others (F14, R-16): one element has both.
    const compared = sub ?? valueAttribute(path.attribute);
    if (!compared) throw invalid(`${path.attribute.name} has no value to compare: name a sub-attribute.`);
    const right = this.#comparison({ extension: null, attribute: compared, sub: null });
    return { kind: "valuePath", path, filter: { kind: "and", left: filter, right } };
  }

  /** The rest of "[" valFilter "]" *1subAttr */
  valueFilter(path: AttributePath): { filter: Filter; sub: Attribute | null } {
    if (path.sub !== null || path.attribute.type !== "complex" || !path.attribute.multiValued) {
      throw invalid(`${printPath(path)} is not a list of complex values, so […] can't follow it.`);
    }
    if (++this.#depth > maxDepth) throw invalid(`The filter is nested deeper than ${maxDepth} levels.`);
    const filter = this.filter(resolveWithin(path.attribute));
    this.#expect("]");
    this.#depth--;
    const token = this.#peek();
    if (token?.kind !== "word" || !token.text.startsWith(".")) return { filter, sub: null };
    this.#next++;
    return { filter, sub: resolveWithin(path.attribute)(token.text.slice(1)).attribute };
  }

  #comparison(path: AttributePath): Filter {
    if (++this.#terms > maxTerms) throw invalid(`The filter has more than ${maxTerms} terms.`);
    const word = this.#take().text.toLowerCase();
    if (word === "pr") return { kind: "present", path };
    if (!operators.has(word))
      throw invalid(`${JSON.stringify(word)} is not an operator; known are ${[...operators].join(", ")} and pr.`);
    return compare(path, word as Operator, this.#take());
  }

  /** PATCH's path: attrPath / valuePath [subAttr] (RFC 7644 figure 7). */
  target(resolve: Resolve): { path: AttributePath; filter: Filter | null } {
    const token = this.#take();
    if (token.kind !== "word") throw invalid(`Expected an attribute at position ${token.at + 1}.`);
    const path = resolve(token.text);
    if (!this.#takes("[")) return { path, filter: null };
    const { filter, sub } = this.valueFilter(path);
    return { path: { ...path, sub }, filter };
  }
}

/** The attribute whose values are compared: a complex one stands for its `value` (F12, R-16). */
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

function compare(given: AttributePath, operator: Operator, literal: Token): Filter {
  const isNull = literal.kind === "word" && literal.text.toLowerCase() === "null";
  if (isNull) return compareNull(given, operator);
  const path = comparedOf(given);
  const attribute = path.sub ?? path.attribute;
  checkOperator(attribute, operator);
  return { kind: "compare", path, operator, value: comparable(attribute, literal), literal: literal.text };
}

/** Null means unassigned (RFC 7643 §2.5), so `eq null` is "not present" (F6). */
function compareNull(path: AttributePath, operator: Operator): Filter {
  const present: Filter = { kind: "present", path };
  if (operator === "ne") return present;
  if (operator === "eq") return { kind: "not", filter: present };
  throw invalid("null can only be compared by eq and ne.");
}

const textual = new Set(["string", "reference", "binary"]);

/** F8, F10: order is not defined on booleans and binaries, parts only on texts. */
function checkOperator(attribute: Attribute, operator: Operator): void {
  const isPart = operator === "co" || operator === "sw" || operator === "ew";
  const isOrder = operator === "gt" || operator === "ge" || operator === "lt" || operator === "le";
  const isWrong =
    (isPart && !textual.has(attribute.type)) ||
    (isOrder && (attribute.type === "boolean" || attribute.type === "binary"));
  if (isWrong) throw invalid(`${operator} can't be used on ${attribute.name}, which is of type ${attribute.type}.`);
}

/** A literal as the engines compare it; texts without quotes are taken as they stand. */
function comparable(attribute: Attribute, { kind, text }: Token): Comparable {
  if (kind !== "string" && kind !== "word")
    throw invalid(`Expected a value for ${attribute.name}, found ${JSON.stringify(text)}.`);
  const value = readLiteral(attribute, text);
  if (value !== null) return value;
  throw invalid(`${JSON.stringify(text)} is not a value of ${attribute.name}, which is of type ${attribute.type}.`);
}

function readLiteral(attribute: Attribute, text: string): Comparable | null {
  switch (attribute.type) {
    case "string":
    case "reference":
    case "binary":
      return attribute.caseExact ? text : fold(text);
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

/** Parses the `filter` parameter against a resource type. Throws 400 `invalidFilter`, never anything else. */
export function parseFilter(text: string, type: ResourceType): Filter {
  const parser = new Parser(text);
  const filter = parser.filter(resolveAmong(type));
  parser.end();
  return filter;
}

/** Where a PATCH operation applies. Without `attribute` it is the extension as a whole. */
export type Target = {
  extension: string | null;
  attribute: Attribute | null;
  filter: Filter | null;
  sub: Attribute | null;
};

/**
 * Parses the `path` of a PATCH operation. Returns null for an attribute that is not known here; throws 400
 * `invalidPath` for a malformed path and `invalidFilter` for a broken filter inside it (P6).
 */
export function parsePath(text: string, type: ResourceType): Target | null {
  const extension = type.extensions.find(({ schema }) => schema.id.toLowerCase() === text.trim().toLowerCase());
  if (extension) return { extension: extension.schema.id, attribute: null, filter: null, sub: null };
  const name = text.split("[", 1)[0]?.trim() ?? "";
  const found = resolvePath(name, type);
  if (!isResolved(found)) {
    if (found.forbidden || !isName(name)) throw badRequest("invalidPath", `${JSON.stringify(text)} is not a path.`);
    return null;
  }
  const parser = new Parser(text);
  const { path, filter } = parser.target(resolveAmong(type));
  parser.end();
  return { ...path, filter };
}

/** ATTRNAME = ALPHA *(nameChar), with dots for sub-attributes and colons for a URN (RFC 7643 §2.1). */
function isName(text: string): boolean {
  return /^[A-Za-z$][\w$\-.:]*$/.test(text) && text.length <= 512;
}
