"use client";

import { useTranslations } from "use-intl";
import { Card, Section } from "@/components/ui/section";
import type { MemberProfile } from "@/lib/api/members";

/** Every SCIM attribute, by the names of its schema. */
export function MemberAttributes({ member }: { member: Pick<MemberProfile, "schemas" | "managedBy"> }) {
  const t = useTranslations("members");
  return (
    <Section title={t("attributes.title")} lead={t(member.managedBy ? "attributes.lead" : "attributes.leadHere")}>
      <Card className="divide-y">
        {member.schemas.map((schema) => (
          <section key={schema.id} lang="en" aria-label={schema.name} className="px-5 py-3.5">
            <h3 className="break-all font-mono text-ink-faint text-xs">{schema.id}</h3>
            <dl className="mt-2 grid gap-x-6 gap-y-1.5 text-[13px] sm:grid-cols-[16rem_minmax(0,1fr)]">
              {schema.values.map(({ path, value }) => (
                <div key={path} className="contents">
                  <dt className="break-all font-mono text-ink-soft text-xs leading-5">{path}</dt>
                  <dd className="wrap-anywhere -mt-1 min-w-0 sm:mt-0">
                    <code className="font-sans">{value}</code>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </Card>
    </Section>
  );
}
