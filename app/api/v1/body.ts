import type { z } from "zod";
import { inWords, sizeErrors } from "@/lib/api/validation";
import { translator } from "@/lib/messages/translator";
import { ApiProblem } from "./problem";

/** Maximum body size, in bytes. */
const maxBody = 64 * 1024;

export function readBody(schema: z.ZodType, body: unknown): unknown {
  const parsed = schema.safeParse(body, { error: sizeErrors });
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error.issues);
  throw new ApiProblem(422, "not_valid", errors[0]?.detail ?? "The body is not valid.", { errors });
}

export async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new ApiProblem(415, "not_json", "Send the body as application/json.", {
      headers: { accept: "application/json" },
    });
  }
  const bytes = await readBytes(request);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes), (key, value) => {
      if (unstorable.test(key) || (typeof value === "string" && unstorable.test(value))) throw new SyntaxError();
      return value;
    });
  } catch {
    throw new ApiProblem(400, "not_json", "The body is not JSON in UTF-8, or holds a character that can't be stored.");
  }
}

async function readBytes(request: Request): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBody) throw new ApiProblem(413, "too_large", `The body is larger than ${maxBody} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Characters that PostgreSQL can't store in a text. */
export const unstorable = /[\0\p{Cs}]/u;

export type Issue = { path: PropertyKey[]; message: string };

export function fieldErrors(issues: Issue[]) {
  const t = translator("validation", "en"); // REST's texts are English, as its documents
  return issues.slice(0, 20).map(({ path, message }) => ({ field: path.join("."), detail: inWords(message, t) }));
}
