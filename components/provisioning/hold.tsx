"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Time } from "@/components/ui/time";
import { decideHold, type HoldDecision, type HoldStatus, provisioningQuery } from "@/lib/api/provisioning";
import type { Translator } from "@/lib/messages/room";

/** A mass change that waits for a decision or was stopped: who is affected, and the choices (T08). */
export function Hold({ workspace, hold }: { workspace: string; hold: HoldStatus }) {
  const t = useTranslations("provisioning");
  const client = useQueryClient();
  const [decision, setDecision] = useState<HoldDecision>("stop");
  const [open, setOpen] = useState(false);
  const ask = (next: HoldDecision) => {
    setDecision(next);
    setOpen(true);
  };
  const run = async () => {
    await decideHold(workspace, hold.id, decision);
    await client.invalidateQueries({ queryKey: provisioningQuery(workspace).queryKey });
  };
  return (
    <section role="alert" aria-label={t("hold.label")} className="mb-8 rounded-xl bg-warn-soft px-5 py-4 text-warn">
      <h2 className="font-semibold text-[15px]">{t(hold.state === "open" ? "hold.openTitle" : "hold.stoppedTitle")}</h2>
      <p className="mt-1">
        {describeHold(hold, t)} {t.rich("hold.since", { time: () => <Time at={hold.openedAt} /> })}
      </p>
      {hold.people.length > 0 ? <HeldPeople hold={hold} /> : null}
      <div className="mt-4 flex flex-wrap gap-2">
        {hold.state === "open" ? (
          <>
            <Button onClick={() => ask("stop")}>{t("hold.action.stop")}</Button>
            <Button onClick={() => ask("approve")}>{t("hold.action.approve")}</Button>
          </>
        ) : (
          <Button onClick={() => ask("lift")}>{t("hold.action.lift")}</Button>
        )}
      </div>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={t(`hold.title.${decision}`)}
        action={t(`hold.action.${decision}`)}
        look={decision === "approve" ? "danger" : "primary"}
        run={run}
      >
        <p>{t(`hold.effect.${decision}`, { count: hold.total })}</p>
      </Confirm>
    </section>
  );
}

/** Explains what was held, and what stays refused until an admin decides. */
function describeHold({ state, counted: lost, total }: HoldStatus, t: Translator<"provisioning">): string {
  if (state !== "open") return t("hold.stopped");
  return total === 0 ? t("hold.withdrawn") : t("hold.open", { lost, waiting: total });
}

function HeldPeople({ hold }: { hold: HoldStatus }) {
  const t = useTranslations("provisioning");
  const [all, setAll] = useState(false);
  const visible = all ? hold.people : hold.people.slice(0, 8);
  const rest = hold.people.length - visible.length;
  return (
    <ul className="mt-3 divide-y divide-warn/20 border-warn/20 border-y text-[13px]">
      {visible.map(({ id, name, action, by }) => (
        <li key={id} className="flex justify-between gap-4 py-1.5">
          <span className="min-w-0 truncate">{name}</span>
          <span className="shrink-0">{t("hold.person", { action, by })}</span>
        </li>
      ))}
      {rest > 0 ? (
        <li>
          <button type="button" className="w-full py-1.5 text-left hover:underline" onClick={() => setAll(true)}>
            {t("hold.more", { count: rest })}
          </button>
        </li>
      ) : null}
      {hold.total > hold.people.length && rest === 0 ? (
        <li className="py-1.5">{t("hold.rest", { count: hold.total - hold.people.length })}</li>
      ) : null}
    </ul>
  );
}
