import { z } from "zod";
import { request } from "@/lib/api/request";
import { email, nameInput } from "@/lib/api/validation";
import { type Chosen, chosen } from "./changes";

/** A pasted or uploaded list, as text. */
export const listInput = z.object({ text: z.string().min(1).max(1_500_000) });

export type Matched = { ids: string[]; unknown: string[]; unknownTotal: number };

const invitee = z.object({
  line: z.int(),
  address: email,
  firstName: nameInput("person"),
  lastName: nameInput("person"),
  role: z.enum(["admin", "member"]),
  /** Their ids. */
  teams: z.array(z.uuid()).max(100),
});
export type Invitee = z.infer<typeof invitee>;

/** People of one request: few enough to be answered in time. */
export const inviteStep = 25;
export const inviteManyInput = z.object({ invitees: z.array(invitee).min(1).max(inviteStep) });

export type ImportPreview = {
  invitees: Invitee[];
  /** The first lines without an invite, each with the reason. */
  skipped: { line: number; key: string; why: string }[];
  skippedTotal: number;
  /** Seats that nobody uses; null without a limit. */
  freeSeats: number | null;
};
/** `rest` are the people that weren't reached, because the database was busy or away. */
export type ImportResult = {
  done: number;
  refused: { line: number; key: string; detail: string }[];
  rest: Invitee[];
};

export const exportInput = z.object({ chosen, format: z.enum(["csv", "jsonl"]) });

const path = (workspace: string, rest: string) => `/api/workspaces/${workspace}/members/${rest}`;

export const matchPeople = (workspace: string, text: string) =>
  request<Matched>("POST", path(workspace, "match"), { text });
export const previewImport = (workspace: string, text: string) =>
  request<ImportPreview>("POST", path(workspace, "import/preview"), { text });
export const inviteMany = (workspace: string, invitees: readonly Invitee[]) =>
  request<ImportResult>("POST", path(workspace, "import"), { invitees });

/** Downloads members as a file. */
export async function exportMembers(workspace: string, input: { chosen: Chosen; format: "csv" | "jsonl" }) {
  const response = await fetch(path(workspace, "export"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(((await response.json()) as { error?: { detail?: string } }).error?.detail);
  const url = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: `members.${input.format}` });
  link.click();
  URL.revokeObjectURL(url);
}
