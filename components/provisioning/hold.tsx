"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Time } from "@/components/ui/time";
import { decideHold, type HoldDecision, type HoldStatus, provisioningQuery } from "@/lib/api/provisioning";
import { counted } from "@/lib/format";

const questions: Record<HoldDecision, { title: string; action: string; look: "danger" | "primary"; text: string }> = {
  approve: {
    title: "Approve this change?",
    action: "Approve",
    look: "danger",
    text: "For the next 24 hours nothing is held. Who was wrong on the list can be restored for thirty days.",
  },
  stop: {
    title: "Stop this change?",
    action: "Stop",
    look: "primary",
    text: "The list is dropped and nobody on it is changed. Your identity provider is refused to suspend anybody until you lift the hold.",
  },
  lift: {
    title: "Lift the hold?",
    action: "Lift the hold",
    look: "primary",
    text: "Your identity provider may suspend people again. It is counted from now.",
  },
};

/** A mass change that waits for a decision or was stopped: who is affected, and the choices (T08). */
export function Hold({ workspace, hold }: { workspace: string; hold: HoldStatus }) {
  const client = useQueryClient();
  const [asked, setAsked] = useState<HoldDecision>("stop");
  const [open, setOpen] = useState(false);
  const ask = (decision: HoldDecision) => {
    setAsked(decision);
    setOpen(true);
  };
  const run = async () => {
    await decideHold(workspace, hold.id, asked);
    await client.invalidateQueries({ queryKey: provisioningQuery(workspace).queryKey });
  };
  const { title, action, look, text } = questions[asked];
  const question =
    asked === "approve" ? `${counted(hold.total, "person loses", "people lose")} access at once. ${text}` : text;
  return (
    <section role="alert" aria-label="Mass change held" className="mb-8 rounded-xl bg-warn-soft px-5 py-4 text-warn">
      <h2 className="font-semibold text-[15px]">
        {hold.state === "open" ? "A mass change is held" : "A mass change was stopped"}
      </h2>
      <p className="mt-1">
        {told(hold)} Since <Time at={hold.openedAt} />.
      </p>
      {hold.people.length > 0 ? <HeldPeople hold={hold} /> : null}
      <div className="mt-4 flex flex-wrap gap-2">
        {hold.state === "open" ? (
          <>
            <Button onClick={() => ask("stop")}>Stop</Button>
            <Button onClick={() => ask("approve")}>Approve</Button>
          </>
        ) : (
          <Button onClick={() => ask("lift")}>Lift the hold</Button>
        )}
      </div>
      <Confirm open={open} onOpenChange={setOpen} title={title} action={action} look={look} run={run}>
        <p>{question}</p>
      </Confirm>
    </section>
  );
}

/** Explains what was held, and what stays refused until an admin decides. */
function told({ state, counted: lost, total }: HoldStatus): string {
  if (state !== "open")
    return "Your identity provider is refused to suspend or remove anybody until you lift the hold.";
  if (total === 0)
    return "Your identity provider has taken back what it wanted. It stays refused to suspend or remove anybody until you decide.";
  const waiting = counted(total, "change waits", "changes wait");
  return `Your identity provider took access from ${counted(lost, "person", "people")} within an hour and wants to go on. ${waiting} for you.`;
}

const actions: Record<HoldStatus["people"][number]["action"], string> = {
  suspend: "Suspend",
  end: "Remove",
  move: "Change sign-in email",
  demote: "Remove admin role",
  team: "Change team",
};

function HeldPeople({ hold }: { hold: HoldStatus }) {
  const [all, setAll] = useState(false);
  const shown = all ? hold.people : hold.people.slice(0, 8);
  const rest = hold.people.length - shown.length;
  return (
    <ul className="mt-3 divide-y divide-warn/20 border-warn/20 border-y text-[13px]">
      {shown.map(({ id, name, action, by }) => (
        <li key={id} className="flex justify-between gap-4 py-1.5">
          <span className="min-w-0 truncate">{name}</span>
          <span className="shrink-0">
            {actions[action]}, by {by}
          </span>
        </li>
      ))}
      {rest > 0 ? (
        <li>
          <button type="button" className="w-full py-1.5 text-left hover:underline" onClick={() => setAll(true)}>
            Show {rest.toLocaleString("en")} more
          </button>
        </li>
      ) : null}
      {hold.total > hold.people.length && rest === 0 ? (
        <li className="py-1.5">and {(hold.total - hold.people.length).toLocaleString("en")} more</li>
      ) : null}
    </ul>
  );
}
