import { OnceDialog, SecretBox } from "@/components/ui/once-dialog";

/** The secret of a token, once. */
export function SecretDialog({ secret, onDone }: { secret: string | null; onDone: () => void }) {
  return (
    <OnceDialog
      open={secret !== null}
      title="Copy the token now"
      description="It is shown this once. Paste it into your identity provider as the secret token; it can add and remove members."
      onDone={onDone}
    >
      <SecretBox secret={secret} label="Copy token" />
    </OnceDialog>
  );
}
