import ipaddr from "ipaddr.js";
import { z } from "zod";

type Network = ReturnType<typeof ipaddr.parseCIDR>;

const port = z.coerce.number().int().min(0).max(65_535);
const text = z.string().trim().min(1);
const provider = { id: text.optional(), secret: text.optional(), tenantOrIssuer: text.optional() };

/** A comma-separated list of IP addresses and networks. */
const networks = z.string().transform((value, context): Network[] => {
  const words = value.split(/[\s,]+/).filter((word) => word !== "");
  try {
    return words.map((word) => {
      if (word.includes("/")) return ipaddr.parseCIDR(word);
      const address = ipaddr.process(word);
      return [address, address.kind() === "ipv4" ? 32 : 128];
    });
  } catch {
    context.addIssue({ code: "custom", message: "addresses and networks" });
    return z.NEVER;
  }
});

/** Links are built by appending a path to this URL. */
function hasNoPath(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { pathname, search, hash, username, password } = new URL(text);
  return /^\/+$/.test(pathname) && `${search}${hash}${username}${password}` === "" && !/[?#]$/.test(text);
}

const settings = z.object({
  PORT: port.default(3000),
  HOST: text.default("0.0.0.0"),
  MUSTER_URL: z
    .url({ protocol: /^https?$/ })
    .refine(hasNoPath)
    .optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** Connections of this process: at most a third of them for one workspace, two for lookups. */
  DATABASE_POOL: z.coerce.number().int().min(5).max(500).default(12),
  MUSTER_DATA_DIR: text.default(".data"),
  MUSTER_SECRET: z.string().min(32),
  /** Seconds that a start waits for an unresponsive database. */
  MUSTER_START_WAIT: z.coerce.number().min(0).max(3_600).default(30),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_FROM: text.default("Muster <muster@localhost>"),
  MUSTER_DNS_SERVERS: z
    .string()
    .optional()
    .transform((value) =>
      (value ?? "")
        .split(",")
        .map((server) => server.trim())
        .filter((server) => server !== ""),
    ),
  MUSTER_TRUSTED_PROXIES: networks.default(() => [ipaddr.parseCIDR("127.0.0.0/8"), ipaddr.parseCIDR("::1/128")]),
  MUSTER_SCIM_RATE: z.coerce.number().min(0).default(500),
  MUSTER_API_RATE: z.coerce.number().min(0).default(100),
  MUSTER_INVITE_DELAY: z.coerce.number().min(0).default(60),
  /** Days that audit events are kept; 0 keeps them forever. */
  MUSTER_AUDIT_DAYS: z.coerce.number().int().min(0).max(36_500).default(400),
  /** Lets requests to URLs that people entered reach this machine, without TLS: for tests and development. */
  MUSTER_OUTGOING_LOOPBACK: z.enum(["on", "off"]).default("off"),
  /** The operator's own networks that such requests may reach as well. */
  MUSTER_OUTGOING_ALLOW: networks.default([]),
  /** The language of pages and emails. `en-XA` is English with accents and longer, for tests of the translations. */
  MUSTER_LOCALE: z.enum(["en", "en-XA"]).default("en"),
  /** The bearer token for /metrics on the application's port; without it, that port serves no metrics. */
  MUSTER_METRICS_TOKEN: z
    .string()
    .regex(/^[\w.~+/-]{16,}=*$/)
    .optional(),
  /** A port of its own for /metrics, without a token, and where it listens. */
  MUSTER_METRICS_PORT: port.optional(),
  MUSTER_METRICS_HOST: text.default("127.0.0.1"),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  AUTH_ENTRA_ID: provider.id,
  AUTH_ENTRA_SECRET: provider.secret,
  AUTH_ENTRA_TENANT: provider.tenantOrIssuer,
  AUTH_GOOGLE_ID: provider.id,
  AUTH_GOOGLE_SECRET: provider.secret,
  AUTH_OIDC_ID: provider.id,
  AUTH_OIDC_SECRET: provider.secret,
  AUTH_OIDC_ISSUER: provider.tenantOrIssuer,
  AUTH_OIDC_NAME: text.default("OpenID Connect"),
});

/** The names of all settings. */
export const settingNames = Object.keys(settings.shape);

export type Env = Omit<z.infer<typeof settings>, "MUSTER_URL"> & {
  /** Public base URL without a trailing slash. */
  MUSTER_URL: string;
};

const advice: Record<string, string> = {
  PORT: "a whole number from 0 to 65535",
  DATABASE_URL: "an address such as postgresql://user:password@host:5432/muster",
  DATABASE_POOL: "a whole number of connections from 5 to 500",
  MUSTER_URL: "the public address, such as https://muster.example.com",
  MUSTER_SECRET: "at least 32 characters that nobody knows (try: openssl rand -hex 32)",
  MUSTER_START_WAIT: "a number of seconds from 0 to 3600",
  SMTP_URL: "an address such as smtp://user:password@host:587",
  MUSTER_TRUSTED_PROXIES: "IP addresses and networks by commas, such as 10.0.0.7, 10.1.0.0/16",
  MUSTER_AUDIT_DAYS: "a whole number of days, or 0 to keep audit events for ever",
  MUSTER_OUTGOING_LOOPBACK: "on or off",
  MUSTER_OUTGOING_ALLOW: "IP addresses and networks by commas, such as 10.20.0.0/16",
  MUSTER_LOCALE: "en, or en-XA to test translations",
  MUSTER_METRICS_TOKEN: "at least 16 letters and digits that nobody knows (try: openssl rand -hex 16)",
  MUSTER_METRICS_PORT: "a whole number from 0 to 65535",
  LOG_LEVEL: "one of trace, debug, info, warn, error, fatal, silent",
};

/** Reads the settings; throws a one-line error that names the first bad one and what it should be. */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = settings.safeParse(given);
  if (parsed.success) {
    const url = parsed.data.MUSTER_URL ?? `http://localhost:${parsed.data.PORT}`;
    return { ...parsed.data, MUSTER_URL: new URL(url).origin };
  }
  const name = String(parsed.error.issues[0]?.path[0] ?? "?");
  const problem =
    given[name] === undefined ? "is missing" : `is not valid: ${JSON.stringify(printable(name, given[name]))}`;
  const more = name === "MUSTER_URL" && URL.canParse(given[name] ?? "") ? " Nothing may follow the host and port." : "";
  throw new Error(
    `The setting ${name} ${problem}. It must be ${advice[name] ?? parsed.error.issues[0]?.message}.${more}`,
  );
}

function printable(name: string, value: string | undefined): string {
  return /SECRET|TOKEN|URL/.test(name) && name !== "MUSTER_URL" ? "(hidden)" : (value ?? "");
}

const here = globalThis as { musterEnv?: Env };

/** The settings of this process, parsed once for the server's bundle and Next's. */
export function env(): Env {
  here.musterEnv ??= parseEnv(process.env);
  return here.musterEnv;
}
