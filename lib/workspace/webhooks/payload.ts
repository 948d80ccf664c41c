/** What is sent: Standard Webhooks' type, timestamp and data, and in it who did what to whom, as the audit log has it. */
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

/** The database keeps no order of names; people read it from the type to what came of it. */
export function inOrder({ type, timestamp, data }: Payload): Payload {
  const { workspace, actor, subject, before, after } = data;
  return { type, timestamp, data: { workspace, actor, subject, before, after } };
}
