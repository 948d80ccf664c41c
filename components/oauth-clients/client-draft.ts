import type { CreateOAuthClient, OAuthClientRow, UpdateOAuthClient } from "@/lib/api/oauth-clients";

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
export type Draft = {
  name: string;
  hours: string;
  redirectUris: string;
  isPublic: boolean;
  issuer: string;
  subject: string;
  audiences: string;
  jwksUri: string;
};

export const emptyDraft: Draft = {
  name: "",
  hours: "1",
  redirectUris: "",
  isPublic: false,
  issuer: "",
  subject: "",
  audiences: "",
  jwksUri: "",
};

export function toDraft(client: OAuthClientRow): Draft {
  return {
    name: client.name,
    hours: String(client.tokenSeconds / 3_600),
    redirectUris: client.redirectUris.join("\n"),
    isPublic: client.isPublic,
    issuer: client.issuer ?? "",
    subject: client.subject ?? "",
    audiences: client.audiences.join("\n"),
    jwksUri: client.jwksUri ?? "",
  };
}

function lines(text: string): string[] {
  return text
    .split(/\s+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The settings that apply to a kind. */
export function toSettings(kind: Kind, draft: Draft, scopes: string[]): UpdateOAuthClient {
  const isFederation = kind === "federation";
  const text = (value: string) => (isFederation && value.trim() !== "" ? value.trim() : null);
  return {
    name: draft.name,
    scopes,
    tokenSeconds: Number(draft.hours) * 3_600,
    redirectUris: kind === "authorization_code" ? lines(draft.redirectUris) : [],
    issuer: text(draft.issuer),
    subject: text(draft.subject),
    audiences: isFederation ? lines(draft.audiences) : [],
    jwksUri: text(draft.jwksUri),
  };
}

/** Why a client can't be saved yet; null when it can. */
export function whyNot(kind: Kind, { name, scopes, redirectUris, issuer, subject, audiences }: UpdateOAuthClient) {
  if (name.trim() === "") return "Give the client a name.";
  if (kind === "authorization_code" && redirectUris.length === 0) return "Name a redirect address.";
  if (kind === "federation" && (issuer === null || subject === null || audiences.length === 0))
    return "Name issuer, subject and audience.";
  return scopes.length === 0 ? "Pick at least one scope." : null;
}
