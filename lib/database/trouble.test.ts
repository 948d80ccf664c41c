import { describe, expect, test } from "vitest";
import { isOfConnection, type TroubleKind, trouble, troubleOf } from "./trouble";

// PostgreSQL's codes (documentation, appendix A), each with what it means for a request. Those not listed are errors of ours.

const kinds: Record<string, TroubleKind | null> = {
  "25006": "read_only", // read_only_sql_transaction
  "53000": "crowded", // insufficient_resources
  "53100": "full", // disk_full
  "53200": "crowded", // out_of_memory
  "53300": "crowded", // too_many_connections
  "53400": "crowded", // configuration_limit_exceeded
  "57000": "unreachable", // operator_intervention
  "57P01": "unreachable", // admin_shutdown
  "57P02": "unreachable", // crash_shutdown
  "57P03": "unreachable", // cannot_connect_now
  "57P04": "unreachable", // database_dropped
  "57P05": "unreachable", // idle_session_timeout
  "57014": "too_slow", // query_canceled
  "26000": "too_slow", // invalid_sql_statement_name: the statement ahead that was to prepare it was cut off
  "40001": "busy", // serialization_failure
  "40P01": "busy", // deadlock_detected
  "55P03": "busy", // lock_not_available
  "55006": "busy", // object_in_use
  "08000": "unreachable", // connection_exception
  "08003": "unreachable", // connection_does_not_exist
  "08006": "unreachable", // connection_failure
  "08001": "unreachable", // sqlclient_unable_to_establish_sqlconnection
  "08004": "unreachable", // sqlserver_rejected_establishment_of_sqlconnection
  "08P01": "unreachable", // protocol_violation
  "28000": "unreachable", // invalid_authorization_specification
  "28P01": "unreachable", // invalid_password
  "3D000": "unreachable", // invalid_catalog_name
  "22001": "not_storable", // string_data_right_truncation
  "22003": "not_storable", // numeric_value_out_of_range
  "22008": "not_storable", // datetime_field_overflow
  "22021": "not_storable", // character_not_in_repertoire
  "22P02": "not_storable", // invalid_text_representation
  "22P05": "not_storable", // untranslatable_character
  "22030": "not_storable", // duplicate_json_object_key_value
  "54000": "not_storable", // program_limit_exceeded: an index row
  "54001": "not_storable", // statement_too_complex
  "58000": "damaged", // system_error
  "58030": "damaged", // io_error
  "58P01": "damaged", // undefined_file
  XX001: "damaged", // data_corrupted
  XX002: "damaged", // index_corrupted
  XX000: null, // internal_error
  "23502": null, // not_null_violation: a rule of ours that was not kept
  "23505": null, // unique_violation
  "42P01": null, // undefined_table
  "42501": null, // insufficient_privilege
  "0A000": null, // feature_not_supported
};

describe("A3 each error of a database has a kind", () => {
  test.each(Object.entries(kinds))("A3 %s is %s", (code, kind) => {
    expect(troubleOf(Object.assign(new Error("as PostgreSQL says it"), { code }))?.kind ?? null).toBe(kind);
  });

  test.each([
    ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND"],
    ...["EAI_AGAIN", "P1001", "P1017"],
  ])("A3 %s means that it can't be reached", (code) => {
    expect(troubleOf({ code })?.kind).toBe("unreachable");
  });

  test.each([
    ["timeout exceeded when trying to connect", "crowded"],
    ["Connection terminated unexpectedly", "unreachable"],
    ["Connection terminated due to connection timeout", "unreachable"],
    ["Query read timeout", "unreachable"],
    ["Client has encountered a connection error and is not queryable", "unreachable"],
  ])("A3 what the driver says without a code: %s", (message, kind) => {
    expect(troubleOf(new Error(message))?.kind).toBe(kind);
  });

  test("A3 what Prisma says is known by what is in it", () => {
    const inCause = { code: "P2010", cause: { originalCode: "25006" } };
    const inMeta = { code: "P2039", meta: { driverAdapterError: { cause: { originalCode: "53100" } } } };
    expect(troubleOf(inCause)?.kind).toBe("read_only");
    expect(troubleOf(inMeta)?.kind).toBe("full");
  });

  test("A3 nothing else is one: a refusal, an error of ours, nothing", () => {
    for (const error of [new Error("x"), { kind: "refusal" }, null, undefined, "57P01", { code: 57 }]) {
      expect(troubleOf(error)).toBeNull();
    }
  });
});

test("A3 a statement outdated by a migration has a kind of its own; a feature that PostgreSQL lacks has none", () => {
  const error = { code: "0A000", message: "cached plan must not change result type" };
  expect(troubleOf({ ...error, routine: "RevalidateCachedQuery" })?.kind).toBe("migrated");
  expect(troubleOf({ ...error, routine: "transformLockingClause" })).toBeNull();
});

test("A3 each kind says that nothing was changed, and when to try again: only what can't be stored never is", () => {
  const all = [...new Set(Object.values(kinds))].filter((kind) => kind !== null);
  for (const kind of all) {
    const found = troubleOf(trouble(kind));
    expect(found?.detail).toContain("Nothing was changed");
    if (kind === "not_storable") expect(found?.retryAfter).toBeNull();
    else expect(found?.retryAfter).toBeGreaterThan(0);
  }
});

test("A3 a connection that leads to a standby or to nobody is not used again; one that was only too busy is", () => {
  for (const code of ["25006", "57P01", "08006", "58030", "ECONNRESET"]) expect(isOfConnection({ code })).toBe(true);
  for (const code of ["53100", "40P01", "55P03", "22001", "23505"]) expect(isOfConnection({ code })).toBe(false);
});
