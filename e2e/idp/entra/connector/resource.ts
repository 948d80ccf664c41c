import type { Mapped } from "./mapping";

export type Resource = Record<string, unknown>;

/** A name, and which element of a list is meant by it. */
type Step = { name: string; element: Resource | null };

const step = (name: string, element: Resource | null = null): Step => ({ name, element });

/** Splits a path: `emails[type eq "work"].value`, `roles[primary eq "True"].value`, `name.givenName`, `urn:…:User:department`. */
function parseSteps(path: string): Step[] {
  const urn = /^(urn:.+:User):(\w+)$/.exec(path);
  if (urn?.[1] && urn[2]) return [step(urn[1]), step(urn[2])];
  const filtered = /^(\w+)\[(type|primary) eq "(\w+)"\]\.(\w+)$/.exec(path);
  if (filtered?.[1] && filtered[2] && filtered[4]) {
    const value = filtered[2] === "primary" ? true : filtered[3];
    return [step(filtered[1], { [filtered[2]]: value }), step(filtered[4])];
  }
  return path.split(".").map((name) => step(name));
}

function fits(item: unknown, element: Resource): boolean {
  return isRecord(item) && Object.entries(element).every(([name, value]) => item[name] === value);
}

export function isRecord(value: unknown): value is Resource {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a resource holds at a mapping path, or undefined. */
export function readPath(resource: Resource, path: string): unknown {
  let here: unknown = resource;
  for (const { name, element } of parseSteps(path)) {
    if (!isRecord(here)) return undefined;
    here = here[name];
    if (element !== null) here = Array.isArray(here) ? here.find((item) => fits(item, element)) : undefined;
  }
  return here;
}

/** Builds the body of a POST from mapped values, element by element. */
export function buildResource(mapped: Mapped[], withNulls = false): Resource {
  const body: Resource = {};
  for (const [path, value] of mapped) {
    if (value !== null && value !== "") writePath(body, parseSteps(path), value);
    else if (withNulls) writeNull(body, parseSteps(path));
  }
  return body;
}

/** What is empty said as null: the attribute, or its list as long as nothing else is in it. */
function writeNull(body: Resource, [first, second]: Step[]): void {
  if (!first) return;
  if (!second || first.element !== null) body[first.name] ??= null;
  else holderOf(body, first.name)[second.name] = null;
}

function writePath(body: Resource, [first, second]: Step[], value: unknown): void {
  if (!first) return;
  if (!second) {
    body[first.name] = value;
    return;
  }
  const holder = first.element === null ? holderOf(body, first.name) : elementOf(body, first.name, first.element);
  holder[second.name] = value;
}

function holderOf(body: Resource, name: string): Resource {
  const known = body[name];
  if (isRecord(known)) return known;
  const made: Resource = {};
  body[name] = made;
  return made;
}

function elementOf(body: Resource, name: string, element: Resource): Resource {
  const list = (body[name] ?? []) as Resource[];
  body[name] = list;
  const known = list.find((item) => fits(item, element));
  if (known) return known;
  const made: Resource = { ...element, ...(list.length === 0 && { primary: true }) };
  list.push(made);
  return made;
}
