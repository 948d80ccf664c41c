"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { History } from "@/components/history/history";
import { MemberMenu } from "@/components/members/member-menu";
import { stateTones } from "@/components/members/state-tones";
import { Badge } from "@/components/ui/badge";
import { CopyRow } from "@/components/ui/copy-button";
import { Fact, Facts } from "@/components/ui/facts";
import { Card, PageHeader, Section } from "@/components/ui/section";
import { Time } from "@/components/ui/time";
import { type MemberProfile, memberQuery } from "@/lib/api/members";
import { initials } from "@/lib/format";
import { MemberAttributes } from "./attributes";
import { MemberSessions } from "./sessions";

/** Everything about one person: who they are, what they may do and why, and what happened to them. */
export function Member({ workspace, id }: { workspace: string; id: string }) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const history = useTranslations("history");
  const { data: member } = useSuspenseQuery(memberQuery(workspace, id));
  return (
    <>
      <div className="flex gap-4">
        <span
          aria-hidden
          className="mt-0.5 hidden size-12 shrink-0 items-center justify-center rounded-full bg-sunken font-medium text-ink-soft sm:inline-flex"
        >
          {initials(member.name)}
        </span>
        <div className="min-w-0 flex-1">
          <PageHeader
            title={member.name}
            action={
              <div className="flex items-center gap-2">
                {member.role === "admin" ? <Badge tone="accent">{common("role.admin")}</Badge> : null}
                <Badge tone={stateTones[member.state]}>{t(`state.${member.state}`)}</Badge>
                {member.allowed.length > 0 || (member.reason && member.state !== "ended") ? (
                  <MemberMenu workspace={workspace} member={member} />
                ) : null}
              </div>
            }
          >
            {member.email ?? member.userName}
          </PageHeader>
        </div>
      </div>
      <Section title={t("page.about")}>
        <About workspace={workspace} member={member} />
      </Section>
      <Teams workspace={workspace} member={member} />
      <MemberSessions workspace={workspace} member={member} />
      <MemberAttributes member={member} />
      <Section title={history("title")} lead={history("lead")}>
        <History workspace={workspace} of={{ kind: "members", id }} />
      </Section>
    </>
  );
}

type Props = { workspace: string; member: MemberProfile };

function About({ workspace, member }: Props) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  const person = ({ id, name }: { id: string; name: string }) => (
    <Link key={id} href={`/${workspace}/settings/members/${id}`} className="underline underline-offset-4">
      {name}
    </Link>
  );
  return (
    <Card>
      <Facts>
        <Fact label={common("state")}>
          {t(`state.${member.state}`)}
          <When member={member} />
          {member.because ? <Why>{member.because}</Why> : null}
        </Fact>
        <Fact label={common("email")}>{member.email ?? t("page.noEmail")}</Fact>
        <Fact label={t("page.role")}>
          {common(`role.${member.role}`)}
          {member.roleFrom.map((sentence) => (
            <Why key={sentence}>{sentence}</Why>
          ))}
        </Fact>
        <Fact label={t("page.managed")}>
          {member.managedBy ? (
            <span className="inline-flex items-center gap-1.5">
              <Lock aria-hidden className="size-3.5" />
              {t(member.overrideUntil ? "overridden" : "managedBy", { connection: member.managedBy.name })}
            </span>
          ) : (
            t("page.notManaged")
          )}
        </Fact>
        <Fact label={t("page.seat")}>{t(member.hasSeat ? "page.hasSeat" : "page.noSeat")}</Fact>
        <Fact label={t("page.lastActive")}>
          {member.lastActiveAt ? <Time at={member.lastActiveAt} /> : t("page.never")}
        </Fact>
        {member.manager ? <Fact label={t("page.manager")}>{person(member.manager)}</Fact> : null}
        {member.reports.length > 0 ? (
          <Fact label={t("page.reports")}>
            <span className="flex flex-wrap gap-x-3 gap-y-1">
              {member.reports.map(person)}
              {member.reportCount > member.reports.length ? (
                <span className="text-ink-faint">
                  {t("page.moreReports", { count: member.reportCount - member.reports.length })}
                </span>
              ) : null}
            </span>
          </Fact>
        ) : null}
      </Facts>
      <div className="divide-y border-t px-5 py-1">
        <CopyRow wide label={t("page.id")} value={member.id} />
        <CopyRow wide label={t("page.userName")} value={member.userName} />
        {member.externalId ? <CopyRow wide label={t("page.externalId")} value={member.externalId} /> : null}
      </div>
    </Card>
  );
}

function Why({ children }: { children: ReactNode }) {
  return <p className="mt-0.5 text-[13px] text-ink-soft">{children}</p>;
}

/** Since when the state has lasted, or until when it does. */
function When({ member }: { member: MemberProfile }) {
  const t = useTranslations("members");
  const { state, suspendedAt, endedAt, inviteExpiresAt, joinedAt } = member;
  const at = { active: joinedAt, invited: inviteExpiresAt, suspended: suspendedAt, ended: endedAt }[state];
  if (!at) return null;
  const isOver = state === "invited" && at < new Date().toISOString();
  return (
    <span className="text-ink-faint">
      {" "}
      · {t.rich(isOver ? "page.when.expired" : `page.when.${state}`, { time: () => <Time at={at} /> })}
    </span>
  );
}

function Teams({ workspace, member }: Props) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  return (
    <Section title={t("page.teams")}>
      <Card>
        {member.memberOf.length === 0 ? <p className="px-5 py-4 text-ink-soft">{t("page.noTeams")}</p> : null}
        <ul className="divide-y">
          {member.memberOf.map((team) => (
            <li key={team.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-5 py-3">
              <Link
                href={`/${workspace}/settings/teams/${team.id}`}
                className="min-w-0 flex-1 basis-40 truncate font-medium underline-offset-4 hover:underline"
              >
                {team.name}
              </Link>
              {team.role === "admin" ? <Badge tone="accent">{common("role.admin")}</Badge> : null}
              <span className="text-[13px] text-ink-faint">
                {team.managedBy ? `${t("managedBy", { connection: team.managedBy })} · ` : ""}
                {t.rich("page.since", { time: () => <Time at={team.since} /> })}
              </span>
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  );
}
