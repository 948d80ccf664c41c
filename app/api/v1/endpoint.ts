import type { z } from "zod";
import type { TokenHolder } from "@/lib/workspace/access/token-holder";
import type { Actor } from "@/lib/workspace/actor";
import type { Scope } from "@/lib/workspace/scopes";

/** What a token needs: a scope; `token`, any live one; `nobody`, none at all. */
export type Access = Scope | "token" | "nobody";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The names in braces of a path. */
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
  /** A place in a list: read from `query.cursor`, and written for the next page. */
  cursor: { read: (sealed: string | undefined) => string | undefined; write: (id: string | null) => string | null };
};

/** With a schema the answer must fit it; without one there is none. */
type Returned<Answer> = [Answer] extends [undefined] ? void | Promise<void> : Answer | Promise<Answer>;

type Spec<Path extends string, Query extends z.ZodObject, Body extends z.ZodType, Answer extends z.ZodType> = {
  id: string;
  method: Method;
  path: Path;
  tag: string;
  summary: string;
  query?: Query;
  body?: Body;
  /** The success: without a schema it has no body. */
  status: 200 | 201 | 202 | 204;
  answer?: Answer;
  run: (call: Call<Path, z.output<Query>, z.output<Body>>) => Returned<z.input<Answer>>;
};

/** An endpoint as the dispatcher, the document and the tests see it. */
export type Endpoint = Omit<Spec<string, z.ZodObject, z.ZodType, z.ZodType>, "run"> & {
  access: Access;
  run: (call: Call<string, Record<string, unknown>, unknown>) => unknown;
};

/** An endpoint of REST. What it takes to call it comes first, so that none can be written without. */
export function endpoint<
  const Path extends string,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType<undefined>,
  Answer extends z.ZodType = z.ZodType<undefined>,
>(access: Access, spec: Spec<Path, Query, Body, Answer>): Endpoint {
  return { ...(spec as unknown as Omit<Endpoint, "access">), access };
}
