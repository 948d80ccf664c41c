import { OnceDialog, SecretBox } from "@/components/ui/once-dialog";

/** Shows a webhook's signing secret once. */
export function WebhookSecret({ secret, onDone }: { secret: string | null; onDone: () => void }) {
  return (
    <OnceDialog
      open={secret !== null}
      title="Copy the signing secret now"
      description="It is shown this once. The receiver verifies with it that a delivery comes from here."
      onDone={onDone}
    >
      <SecretBox secret={secret} label="Copy secret" />
    </OnceDialog>
  );
}
