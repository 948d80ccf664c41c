import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";

// Finds the refusals that code can throw by reading the sources; every name that is mentioned counts as called. An unmentioned refusal
// can't be thrown, so a list that matches this one misses no status.

type Node = { type: string; [key: string]: unknown };
type Place = { file: string; name: string };
type Unit = {
  /** Top-level declarations of the file, by name. */
  declared: Map<string, Node>;
  /** The origin of an imported name; null is a package. */
  imported: Map<string, Place | null>;
};

const isNode = (value: unknown): value is Node => typeof (value as { type?: unknown } | null)?.type === "string";

/** Fields that name properties, not values. */
const names: Record<string, string> = { MemberExpression: "property", Property: "key", PropertyDefinition: "key" };

function childrenOf(node: Node): Node[] {
  const skipped = node.computed === true ? undefined : names[node.type];
  return Object.entries(node)
    .filter(([key]) => key !== skipped)
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter(isNode)
    .filter(({ type }) => !type.startsWith("TSType") && type !== "TSInterfaceDeclaration");
}

function fileOf(from: string, specifier: string): string | null {
  if (!/^(\.|@\/)/.test(specifier)) return null;
  const base = specifier.startsWith("@/") ? specifier.slice(2) : join(dirname(from), specifier);
  const found = [`${base}.ts`, `${base}.tsx`].find((path) => existsSync(path));
  return found ?? null;
}

const units = new Map<string, Unit>();

function nameOf(node: unknown): string {
  return String((node as { name?: string; value?: string }).name ?? (node as { value?: string }).value);
}

function declarationsIn(statement: Node): [string, Node][] {
  const node = (isNode(statement.declaration) ? statement.declaration : statement) as Node;
  if (node.type === "VariableDeclaration") {
    const declarators = node.declarations as Node[];
    return declarators.flatMap((one) => namesIn(one.id as Node).map((name): [string, Node] => [name, one]));
  }
  return isNode(node.id) ? [[nameOf(node.id), node]] : [];
}

/** The names that a pattern binds. */
function namesIn(pattern: Node): string[] {
  return pattern.type === "Identifier" ? [nameOf(pattern)] : childrenOf(pattern).flatMap(namesIn);
}

function importsIn(file: string, statement: Node): [string, Place | null][] {
  if (statement.type !== "ImportDeclaration" || statement.importKind === "type") return [];
  const target = fileOf(file, nameOf(statement.source));
  return (statement.specifiers as Node[]).map((one) => {
    const name = isNode(one.imported) ? nameOf(one.imported) : "default";
    return [nameOf(one.local), target === null ? null : { file: target, name }];
  });
}

function unitOf(file: string): Unit {
  const known = units.get(file);
  if (known) return known;
  const { program, errors } = parseSync(file, readFileSync(file, "utf8"));
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const statements = program.body as unknown as Node[];
  const unit = {
    declared: new Map(statements.flatMap(declarationsIn)),
    imported: new Map(statements.flatMap((statement) => importsIn(file, statement))),
  };
  units.set(file, unit);
  return unit;
}

/** The texts an expression can evaluate to, of a template only its beginning; null if that isn't obvious. */
function textsOf(node: Node | undefined): string[] | null {
  if (node?.type === "Literal") return [String(node.value)];
  if (node?.type === "TemplateLiteral") {
    const [first] = node.quasis as { value: { raw: string } }[];
    return first?.value.raw.includes(".") ? [first.value.raw] : null;
  }
  if (node?.type !== "ConditionalExpression") return null;
  const [yes, no] = [textsOf(node.consequent as Node), textsOf(node.alternate as Node)];
  return yes && no && [...yes, ...no];
}

function isName(node: unknown, name: string): boolean {
  return isNode(node) && node.type === "Identifier" && node.name === name;
}

/** The key of `refusal(…)`, or of `super(…)` in a class that extends `Refusal`. */
function thrownBy(node: Node, inRefusal: boolean): Node | undefined {
  const isThrown = node.type === "CallExpression" && isName(node.callee, "refusal");
  const isSuper = inRefusal && node.type === "CallExpression" && (node.callee as Node).type === "Super";
  return isThrown || isSuper ? (node.arguments as Node[])[0] : undefined;
}

type Found = { reasons: Set<string>; seen: Set<string> };

function follow({ file, name }: Place, found: Found): void {
  const key = `${file} ${name}`;
  if (found.seen.has(key)) return;
  found.seen.add(key);
  const unit = unitOf(file);
  const node = unit.declared.get(name);
  const elsewhere = unit.imported.get(name);
  if (node) walk(node, file, found, isName(node.superClass, "Refusal"));
  else if (elsewhere) follow(elsewhere, found);
}

function walk(node: Node, file: string, found: Found, inRefusal = false): void {
  const thrown = thrownBy(node, inRefusal);
  if (thrown) {
    const reasons = textsOf(thrown);
    if (!reasons) throw new Error(`${file}: a refusal's reason must be written where it is thrown`);
    for (const reason of reasons) found.reasons.add(reason.slice(0, reason.indexOf(".")));
  }
  if (isEndpoint(node)) return; // declared here, but run elsewhere
  if (node.type === "Identifier") follow({ file, name: nameOf(node) }, found);
  for (const child of childrenOf(node)) walk(child, file, found, inRefusal);
}

function isEndpoint(node: Node): boolean {
  return node.type === "CallExpression" && isName(node.callee, "endpoint");
}

function endpointsIn(node: Node): Node[] {
  return isEndpoint(node) ? [node] : childrenOf(node).flatMap(endpointsIn);
}

/** The endpoints that a REST file declares, each with the refusals that its `run` can end with, in alphabetical order. */
function refusalsOfEndpoints(file: string): [string, string[]][] {
  const calls = [...unitOf(file).declared.values()].flatMap(endpointsIn);
  return calls.map((call) => {
    const fields = ((call.arguments as Node[])[1]?.properties ?? []) as Node[];
    const field = (name: string) => fields.find(({ key }) => isName(key, name))?.value as Node;
    const found: Found = { reasons: new Set(), seen: new Set() };
    walk(field("run"), file, found);
    return [nameOf(field("id")), [...found.reasons].sort()];
  });
}

const folder = "app/api/v1";

/** By REST endpoint id: the refusals that its use cases can throw. */
export function findRefusals(): Record<string, string[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  return Object.fromEntries(files.sort().flatMap((name) => refusalsOfEndpoints(join(folder, name))));
}

// npm run rest:refusals
if (process.argv[1]?.endsWith("refusals-reached.ts")) {
  writeFileSync(join(folder, "refusals.json"), `${JSON.stringify(findRefusals(), null, 2)}\n`);
}
