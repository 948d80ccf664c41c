import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";
import { request } from "./request";
import { email, invalid, nameInput, requiredName } from "./validation";

const firstName = nameInput("person");
const lastName = nameInput("person");

export const signInInput = z.object({
  email,
  /** The path to open afterwards. */
  callbackUrl: z.string().max(2_000),
});
export type SignIn = z.infer<typeof signInInput>;

export const namesInput = z.object({ firstName, lastName });
export type Names = z.infer<typeof namesInput>;

export const setupInput = z.object({
  key: z.string(),
  name: requiredName("workspace", "workspaceName"),
  slug: z
    .string()
    .trim()
    .regex(/^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$/, invalid("slug")),
  firstName: firstName.min(1, invalid("firstName")),
  lastName,
  adminEmail: email,
});
export type Setup = z.infer<typeof setupInput>;

export type Account = {
  id: string;
  email: string;
  firstName: string;
  lastName: string;
  /** Providers linked to the account. */
  links: { id: string; provider: string; name: string; label: string | null; createdAt: string }[];
  /** Providers that can be linked. */
  providers: { id: string; name: string }[];
  sessions: {
    id: string;
    agent: string | null;
    address: string | null;
    createdAt: string;
    lastSeenAt: string;
    current: boolean;
  }[];
};

export const accountQuery = () =>
  queryOptions({ queryKey: ["account"], queryFn: () => request<Account>("GET", "/api/account") });

export const updateAccount = (input: Names) => request<Account>("PATCH", "/api/account", input);
export const endSession = (id: string) => request<null>("DELETE", `/api/account/sessions/${id}`);
export const removeLink = (id: string) => request<null>("DELETE", `/api/account/links/${id}`);
export const endOtherSessions = () => request<null>("DELETE", "/api/account/sessions");
export const askSignInLink = (input: SignIn) => request<null>("POST", "/api/sign-in", input);
export const confirmAddress = (token: string) => request<null>("POST", `/api/address-changes/${token}`);
export const declineAddress = (token: string) => request<null>("DELETE", `/api/address-changes/${token}`);
export const setUp = (input: Setup) => request<{ slug: string }>("POST", "/api/setup", input);
export const acceptInvite = (token: string, input: Names) =>
  request<{ slug: string }>("POST", `/api/invites/${token}/accept`, input);
