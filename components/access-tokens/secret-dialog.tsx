"use client";

import { Checkbox } from "@base-ui/react/checkbox";
import { Check } from "lucide-react";
import { useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog, DialogActions } from "@/components/ui/dialog";

/** The secret, once. It lives in the state of the page alone, and a stray click does not lose it. */
export function SecretDialog({ secret, onDone }: { secret: string | null; onDone: () => void }) {
  const [stored, setStored] = useState(false);
  const id = useId();
  const done = () => {
    setStored(false);
    onDone();
  };
  return (
    <Dialog
      open={secret !== null}
      onOpenChange={() => done()}
      sticky
      title="Copy the token now"
      description="It is shown this once. Paste it into your identity provider as the secret token; it can add and remove members."
    >
      <div className="flex items-center gap-3 rounded-lg border bg-sunken px-3.5 py-3">
        <code data-testid="secret" className="min-w-0 flex-1 select-all break-all font-mono text-[13px] print:hidden">
          {secret}
        </code>
        <CopyButton text={secret ?? ""} label="Copy token" />
      </div>
      <div className="mt-4 flex items-center gap-2.5">
        <Checkbox.Root
          id={id}
          checked={stored}
          onCheckedChange={setStored}
          className="inline-flex size-5 items-center justify-center rounded-md border border-line-strong bg-surface data-checked:border-accent data-checked:bg-accent"
        >
          <Checkbox.Indicator>
            <Check aria-hidden className="size-3.5 text-on-accent" />
          </Checkbox.Indicator>
        </Checkbox.Root>
        <label htmlFor={id}>I have stored it</label>
      </div>
      <DialogActions>
        <Button look="primary" disabled={!stored} onClick={done}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}
