"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { confirmAddress, declineAddress } from "@/lib/api/account";

type Props = { token: string; workspace: string; old: string; new: string };

/** Lets the owner of an account confirm or decline a workspace's change of their email address. */
export function AddressChange({ token, old, new: next }: Props) {
  const t = useTranslations("account");
  const confirm = useMutation({ mutationFn: () => confirmAddress(token) });
  const decline = useMutation({ mutationFn: () => declineAddress(token) });
  if (confirm.isSuccess)
    return <Done title={t("addressChange.changedTitle", { email: next })}>{t("addressChange.changed")}</Done>;
  if (decline.isSuccess)
    return <Done title={t("addressChange.declinedTitle")}>{t("addressChange.declined", { email: old })}</Done>;
  return (
    <>
      <dl className="mb-6 divide-y rounded-xl border bg-surface shadow-low">
        <Row label={t("addressChange.now")} value={old} />
        <Row label={t("addressChange.new")} value={next} />
      </dl>
      <p className="mb-6 text-ink-soft">{t("addressChange.effect", { email: next })}</p>
      <ErrorNote error={confirm.error ?? decline.error} />
      <div className="mt-4 space-y-2">
        <Button look="primary" className="w-full" pending={confirm.isPending} onClick={() => confirm.mutate()}>
          {t("addressChange.action")}
        </Button>
        <Button className="w-full" pending={decline.isPending} onClick={() => decline.mutate()}>
          {t("addressChange.decline")}
        </Button>
      </div>
    </>
  );
}

function Row({ label, value }: { label: string; value: string }) {
  return (
    <div className="flex items-baseline gap-4 px-5 py-3">
      <dt className="w-12 shrink-0 text-[13px] text-ink-faint">{label}</dt>
      <dd className="min-w-0 break-all font-medium">{value}</dd>
    </div>
  );
}

function Done({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div role="status" className="rounded-xl border bg-surface px-5 py-4 shadow-low">
      <p className="font-medium">{title}</p>
      <p className="mt-1 text-ink-soft">{children}</p>
    </div>
  );
}
