import { useTranslations } from "use-intl";
import { OnceDialog, SecretBox } from "@/components/ui/once-dialog";

/** Shows a webhook's signing secret once. */
export function WebhookSecret({ secret, onDone }: { secret: string | null; onDone: () => void }) {
  const t = useTranslations("webhooks");
  return (
    <OnceDialog open={secret !== null} title={t("secret.title")} description={t("secret.lead")} onDone={onDone}>
      <SecretBox secret={secret} label={t("secret.copy")} />
    </OnceDialog>
  );
}
