"use client";

import { type ReactNode, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "./button";
import { Checkbox } from "./checkbox";
import { CopyButton } from "./copy-button";
import { Dialog, DialogActions } from "./dialog";

type Props = {
  open: boolean;
  title: string;
  description: string;
  wide?: boolean;
  /** Whether it shows something that can't be retrieved again. It then closes only after the person confirms they have saved it. */
  isSecret?: boolean;
  onDone: () => void;
  children: ReactNode;
};

/** Shows something once. It is only kept in the page's state, and a stray click doesn't close the dialog. */
export function OnceDialog({ open, title, description, wide = false, isSecret = true, onDone, children }: Props) {
  const t = useTranslations("common");
  const [stored, setStored] = useState(false);
  const done = () => {
    setStored(false);
    onDone();
  };
  return (
    <Dialog open={open} onOpenChange={done} sticky wide={wide} title={title} description={description}>
      {children}
      {isSecret ? (
        <div className="mt-4">
          <Checkbox label={t("once.stored")} checked={stored} onChange={setStored} />
        </div>
      ) : null}
      <DialogActions>
        <Button look="primary" disabled={isSecret && !stored} onClick={done}>
          {t("done")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** A secret to copy; never printed. */
export function SecretBox({ secret, label }: { secret: string | null; label: string }) {
  return (
    <div className="flex items-center gap-3 rounded-lg border bg-sunken px-3.5 py-3">
      <code data-testid="secret" className="min-w-0 flex-1 select-all break-all font-mono text-[13px] print:hidden">
        {secret}
      </code>
      <CopyButton text={secret ?? ""} label={label} />
    </div>
  );
}
