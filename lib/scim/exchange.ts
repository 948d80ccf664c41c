/** A request as plain data; `header` takes a lower-case name, `body` is parsed JSON. Errors refer to the request by `id`. */
export type ScimRequest = {
  id: string;
  query: string;
  header: (name: string) => string | undefined;
  body: unknown;
};

/** A response as plain data; `body` null means none. */
export type ScimAnswer = { status: number; headers: Record<string, string>; body: object | null };
