import type { z } from "zod";
import type { Scope } from "@/lib/scopes";
import type { TokenHolder } from "@/lib/workspace/access/token-holder";
import type { Actor } from "@/lib/workspace/actor";

/** The access an endpoint requires: a scope; `token` for any live token; `nobody` for none. */
export type Access = Scope | "token" | "nobody";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The parameter names in braces in a path. */
type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Record<Name, string> & ParamsOf<Rest>
  : Record<never, string>;

type Call<Path extends string, Query, Body> = {
  actor: Actor;
  workspaceId: string;
  holder: TokenHolder;
  params: ParamsOf<Path>;
  query: Query;
  body: Body;
  /** Converts list cursors: reads `query.cursor`, and writes the one for the next page. */
  cursor: { read: (sealed: string | undefined) => string | undefined; write: (id: string | null) => string | null };
};

/** With a schema the response must match it; without one there is no body. */
type Returned<Answer> = [Answer] extends [undefined] ? void | Promise<void> : Answer | Promise<Answer>;

type Spec<Path extends string, Query extends z.ZodObject, Body extends z.ZodType, Answer extends z.ZodType> = {
  id: string;
  method: Method;
  path: Path;
  tag: string;
  summary: string;
  query?: Query;
  body?: Body;
  /** The success status. Without a schema the response has no body. */
  status: 200 | 201 | 202 | 204;
  answer?: Answer;
  run: (call: Call<Path, z.output<Query>, z.output<Body>>) => Returned<z.input<Answer>>;
};

/** An endpoint as used by the dispatcher, the document and the tests. */
export type Endpoint = Omit<Spec<string, z.ZodObject, z.ZodType, z.ZodType>, "run"> & {
  access: Access;
  run: (call: Call<string, Record<string, unknown>, unknown>) => unknown;
};

/** Defines a REST endpoint. Its access comes first, so that no endpoint can be written without it. */
export function endpoint<
  const Path extends string,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType<undefined>,
  Answer extends z.ZodType = z.ZodType<undefined>,
>(access: Access, spec: Spec<Path, Query, Body, Answer>): Endpoint {
  return { ...(spec as unknown as Omit<Endpoint, "access">), access };
}
