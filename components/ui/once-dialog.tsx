"use client";

import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { Checkbox } from "./checkbox";
import { CopyButton } from "./copy-button";
import { Dialog, DialogActions } from "./dialog";

type Props = {
  open: boolean;
  title: string;
  description: string;
  wide?: boolean;
  /** Whether it holds something that can't be had again: then it goes only once that is stored. */
  isSecret?: boolean;
  onDone: () => void;
  children: ReactNode;
};

/** What is shown once. It lives in the state of the page alone, and a stray click does not lose it. */
export function OnceDialog({ open, title, description, wide = false, isSecret = true, onDone, children }: Props) {
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
          <Checkbox label="I have stored it" checked={stored} onChange={setStored} />
        </div>
      ) : null}
      <DialogActions>
        <Button look="primary" disabled={isSecret && !stored} onClick={done}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** A secret alone, to be copied; never on paper. */
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
