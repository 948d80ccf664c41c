import type { Mapped } from "./connector/mapping";
import { type Resource, readPath } from "./connector/resource";
import type { Answer, Wire } from "./connector/wire";
import type { Escrow, Quarantine } from "./escrow";
import { CheckFailed, codeOf } from "./failure";
import type { Knobs } from "./knobs";

/** What Entra keeps between cycles. Keys are object ids. */
export type JobState = {
  /** SCIM ids: the object connections. */
  users: Record<string, string>;
  groups: Record<string, string>;
  /** Groups that were matched, not made: they may have members of whom the job knows nothing. */
  found: Record<string, true>;
  /** Members, managers and roles that were sent last: references are never read back. */
  sent: Record<string, string[]>;
  managers: Record<string, string>;
  roles: Record<string, string>;
  /** SCIM ids of people who are out of scope: nothing more is sent for them, not even when they are purged. */
  released: Record<string, string>;
  /** By step and object id. */
  escrow: Record<string, Escrow>;
  quarantine?: Quarantine | undefined;
};

export function emptyState(): JobState {
  return { users: {}, groups: {}, found: {}, sent: {}, managers: {}, roles: {}, released: {}, escrow: {} };
}

/** One job's way to one server. */
export type Link = { wire: Wire; knobs: Knobs; state: JobState };

function told({ status, body }: Answer): string {
  const detail = typeof body === "object" && body !== null ? (body as Resource).detail : undefined;
  return detail === undefined ? String(status) : `${status} ${detail}`;
}

/** An answer that is none of what was hoped for. */
export function refused(where: string, answer: Answer): CheckFailed {
  return new CheckFailed(`${where}: ${told(answer)}`, codeOf(answer.status));
}

export async function readResource({ wire }: Link, path: string): Promise<Resource> {
  const answer = await wire.send("GET", path);
  if (answer.status !== 200) throw refused(`GET ${path}`, answer);
  const resource = answer.body as Resource;
  wire.checkResource(`GET ${path}`, resource, path.includes("excludedAttributes=members"));
  return resource;
}

/** Reads what is linked; null when it is gone from the target and is to be matched again. */
export async function readLinked(link: Link, path: string): Promise<Resource | null> {
  try {
    return await readResource(link, path);
  } catch (error) {
    if (error instanceof CheckFailed && error.code === "InvalidAnchor" && link.knobs.on404 === "rematch") return null;
    throw error;
  }
}

/** Every value that was sent is there, as it was sent: no normalisation, or each full sync writes it again. */
export function checkHolds({ wire, knobs }: Link, where: string, mapped: Mapped[], resource: Resource): void {
  for (const [path, value] of mapped) {
    const held = readPath(resource, path);
    if (value !== null && value !== "") {
      wire.check(held === value, `${where}: ${path} is ${JSON.stringify(held)}, sent was ${JSON.stringify(value)}`);
    } else if (knobs.clearedValue !== "nothing") {
      wire.check(held === undefined, `${where}: ${path} is ${JSON.stringify(held)}, and was cleared`);
    }
  }
}
