"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type ReactNode, useEffect, useId } from "react";
import {
  type DefaultValues,
  type FieldValues,
  FormProvider,
  type Path,
  useController,
  useForm,
  useWatch,
} from "react-hook-form";
import { useTranslations } from "use-intl";
import type { ZodType } from "zod";
import { sizeErrors } from "@/lib/api/validation";
import { Button } from "./button";
import { DialogActions } from "./dialog";
import { ErrorNote } from "./error-note";

type Props<Input extends FieldValues> = {
  /** The contract of the form's route: client and server validate with the same one. */
  schema: ZodType<Input, Input>;
  defaultValues: DefaultValues<Input>;
  onSubmit: (input: Input) => void;
  /** The server's refusal; if it names a field, it is shown there. */
  error?: Error | null;
  className?: string;
  children: ReactNode;
};

/** A form that validates against a contract. */
export function Form<Input extends FieldValues>({
  schema,
  defaultValues,
  onSubmit,
  error,
  className = "space-y-4",
  children,
}: Props<Input>) {
  const form = useForm<Input>({ resolver: zodResolver(schema, { error: sizeErrors }), defaultValues });
  const { setError } = form;
  useEffect(() => {
    const { field } = (error ?? {}) as { field?: string };
    if (error && field) setError(field as Path<Input>, { message: error.message }, { shouldFocus: true });
  }, [error, setError]);
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={form.handleSubmit((input) => onSubmit(input))} className={className}>
        {children}
      </form>
    </FormProvider>
  );
}

/** A control of the surrounding form other than a text field: its children get the value and a function to change it. */
export function Control<Value>({
  name,
  children,
}: {
  name: string;
  children: (value: Value, change: (value: Value) => void) => ReactNode;
}) {
  const { field } = useController({ name });
  return children(field.value, field.onChange);
}

/** The save button of a form that stays open; it also confirms the save. */
export function SaveButton({ pending, saved }: { pending: boolean; saved: boolean }) {
  const t = useTranslations("common");
  return (
    <div className="flex items-center gap-3">
      <Button look="primary" type="submit" pending={pending}>
        {t("form.save")}
      </Button>
      <span role="status" className="text-good">
        {saved && !pending ? t("form.saved") : ""}
      </span>
    </div>
  );
}

type ActionsProps<Input> = {
  /** The label of the submit button. */
  action: string;
  /** Why it can't be submitted yet, given the form's values; null when it can. */
  why?: (input: Input) => string | null;
  mutation: { error: Error | null; isPending: boolean };
  onCancel: () => void;
};

/** The end of a form in a dialog: the server's refusal, why it can't be submitted yet, and the buttons. */
export function FormActions<Input extends FieldValues>({
  action,
  why: whyNot,
  mutation,
  onCancel,
}: ActionsProps<Input>) {
  const t = useTranslations("common");
  const id = useId();
  const input = useWatch() as Input;
  const why = whyNot?.(input) ?? null;
  return (
    <>
      <ErrorNote error={mutation.error} />
      <DialogActions>
        <p id={id} className="mr-auto self-center text-[13px] text-ink-faint">
          {why}
        </p>
        <Button onClick={onCancel}>{t("cancel")}</Button>
        <Button
          look="primary"
          type="submit"
          disabled={why !== null}
          aria-describedby={why === null ? undefined : id}
          pending={mutation.isPending}
        >
          {action}
        </Button>
      </DialogActions>
    </>
  );
}
