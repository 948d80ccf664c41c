"use client";

import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "./button";
import { DialogActions } from "./dialog";
import { ErrorNote } from "./error-note";
import { Field, inputClass } from "./field";
import { toast } from "./toasts";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** Describes what will be lost. */
  children: ReactNode;
  action: string;
  look?: "danger" | "primary";
  /** The text to type before confirming: the first is displayed, the others are accepted spellings. */
  typed?: readonly [string, ...string[]] | undefined;
  /** Whether what will be lost is known. */
  isReady?: boolean;
  run: () => Promise<unknown>;
  /** Says that it has worked. */
  done?: string | undefined;
  /** What the other button does, where "Cancel" would be ambiguous. */
  keep?: string | undefined;
};

/** Ignores case, surrounding blanks and how accents are encoded. */
const spelling = (text: string) => text.trim().normalize("NFC").toLowerCase();

/** Asks before a destructive action: states what is lost, focuses Cancel, and shows a refusal in the same dialog. */
export function Confirm(props: Props) {
  const {
    open,
    onOpenChange,
    title,
    children,
    action,
    look = "danger",
    typed,
    isReady = true,
    run,
    done,
    keep,
  } = props;
  const t = useTranslations("common");
  const [text, setText] = useState("");
  const isTyped = typed === undefined || typed.some((word) => spelling(word) === spelling(text));
  const cancel = useRef<HTMLButtonElement>(null);
  const mutation = useMutation({
    mutationFn: run,
    onSuccess: () => {
      if (done) toast(done);
      onOpenChange(false);
    },
  });
  const { reset } = mutation;
  useEffect(() => {
    if (open) reset(); // an earlier refusal was about something else
  }, [open, reset]);
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-black/35 dark:bg-black/60" />
        <AlertDialog.Popup
          initialFocus={cancel}
          className="fixed top-1/2 left-1/2 z-50 w-[calc(100vw-2rem)] max-h-[calc(100dvh-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-2xl border bg-surface p-6 shadow-lift"
        >
          <AlertDialog.Title className="font-semibold text-base">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="mt-2 space-y-2 text-ink-soft">
            {children}
          </AlertDialog.Description>
          {typed === undefined ? null : (
            <div className="mt-4">
              <Field label={t("confirm.typed", { text: typed[0] })}>
                {(props) => (
                  <input
                    {...props}
                    className={inputClass}
                    value={text}
                    onChange={(event) => setText(event.target.value)}
                    autoComplete="off"
                    autoCapitalize="none"
                    spellCheck={false}
                  />
                )}
              </Field>
            </div>
          )}
          <ErrorNote error={mutation.error} />
          <DialogActions>
            <Button ref={cancel} onClick={() => onOpenChange(false)}>
              {keep ?? t("cancel")}
            </Button>
            <Button
              look={look}
              disabled={!isTyped || !isReady}
              pending={mutation.isPending}
              onClick={() => mutation.mutate()}
            >
              {action}
            </Button>
          </DialogActions>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
