import { badRequest } from "@/lib/scim/error";
import { type AttributePath, isResolved, printPath, resolvePath } from "@/lib/scim/schema/path";
import {
  type Attribute,
  findAttribute,
  isPrototypeName,
  type ResourceType,
  valueAttribute,
} from "@/lib/scim/schema/schema";
import { compare } from "./compare";
import type { Filter, Operator, Target } from "./filter";
import { invalid, type Token, tokenize } from "./lexer";

/** Limits of a filter (D-81). */
const maxLength = 2_048;

const maxDepth = 20;

const maxTerms = 50;

const operators = new Set(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);

/** How the parser finds an attribute: among a type's, or among the sub-attributes of a value path; null means absent. */
type Resolve = (name: string) => AttributePath | null;

function resolveAmong(type: ResourceType, unknown: "refused" | "absent"): Resolve {
  return (name) => {
    const found = resolvePath(name, type);
    if (!isResolved(found)) {
      if (unknown === "absent" && !found.forbidden && isName(name)) return null;
      throw invalid(`${JSON.stringify(found.unknown)} is not an attribute of ${type.name}.`);
    }
    if (!isHidden(found.sub ?? found.attribute) && !isHidden(found.attribute)) return found;
    throw invalid(`${printPath(found)} is never returned, so it can't be searched.`);
  };
}

/** Searching an attribute that is never returned would reveal it letter by letter (F22). */
function isHidden({ returned }: Attribute): boolean {
  return returned === "never";
}

function resolveWithin(parent: Attribute): (name: string) => AttributePath {
  return (name) => {
    const attribute = isPrototypeName(name) ? undefined : findAttribute(parent.subAttributes, name);
    if (!attribute) throw invalid(`${JSON.stringify(name)} is not a sub-attribute of ${parent.name}.`);
    if (isHidden(attribute)) throw invalid(`${parent.name}.${name} is never returned, so it can't be searched.`);
    return { extension: null, attribute, sub: null };
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
    if (token?.kind !== "word" || token.text.toLowerCase() !== "not") return this.#expression(resolve);
    if (this.#tokens[this.#next + 1]?.kind !== "(") throw invalid("Write what is negated in brackets: not (…).");
    this.#next += 2;
    return { kind: "not", filter: this.#group(resolve) };
  }

  /** The rest of "(" FILTER ")" */
  #group(resolve: Resolve): Filter {
    return this.#nested(resolve, ")");
  }

  #nested(resolve: Resolve, end: ")" | "]"): Filter {
    if (++this.#depth > maxDepth) throw invalid(`The filter is nested deeper than ${maxDepth} levels.`);
    const filter = this.filter(resolve);
    this.#expect(end);
    this.#depth--;
    return filter;
  }

  /** attrExp = (attrPath SP "pr") / (attrPath SP compareOp SP compValue); valuePath = attrPath "[" valFilter "]" */
  #expression(resolve: Resolve): Filter {
    const token = this.#take();
    if (token.kind !== "word") throw invalid(`Expected an attribute at position ${token.at + 1}.`);
    const path = resolve(token.text);
    if (path === null) return this.#absent();
    return this.#takes("[") ? this.#valuePath(path) : this.#comparison(path);
  }

  /** The rest of an expression on an absent attribute: it is parsed, but never matches. */
  #absent(): Filter {
    if (this.#takes("[")) {
      this.#nested(() => null, "]");
      this.#takesPart();
      if (!this.#isAtOperator()) return { kind: "absent" };
    }
    const word = this.#operator();
    const literal = word === "pr" ? null : this.#take();
    const isNull = literal?.kind === "word" && literal.text.toLowerCase() === "null";
    return word === "eq" && isNull ? { kind: "not", filter: { kind: "absent" } } : { kind: "absent" };
  }

  #isAtOperator(): boolean {
    const token = this.#peek();
    const word = token?.kind === "word" ? token.text.toLowerCase() : "";
    return word === "pr" || operators.has(word);
  }

  /** The `.name` that may follow a closing bracket. */
  #takesPart(): string | null {
    const token = this.#peek();
    if (token?.kind !== "word" || !token.text.startsWith(".")) return null;
    this.#next++;
    return token.text.slice(1);
  }

  #valuePath(path: AttributePath): Filter {
    const filter = this.#valueFilter(path);
    const part = this.#takesPart();
    const sub = part === null ? null : resolveWithin(path.attribute)(part).attribute;
    if (!this.#isAtOperator()) {
      if (sub === null) return { kind: "valuePath", path, filter };
      throw invalid(`Expected an operator after ${printPath(path)}[…].${sub.name}.`);
    }
    // Not in the RFC's grammar, but sent by Entra and others (F14, R-16): one element must satisfy both.
    const compared = sub ?? valueAttribute(path.attribute);
    if (!compared) throw invalid(`${path.attribute.name} has no value to compare: name a sub-attribute.`);
    const right = this.#comparison({ extension: null, attribute: compared, sub: null });
    return { kind: "valuePath", path, filter: { kind: "and", left: filter, right } };
  }

  /** The rest of "[" valFilter "]" */
  #valueFilter(path: AttributePath): Filter {
    if (path.sub !== null || path.attribute.type !== "complex" || !path.attribute.multiValued) {
      throw invalid(`${printPath(path)} is not a list of complex values, so […] can't follow it.`);
    }
    return this.#nested(resolveWithin(path.attribute), "]");
  }

  /** `pr`, or an operator that is followed by a literal. */
  #operator(): Operator | "pr" {
    if (++this.#terms > maxTerms) throw invalid(`The filter has more than ${maxTerms} terms.`);
    const word = this.#take().text.toLowerCase();
    if (word === "pr" || operators.has(word)) return word as Operator | "pr";
    throw invalid(`${JSON.stringify(word)} is not an operator; known are ${[...operators].join(", ")} and pr.`);
  }

  #comparison(path: AttributePath): Filter {
    const word = this.#operator();
    return word === "pr" ? { kind: "present", path } : compare(path, word, this.#take());
  }

  /** The rest of a PATCH path after its attribute: "[" valFilter "]" [subAttr] (RFC 7644 figure 7); null if it is not a valid path. */
  target(path: AttributePath): { filter: Filter | null; part: string | null } | null {
    this.#take();
    if (!this.#takes("[")) return this.#peek() ? null : { filter: null, part: null };
    const filter = this.#valueFilter(path);
    const part = this.#takesPart();
    return this.#peek() || part === "" ? null : { filter, part };
  }
}

/**
 * Parses the `filter` parameter against a resource type. An attribute that the type doesn't have is refused, or `absent` when several types
 * are searched at once (F18). Throws 400 `invalidFilter`, never anything else.
 */
export function parseFilter(text: string, type: ResourceType, unknown: "refused" | "absent" = "refused"): Filter {
  const parser = new Parser(text);
  const filter = parser.filter(resolveAmong(type, unknown));
  parser.end();
  return filter;
}

/**
 * Parses the `path` of a PATCH operation. Returns null for an unknown attribute; throws 400 `invalidPath` for a malformed path and
 * `invalidFilter` for a broken filter inside it (P6).
 */
export function parsePath(text: string, type: ResourceType): Target | null {
  const extension = type.extensions.find(({ schema }) => schema.id.toLowerCase() === text.trim().toLowerCase());
  if (extension) return { extension: extension.schema.id, attribute: null, filter: null, sub: null };
  const name = text.split("[", 1)[0]?.trim() ?? "";
  const found = resolvePath(name, type);
  if (!isResolved(found)) {
    if (found.forbidden || !isName(name)) throw noPath(text);
    return null;
  }
  const target = new Parser(text).target(found);
  if (!target) throw noPath(text);
  const { filter, part } = target;
  if (part === null) return { ...found, filter };
  const sub = findAttribute(found.attribute.subAttributes, part);
  if (!sub && (isPrototypeName(part) || !isName(part))) throw noPath(text);
  return sub ? { ...found, filter, sub } : null;
}

function noPath(text: string): Error {
  return badRequest("invalidPath", `${JSON.stringify(text)} is not a path.`);
}

/** ATTRNAME = ALPHA *(nameChar), with dots for sub-attributes and colons for a URN (RFC 7643 §2.1). */
function isName(text: string): boolean {
  return /^[A-Za-z$][\w$\-.:]*$/.test(text) && !/[.:]{2}|[.:]$/.test(text) && text.length <= 512;
}
