"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog, DialogActions } from "@/components/ui/dialog";

/** The secret, once. It lives in the state of the page alone, and a stray click does not lose it. */
export function WebhookSecret({ secret, onDone }: { secret: string | null; onDone: () => void }) {
  const [stored, setStored] = useState(false);
  const done = () => {
    setStored(false);
    onDone();
  };
  return (
    <Dialog
      open={secret !== null}
      onOpenChange={done}
      sticky
      title="Copy the signing secret now"
      description="It is shown this once. The receiver verifies with it that a delivery comes from here."
    >
      <div className="flex items-center gap-3 rounded-lg border bg-sunken px-3.5 py-3">
        <code data-testid="secret" className="min-w-0 flex-1 select-all break-all font-mono text-[13px] print:hidden">
          {secret}
        </code>
        <CopyButton text={secret ?? ""} label="Copy secret" />
      </div>
      <div className="mt-4">
        <Checkbox label="I have stored it" checked={stored} onChange={setStored} />
      </div>
      <DialogActions>
        <Button look="primary" disabled={!stored} onClick={done}>
          Done
        </Button>
      </DialogActions>
    </Dialog>
  );
}
