"use client";

import { useMutation } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslations } from "use-intl";
import { scopeLabel, summarise } from "@/components/access-tokens/scopes";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { decideConsent } from "@/lib/api/oauth-clients";

type Props = {
  /** The workspace's slug. */
  workspace: string;
  scopes: string[];
  /** The host that the browser is sent to afterwards. */
  host: string;
  email: string;
  /** The query string of the request; the server checks it again. */
  query: string;
};

/** Shows an admin which client asks for which scopes, to allow or deny. */
export function ConsentForm({ workspace, scopes, host, email, query }: Props) {
  const t = useTranslations("clients");
  const tokens = useTranslations("tokens");
  const decide = useMutation({
    mutationFn: (allow: boolean) => decideConsent(workspace, { query, allow }),
    onSuccess: ({ location }) => window.location.assign(location),
  });
  const isDone = decide.isPending || decide.isSuccess;
  return (
    <>
      <div className="rounded-xl border bg-surface shadow-low">
        <ul className="space-y-2 px-4 py-3.5">
          {scopes.map((scope) => (
            <li key={scope} className="flex items-center gap-2.5">
              <Check aria-hidden className="size-4 shrink-0 text-good" />
              {scopeLabel(scope, tokens)}
            </li>
          ))}
        </ul>
        <p className="border-t px-4 py-3 text-[13px] text-ink-soft">{summarise(scopes, tokens)}</p>
      </div>
      <ErrorNote error={decide.error} />
      <div className="mt-5 grid grid-cols-2 gap-2">
        <Button onClick={() => decide.mutate(false)} disabled={isDone}>
          {t("consent.deny")}
        </Button>
        <Button look="primary" onClick={() => decide.mutate(true)} pending={isDone}>
          {t("consent.allow")}
        </Button>
      </div>
      <p className="mt-5 text-[13px] text-ink-faint">
        {t.rich("consent.return", {
          email,
          host: () => <span className="wrap-anywhere font-medium text-ink-soft">{host}</span>,
        })}
      </p>
    </>
  );
}
