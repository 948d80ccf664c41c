import { CircleAlert } from "lucide-react";
import { useTranslations } from "use-intl";

/** An error with what to do about it, and the request id for support. */
export function ErrorNote({ error }: { error: Error | null }) {
  const t = useTranslations("common");
  const network = useTranslations("network");
  if (!error) return null;
  const { requestId, status, code } = error as { requestId?: string; status?: number; code?: string };
  const ours =
    code === "offline" || code === "unreachable"
      ? network(code)
      : code === "unknown"
        ? network("unanswered", { status: String(status) })
        : null;
  return (
    <div role="alert" className="mt-4 flex gap-2.5 rounded-lg bg-bad-soft px-3 py-2.5 text-bad">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p>
          {ours ?? error.message}{" "}
          {status === 401 ? (
            // Opens a new tab, so that the page keeps what was typed.
            <a href="/sign-in" target="_blank" rel="noreferrer" className="underline underline-offset-4">
              {t("signIn")}
            </a>
          ) : null}
        </p>
        {requestId ? <p className="mt-0.5 break-all font-mono text-xs opacity-80">{requestId}</p> : null}
      </div>
    </div>
  );
}
