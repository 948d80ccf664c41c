"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, inputClass } from "@/components/ui/field";

/** How many seats automatic assignment may add in a month; empty means no cap. */
export function SeatCap({ cap, onChange }: { cap: number | null; onChange: (cap: number | null) => void }) {
  const [text, setText] = useState(cap === null ? "" : String(cap));
  const typed = text.trim();
  const wanted = typed === "" ? null : Number(typed);
  const isValid = wanted === null || (Number.isInteger(wanted) && wanted >= 0 && wanted <= 1_000_000);
  return (
    <form
      className="flex flex-wrap items-end gap-3 px-5 py-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid) onChange(wanted);
      }}
    >
      <div className="w-full max-w-64">
        <Field
          label="Seats it may add in a month"
          hint="Empty means as many as it takes."
          error={isValid ? undefined : "A whole number, or nothing."}
        >
          {(props) => (
            <input
              {...props}
              className={inputClass}
              inputMode="numeric"
              value={text}
              onChange={(event) => setText(event.target.value)}
              placeholder="No cap"
            />
          )}
        </Field>
      </div>
      <Button type="submit" className="sm:mb-6" disabled={!isValid || wanted === cap}>
        Save cap
      </Button>
    </form>
  );
}
