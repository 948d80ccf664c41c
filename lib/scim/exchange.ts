/** A request as plain data; `header` finds by lower-case name, `body` is parsed JSON. Errors name the request by `id`. */
export type ScimRequest = {
  id: string;
  query: string;
  header: (name: string) => string | undefined;
  body: unknown;
};

/** An answer as plain data; `body` null means none. */
export type ScimAnswer = { status: number; headers: Record<string, string>; body: object | null };
