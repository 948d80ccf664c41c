import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum, type SqlQuery } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";
import { openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { listMigrations } from "./migrate";

/** The output of `diff` if the migrations match the schema. */
export const nothingToDo = "-- This is an empty migration.";

type RawAdapter = Omit<Awaited<ReturnType<PrismaPg["connect"]>>, "performIO"> & {
  performIO: (query: SqlQuery) => Promise<{ fields: { dataTypeID: number }[] }>;
};

/** PostgreSQL's catalog type "char": the stock adapter reports it as text, but the engine needs a character. */
const charType = 18;
const textType = 25;

const pools = new Set<pg.Pool>();

/** The stock adapter with three fixes that the engine needs: "char" columns, multi-statement scripts, and closing its pool. */
async function open(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pools.add(pool);
  const adapter = (await new PrismaPg(pool).connect()) as unknown as RawAdapter;
  const queryRaw = adapter.queryRaw;
  adapter.queryRaw = async (query) => {
    let isChar: boolean[] = [];
    const performIO = async () => {
      const result = await adapter.performIO(query);
      isChar = result.fields.map((field) => field.dataTypeID === charType);
      for (const field of result.fields) if (field.dataTypeID === charType) field.dataTypeID = textType;
      return result;
    };
    const set = await queryRaw.call({ performIO } as unknown as RawAdapter, query);
    return {
      ...set,
      columnTypes: set.columnTypes.map((type, index) => (isChar[index] ? ColumnTypeEnum.Character : type)),
    };
  };
  adapter.executeScript = async (script) => {
    await pool.query(script);
  };
  adapter.dispose = () => {
    pools.delete(pool);
    return pool.end();
  };
  return adapter;
}

function factory(url: string) {
  return {
    provider: "postgres" as const,
    adapterName: "@prisma/adapter-pg",
    connect: () => open(url),
    async connectToShadowDb() {
      const admin = await open(url);
      const name = `muster_shadow_${randomUUID().slice(0, 8)}`;
      await admin.executeScript(`CREATE DATABASE "${name}" TEMPLATE template0`);
      const address = new URL(url);
      address.pathname = `/${name}`;
      const shadow = await open(address.href);
      const end = shadow.dispose;
      shadow.dispose = async () => {
        await end();
        await admin.executeScript(`DROP DATABASE "${name}" WITH (FORCE)`);
        await admin.dispose();
      };
      return shadow;
    },
  };
}

async function openEngine(url: string, datamodel: string) {
  const file = createRequire(import.meta.url)
    .resolve("@prisma/schema-engine-wasm/schema_engine_bg")
    .replace(/\.js$/, ".wasm");
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: console.error } });
  const { instance } = await WebAssembly.instantiate(readFileSync(file), { "./schema_engine_bg.js": { ...bindings } });
  const wasm = bindings as unknown as { __wbg_set_wasm: (exports: unknown) => void };
  wasm.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return bindings.SchemaEngine.new(
    { datamodels: [["schema.prisma", datamodel]] } as never,
    () => {},
    bindMigrationAwareSqlAdapterFactory(factory(url) as never) as never,
  );
}

/** The SQL from the migrations to `schema.prisma`, by Prisma's own engine; needs a database that may create others. */
export async function draftMigration(url: string): Promise<string> {
  const datamodel = readFileSync("prisma/schema.prisma", "utf8");
  const engine = await openEngine(url, datamodel);
  const known = listMigrations();
  const directories = known.map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: "migration.sql", content: { tag: "ok", value: sql } },
  }));
  const from =
    known.length === 0
      ? { tag: "empty" }
      : {
          tag: "migrations",
          baseDir: "prisma/migrations",
          lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
          shadowDbInitScript: "",
          migrationDirectories: directories,
        };
  const { stdout } = await engine.diff({
    from,
    to: { tag: "schemaDatamodel", files: [{ path: "schema.prisma", content: datamodel }] },
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  } as never);
  await Promise.all([...pools].map((pool) => pool.end()));
  pools.clear();
  return stdout ?? "";
}

async function main(): Promise<void> {
  const title = process.argv[2];
  if (!title || !/^[a-z0-9_]+$/.test(title)) throw new Error("Say what changes: npm run db:draft -- add_webhooks");
  const given = process.env.DATABASE_URL;
  const embedded = given ? null : await openEmbeddedPostgres(process.env.MUSTER_DATA_DIR ?? ".data");
  const sql = await draftMigration(given ?? embedded?.adminUrl ?? "");
  if (sql.includes(nothingToDo)) {
    console.log("The migrations already say what the schema says.");
  } else {
    const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
    const folder = `prisma/migrations/${stamp}_${title}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/migration.sql`, sql);
    console.log(`${folder}/migration.sql is drafted: read it, complete it, commit it.`);
  }
  await embedded?.release();
}

if (process.argv[1]?.endsWith("draft-migration.ts")) {
  await main();
  process.exit(0); // the engine's own adapter would keep the process alive for ten seconds
}
