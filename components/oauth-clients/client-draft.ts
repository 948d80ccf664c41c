import { z } from "zod";
import {
  type CreateOAuthClient,
  createOAuthClientInput,
  type OAuthClientRow,
  type UpdateOAuthClient,
} from "@/lib/api/oauth-clients";
import type { Translator } from "@/lib/messages/room";

export type Kind = CreateOAuthClient["kind"];

export const kinds: readonly Kind[] = ["client_credentials", "authorization_code", "federation"];

/** A client's form state: lists are text with one item per line. */
export const clientDraft = z.object({
  kind: createOAuthClientInput.shape.kind,
  name: z.string(),
  hours: z.string(),
  redirectUris: z.string(),
  isPublic: z.boolean(),
  issuer: z.string(),
  subject: z.string(),
  audiences: z.string(),
  jwksUri: z.string(),
  scopes: z.array(z.string()),
  connection: z.string().nullable(),
});
export type Draft = z.infer<typeof clientDraft>;

export const emptyDraft: Draft = {
  kind: "client_credentials",
  name: "",
  hours: "1",
  redirectUris: "",
  isPublic: false,
  issuer: "",
  subject: "",
  audiences: "",
  jwksUri: "",
  scopes: [],
  connection: null,
};

export function toDraft(client: OAuthClientRow): Draft {
  return {
    kind: client.kind,
    name: client.name,
    hours: String(client.tokenSeconds / 3_600),
    redirectUris: client.redirectUris.join("\n"),
    isPublic: client.isPublic,
    issuer: client.issuer ?? "",
    subject: client.subject ?? "",
    audiences: client.audiences.join("\n"),
    jwksUri: client.jwksUri ?? "",
    scopes: client.scopes,
    connection: null,
  };
}

function lines(text: string): string[] {
  return text
    .split(/\s+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The settings that apply to a kind. */
export function toSettings({ kind, ...draft }: Draft): UpdateOAuthClient {
  const isFederation = kind === "federation";
  const text = (value: string) => (isFederation && value.trim() !== "" ? value.trim() : null);
  return {
    name: draft.name,
    scopes: draft.scopes,
    tokenSeconds: Number(draft.hours) * 3_600,
    redirectUris: kind === "authorization_code" ? lines(draft.redirectUris) : [],
    issuer: text(draft.issuer),
    subject: text(draft.subject),
    audiences: isFederation ? lines(draft.audiences) : [],
    jwksUri: text(draft.jwksUri),
  };
}

/** Why a client can't be saved yet; null when it can. */
export function whyNot(draft: Draft, t: Translator<"clients">): string | null {
  const { name, scopes, redirectUris, issuer, subject, audiences } = toSettings(draft);
  if (name.trim() === "") return t("missing.name");
  if (draft.kind === "authorization_code" && redirectUris.length === 0) return t("missing.redirects");
  if (draft.kind === "federation" && (issuer === null || subject === null || audiences.length === 0))
    return t("missing.federation");
  return scopes.length === 0 ? t("missing.scopes") : null;
}
