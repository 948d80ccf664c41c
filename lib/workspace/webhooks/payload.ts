/** The request body: Standard Webhooks' type, timestamp and data, with actor, subject and change as in the audit log. */
export type Payload = {
  type: string;
  timestamp: string;
  data: {
    workspace: { id: string; slug: string };
    actor: { kind: string; id: string | null; name: string | null };
    subject: { kind: string; id: string; name: string | null };
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
  };
};

/** The database doesn't keep the order of properties. Restores one that is readable, from the type to the result. */
export function inOrder({ type, timestamp, data }: Payload): Payload {
  const { workspace, actor, subject, before, after } = data;
  return { type, timestamp, data: { workspace, actor, subject, before, after } };
}
