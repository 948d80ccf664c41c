"use client";

import { useFormState, useWatch } from "react-hook-form";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { NumberField } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { seatCapInput } from "@/lib/api/settings";

/** How many seats automatic assignment may add in a month; empty means no cap. */
export function SeatCap({ cap, onChange }: { cap: number | null; onChange: (cap: number | null) => void }) {
  const t = useTranslations("domains");
  return (
    <Form
      schema={seatCapInput}
      defaultValues={{ cap }}
      onSubmit={(input) => onChange(input.cap)}
      className="flex flex-wrap items-end gap-3 px-5 py-4"
    >
      <div className="w-full max-w-64">
        <NumberField
          name="cap"
          label={t("provisioning.seatCap.label")}
          hint={t("provisioning.seatCap.hint")}
          placeholder={t("provisioning.seatCap.placeholder")}
        />
      </div>
      <SaveCap cap={cap} />
    </Form>
  );
}

function SaveCap({ cap }: { cap: number | null }) {
  const t = useTranslations("domains");
  const { errors } = useFormState();
  const wanted = useWatch({ name: "cap" });
  return (
    <Button type="submit" className="sm:mb-6" disabled={errors.cap !== undefined || wanted === cap}>
      {t("provisioning.seatCap.save")}
    </Button>
  );
}
