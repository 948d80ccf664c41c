"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type ReactNode, useEffect } from "react";
import { type DefaultValues, type FieldValues, FormProvider, type Path, useForm } from "react-hook-form";
import type { ZodType } from "zod";
import { Button } from "./button";

type Props<Input extends FieldValues> = {
  /** The contract of the route that the form is for: both check with the same one. */
  schema: ZodType<Input, Input>;
  defaultValues: DefaultValues<Input>;
  onSubmit: (input: Input) => void;
  /** A refusal of the server; one that names a field is shown there. */
  error?: Error | null;
  children: ReactNode;
};

/** A form bound to a contract. */
export function Form<Input extends FieldValues>({ schema, defaultValues, onSubmit, error, children }: Props<Input>) {
  const form = useForm<Input>({ resolver: zodResolver(schema), defaultValues });
  const { setError } = form;
  useEffect(() => {
    const { field } = (error ?? {}) as { field?: string };
    if (error && field) setError(field as Path<Input>, { message: error.message }, { shouldFocus: true });
  }, [error, setError]);
  return (
    <FormProvider {...form}>
      <form noValidate onSubmit={form.handleSubmit((input) => onSubmit(input))} className="space-y-4">
        {children}
      </form>
    </FormProvider>
  );
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
