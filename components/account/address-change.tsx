"use client";

import { useMutation } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { confirmAddress, declineAddress } from "@/lib/api/account";

type Props = { token: string; workspace: string; old: string; new: string };

/** Lets the owner of an account confirm or decline a workspace's change of their email address. */
export function AddressChange({ token, old, new: next }: Props) {
  const confirm = useMutation({ mutationFn: () => confirmAddress(token) });
  const decline = useMutation({ mutationFn: () => declineAddress(token) });
  if (confirm.isSuccess)
    return <Done title={`You now sign in as ${next}`}>All sessions were ended. Sign in again.</Done>;
  if (decline.isSuccess) return <Done title="Nothing has changed">You still sign in as {old}.</Done>;
  return (
    <>
      <dl className="mb-6 divide-y rounded-xl border bg-surface shadow-low">
        <Row label="Now" value={old} />
        <Row label="New" value={next} />
      </dl>
      <p className="mb-6 text-ink-soft">
        All your workspaces will use the new email. You are signed out everywhere, and the next sign-in link goes to{" "}
        {next}.
      </p>
      <ErrorNote error={confirm.error ?? decline.error} />
      <div className="mt-4 space-y-2">
        <Button look="primary" className="w-full" pending={confirm.isPending} onClick={() => confirm.mutate()}>
          Change email
        </Button>
        <Button className="w-full" pending={decline.isPending} onClick={() => decline.mutate()}>
          Keep current email
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
