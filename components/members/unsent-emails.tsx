"use client";

import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/error-note";
import { Card, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { sendEmailAgain, type UnsentEmail, unsentEmailsQuery } from "@/lib/api/unsent-emails";
import { counted } from "@/lib/format";

const first = 5;

/** The workspace's unsent emails, each with its reason and a way to send it again. Renders nothing when there are none. */
export function UnsentEmails({ workspace }: { workspace: string }) {
  const { data } = useSuspenseQuery(unsentEmailsQuery(workspace));
  const [all, setAll] = useState(false);
  const { emails, total, waiting } = data;
  return (
    <>
      {waiting ? (
        <p role="status" className="mb-6 rounded-xl bg-warn-soft px-5 py-3.5 text-warn">
          {counted(waiting.count, "email is", "emails are")} waiting because the mail server can't be reached (noticed{" "}
          <Time at={waiting.since} />
          ). Muster keeps trying for three days.
        </p>
      ) : null}
      {total > 0 ? (
        <Section
          title="Emails that weren't sent"
          lead="Kept for 30 days. Check the address, or ask your operator about the mail server, then send again."
        >
          <Card className="divide-y">
            {(all ? emails : emails.slice(0, first)).map((email) => (
              <UnsentItem key={email.id} workspace={workspace} email={email} />
            ))}
            {emails.length > first && !all ? (
              <button
                type="button"
                className="w-full px-5 py-2.5 text-left text-[13px] text-ink-soft hover:bg-hover"
                onClick={() => setAll(true)}
              >
                Show all {emails.length.toLocaleString("en")}
              </button>
            ) : null}
            {all && total > emails.length ? (
              <p className="px-5 py-2.5 text-[13px] text-ink-soft">
                And {counted(total - emails.length, "older one", "older ones")}.
              </p>
            ) : null}
          </Card>
        </Section>
      ) : null}
    </>
  );
}

const subjects: Record<string, string> = {
  invite: "Invite",
  added: "Added to the workspace",
  welcome: "New account",
  suspended: "Access ended",
  reactivated: "Access restored",
  admin_granted: "New admin",
  address_changed: "Sign-in email changed",
  address_confirm: "Confirm new sign-in email",
  address_change_asked: "Sign-in email change requested",
  address_moved: "Sign-in email changed",
  provider_linked: "Sign-in provider connected",
  provider_removed: "Sign-in provider removed",
  access_given: "New access",
  access_left: "Access left behind",
  token_expiring: "Access token expires soon",
  token_expired: "Access token expired",
  hold_opened: "Mass change held",
  webhook_disabled: "Webhook turned off",
  seat_added: "Seat added",
  seats_used: "Seats used",
  domain_verified: "Domain verified",
  domain_warning: "Domain warning",
  domain_lapsed: "Domain lapsed",
};

function UnsentItem({ workspace, email }: { workspace: string; email: UnsentEmail }) {
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => sendEmailAgain(workspace, email.id),
    onSuccess: () => client.invalidateQueries({ queryKey: unsentEmailsQuery(workspace).queryKey }),
  });
  return (
    <div className="px-5 py-2.5">
      <div className="flex items-center gap-3">
        <span className="min-w-0 flex-1">
          <span className="wrap-anywhere block font-medium">{email.to}</span>
          <span className="wrap-anywhere block text-[13px] text-ink-faint">
            {subjects[email.kind] ?? "Email"} · <Time at={email.at} /> · {email.reason}
          </span>
        </span>
        {email.canBeSent ? (
          <Button
            size="small"
            pending={again.isPending}
            aria-label={`Send again to ${email.to}`}
            onClick={() => again.mutate()}
          >
            Send again
          </Button>
        ) : (
          <span className="text-[13px] text-ink-faint">Link expired</span>
        )}
      </div>
      <ErrorNote error={again.error} />
    </div>
  );
}
