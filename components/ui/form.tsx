"use client";

import "@/lib/api/messages";
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
import type { ZodType } from "zod";
import { Button } from "./button";
import { DialogActions } from "./dialog";
import { ErrorNote } from "./error-note";

type Props<Input extends FieldValues> = {
  /** The contract of the route that the form is for: both check with the same one. */
  schema: ZodType<Input, Input>;
  defaultValues: DefaultValues<Input>;
  onSubmit: (input: Input) => void;
  /** A refusal of the server; one that names a field is shown there. */
  error?: Error | null;
  className?: string;
  children: ReactNode;
};

/** A form bound to a contract. */
export function Form<Input extends FieldValues>({
  schema,
  defaultValues,
  onSubmit,
  error,
  className = "space-y-4",
  children,
}: Props<Input>) {
  const form = useForm<Input>({ resolver: zodResolver(schema), defaultValues });
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

/** A control of the form around it that is more than a text field: its children get the value, and how to change it. */
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

/** The button that saves a form which stays open, and says when it has. */
export function SaveButton({ pending, saved }: { pending: boolean; saved: boolean }) {
  return (
    <div className="flex items-center gap-3">
      <Button look="primary" type="submit" pending={pending}>
        Save
      </Button>
      <span role="status" className="text-good">
        {saved && !pending ? "Saved" : ""}
      </span>
    </div>
  );
}

type ActionsProps<Input> = {
  /** What submitting does. */
  action: string;
  /** Why it can't be submitted yet, by the values of the form around it; null when it can. */
  why?: (input: Input) => string | null;
  mutation: { error: Error | null; isPending: boolean };
  onCancel: () => void;
};

/** The end of a form in a dialog: what the server refused, why it can't be sent yet, and the two ways out. */
export function FormActions<Input extends FieldValues>({
  action,
  why: whyNot,
  mutation,
  onCancel,
}: ActionsProps<Input>) {
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
        <Button onClick={onCancel}>Cancel</Button>
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
