"use client";

import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Narrow } from "@/components/ui/narrow";

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations("common");
  return (
    <Narrow title={t("errorPage.title")} lead={t("errorPage.lead")}>
      {error.digest ? <p className="mb-4 font-mono text-ink-faint text-xs">{error.digest}</p> : null}
      <Button look="primary" onClick={reset}>
        {t("list.retry")}
      </Button>
    </Narrow>
  );
}
