import { enterprise, type Mapped } from "./mapping";

export type Resource = Record<string, unknown>;

type Step = { name: string; type: string | null };

/** Splits a mapping path: `emails[type eq "work"].value`, `name.givenName`, `urn:…:User:department`. */
function parseSteps(path: string): Step[] {
  if (path.startsWith(`${enterprise}:`)) {
    return [
      { name: enterprise, type: null },
      { name: path.slice(enterprise.length + 1), type: null },
    ];
  }
  const filtered = /^(\w+)\[type eq "(\w+)"\]\.(\w+)$/.exec(path);
  if (filtered?.[1] && filtered[2] && filtered[3]) {
    return [
      { name: filtered[1], type: filtered[2] },
      { name: filtered[3], type: null },
    ];
  }
  return path.split(".").map((name) => ({ name, type: null }));
}

function isRecord(value: unknown): value is Resource {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a resource holds at a mapping path, or undefined. */
export function readPath(resource: Resource, path: string): unknown {
  let here: unknown = resource;
  for (const { name, type } of parseSteps(path)) {
    if (!isRecord(here)) return undefined;
    here = here[name];
    if (type !== null)
      here = Array.isArray(here) ? here.find((item) => isRecord(item) && item.type === type) : undefined;
  }
  return here;
}

/** Builds the body of a POST from mapped values, element by element (entra.md §3.2). */
export function buildResource(mapped: Mapped[]): Resource {
  const body: Resource = {};
  for (const [path, value] of mapped) if (value !== null && value !== "") writePath(body, parseSteps(path), value);
  return body;
}

function writePath(body: Resource, steps: Step[], value: unknown): void {
  const [first, second] = steps;
  if (!first) return;
  if (!second) {
    body[first.name] = value;
    return;
  }
  const holder = first.type === null ? holderOf(body, first.name) : elementOf(body, first.name, first.type);
  holder[second.name] = value;
}

function holderOf(body: Resource, name: string): Resource {
  const known = body[name];
  if (isRecord(known)) return known;
  const made: Resource = {};
  body[name] = made;
  return made;
}

function elementOf(body: Resource, name: string, type: string): Resource {
  const list = (body[name] ?? []) as Resource[];
  body[name] = list;
  const known = list.find((item) => item.type === type);
  if (known) return known;
  const made: Resource = { type, ...(list.length === 0 && { primary: true }) };
  list.push(made);
  return made;
}
