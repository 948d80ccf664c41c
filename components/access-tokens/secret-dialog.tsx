import { useTranslations } from "use-intl";
import { OnceDialog, SecretBox } from "@/components/ui/once-dialog";
import { revealText } from "./scopes";

export type Revealed = { secret: string; scopes: readonly string[] };

/** Shows a token's secret once. */
export function SecretDialog({ revealed, onDone }: { revealed: Revealed | null; onDone: () => void }) {
  const t = useTranslations("tokens");
  return (
    <OnceDialog
      open={revealed !== null}
      title={t("secret.title")}
      description={t("secret.lead", { next: revealText(revealed?.scopes ?? [], t) })}
      onDone={onDone}
    >
      <SecretBox secret={revealed?.secret ?? null} label={t("secret.copy")} />
    </OnceDialog>
  );
}
