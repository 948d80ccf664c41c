"use client";

import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import { CopyRow } from "@/components/ui/copy-button";
import { Card, Section } from "@/components/ui/section";
import type { ProvisioningStatus } from "@/lib/api/provisioning";

export function SetupSteps({ workspace, status }: { workspace: string; status: ProvisioningStatus }) {
  const steps = [
    { done: status.verifiedDomains > 0, text: "Verify your e-mail domain", page: "security" },
    { done: false, text: "Make an access token with User Management: Read-write", page: "developers" },
  ];
  return (
    <Section
      title="Connect your identity provider"
      lead="Microsoft Entra, Okta and others add, update, suspend and group your members by themselves."
    >
      <Card className="divide-y">
        <ol>
          {steps.map(({ done, text, page }, index) => (
            <li key={page} className="flex items-center gap-3 px-5 py-3.5">
              <span className="inline-flex size-6 items-center justify-center rounded-full bg-sunken font-medium text-xs tabular-nums">
                {done ? "✓" : index + 1}
              </span>
              <Link
                href={`/${workspace}/settings/${page}`}
                className="font-medium underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                {text}
              </Link>
              {done ? <Badge tone="good">Done</Badge> : null}
            </li>
          ))}
          <li className="flex items-center gap-3 px-5 py-3.5">
            <span className="inline-flex size-6 items-center justify-center rounded-full bg-sunken font-medium text-xs tabular-nums">
              3
            </span>
            <span className="font-medium">Paste the token and this address into your identity provider</span>
          </li>
        </ol>
        <div className="px-5 py-1.5">
          <CopyRow label="Tenant URL" value={status.scimUrl} />
        </div>
      </Card>
    </Section>
  );
}
