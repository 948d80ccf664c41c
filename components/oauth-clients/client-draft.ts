import { z } from "zod";
import {
  type CreateOAuthClient,
  createOAuthClientInput,
  type OAuthClientRow,
  type UpdateOAuthClient,
} from "@/lib/api/oauth-clients";

export type Kind = CreateOAuthClient["kind"];

export const kinds: { value: Kind; label: string; about: string }[] = [
  {
    value: "client_credentials",
    label: "Client credentials",
    about: "For Microsoft Entra and programs of your own: a client ID and a secret.",
  },
  {
    value: "authorization_code",
    label: "Authorization code",
    about: "For Okta: an admin is asked in the browser, and allows it once.",
  },
  {
    value: "federation",
    label: "Workload identity federation",
    about: "For Microsoft Entra without a secret: it shows an assertion that it signs.",
  },
];

export function kindLabel(kind: Kind): string {
  return kinds.find(({ value }) => value === kind)?.label ?? kind;
}

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
export function whyNot(draft: Draft): string | null {
  const { name, scopes, redirectUris, issuer, subject, audiences } = toSettings(draft);
  if (name.trim() === "") return "Give the client a name.";
  if (draft.kind === "authorization_code" && redirectUris.length === 0) return "Name a redirect address.";
  if (draft.kind === "federation" && (issuer === null || subject === null || audiences.length === 0))
    return "Name issuer, subject and audience.";
  return scopes.length === 0 ? "Pick at least one scope." : null;
}
