import { codeOf } from "@/scripts/start-error";

/** Temporary reasons why a database can't be used, in words: worth waiting for. */
const passing: Record<string, string> = {
  ECONNREFUSED: "it refuses connections",
  ECONNRESET: "it closes connections",
  EPIPE: "it closes connections",
  ETIMEDOUT: "it doesn't answer",
  EHOSTUNREACH: "its host can't be reached",
  EHOSTDOWN: "its host can't be reached",
  ENETUNREACH: "its network can't be reached",
  ENETDOWN: "its network can't be reached",
  ENOTFOUND: "its host name isn't known",
  EAI_AGAIN: "its host name can't be looked up",
  ENOENT: "its socket isn't there",
  "57P01": "it is shutting down",
  "57P02": "it has crashed and is starting again",
  "57P03": "it is starting up or shutting down",
  "25006": "it is read-only, as a standby is",
  "53000": "it is short of resources",
  "53100": "its disk is full",
  "53200": "it is out of memory",
  "53300": "it has no free connection",
  "40001": "others change the same rows",
  "40P01": "others change the same tables",
  "55P03": "its tables are in use",
  "55006": "it is being copied",
  "08000": "the connection was lost",
  "08001": "the connection was lost",
  "08003": "the connection was lost",
  "08004": "it refuses connections",
  "08006": "the connection was lost",
};

/** pg's errors without a code. */
const silent: [RegExp, string][] = [
  [/timeout expired|Query read timeout|timeout exceeded/, "it doesn't answer"],
  [/Connection terminated|Client has encountered a connection error/, "it closes connections"],
];

/** Why a database can't be used right now, in words; null if waiting doesn't help. */
export function whyNotNow(error: unknown): string | null {
  if ((error as { syscall?: string } | null)?.syscall === "open") return null; // a certificate's file, not a socket
  const message = error instanceof Error ? error.message : "";
  const why = passing[codeOf(error)] ?? silent.find(([text]) => text.test(message))?.[1];
  if (why !== undefined) return why;
  const { cause, trouble } = (error ?? {}) as { cause?: unknown; trouble?: unknown };
  if (trouble === undefined) return null; // it is not one of the pool's own errors, which wrap the cause
  return cause === undefined ? "it doesn't answer" : whyNotNow(cause);
}

const tls = /^(ERR_(TLS|SSL|OSSL)_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO$)/;

type Place = { host: string; database: string; user: string };

/** The host, database and user of a database URL, without its password. */
export function placeOf(databaseUrl: string): Place {
  const { host, pathname, username, searchParams } = new URL(databaseUrl);
  const user = decodeURIComponent(username) || "(none)";
  return { host: searchParams.get("host") ?? host, database: decodeURIComponent(pathname.slice(1)) || user, user };
}

/** What the operator has to do about an error that waiting doesn't fix. */
function adviceFor(error: unknown, { host, database, user }: Place): string {
  const [code, message] = [codeOf(error), error instanceof Error ? error.message : String(error)];
  if (code === "28P01" || code === "28000") return `${host} doesn't let user ${user} in. Check user and password`;
  if (code === "3D000") return `${host} has no database ${database}. Create it, or correct the name`;
  if (code === "42501") return `User ${user} lacks a right in it. Make it the owner of the database and of its tables`;
  if (code === "EACCES") return `Its socket in ${host} is closed to this account. Fix its rights`;
  if (code === "ENOENT") return "Correct the path of that file in the address";
  if (/password must be a string/.test(message)) return `${host} asks for a password, and there is none. Add it`;
  if (/does not support SSL/.test(message)) return `${host} speaks no TLS. Turn it on there, or leave out sslmode`;
  if (tls.test(code))
    return `The certificate of ${host} isn't trusted. Name the authority's file by sslrootcert=, or correct the host`;
  return "Check that it runs and that the address is right";
}

/** One line for an operator: what is wrong with the database, and what to do. `name` is its display name. */
export function databaseLine(error: unknown, databaseUrl: string, name: string): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const why = whyNotNow(error) ?? (message.split("\n")[0] || "no answer");
  return `${name} can't be used (${[code, why].filter((part) => part !== "").join(": ")}). ${adviceFor(error, placeOf(databaseUrl))}.`;
}

/** Whether an error came from the database or the connection to it. */
export function isOfDatabase(error: unknown): boolean {
  const { code = "", syscall = "" } = (error ?? {}) as { code?: unknown; syscall?: string };
  if (syscall !== "") return syscall === "connect" || syscall === "getaddrinfo"; // any other system call concerns files
  return (
    /^([0-9][0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/.test(String(code)) || tls.test(String(code)) || whyNotNow(error) !== null
  );
}
