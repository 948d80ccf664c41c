import { OnceDialog, SecretBox } from "@/components/ui/once-dialog";
import { revealText } from "./scopes";

export type Revealed = { secret: string; scopes: readonly string[] };

/** Shows a token's secret once. */
export function SecretDialog({ revealed, onDone }: { revealed: Revealed | null; onDone: () => void }) {
  return (
    <OnceDialog
      open={revealed !== null}
      title="Copy the token now"
      description={`You won't see it again. ${revealText(revealed?.scopes ?? [])}`}
      onDone={onDone}
    >
      <SecretBox secret={revealed?.secret ?? null} label="Copy token" />
    </OnceDialog>
  );
}
