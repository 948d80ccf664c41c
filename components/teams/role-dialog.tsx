"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Confirm } from "@/components/ui/confirm";
import { ErrorNote } from "@/components/ui/error-note";
import { Skeleton } from "@/components/ui/section";
import { type TeamRole, type TeamRolePreview, type TeamRow, teamRolePreviewQuery } from "@/lib/api/teams";

type Props = {
  workspace: string;
  team: TeamRow;
  role: TeamRole;
  onClose: () => void;
  run: () => Promise<unknown>;
};

/** Says who gains and who loses the admin role, and then changes what the team gives. */
export function RoleDialog({ workspace, team, role, onClose, run }: Props) {
  const t = useTranslations("teams");
  const { data: preview, error } = useQuery(teamRolePreviewQuery(workspace, team.id, role));
  const takesOrGives = preview !== undefined && preview.gains.total + preview.loses.total > 0;
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={t(`role.question.${role ?? "none"}`, { team: team.name })}
      action={t("role.change")}
      look={takesOrGives ? "danger" : "primary"}
      isReady={preview !== undefined}
      run={run}
    >
      {preview ? <Preview preview={preview} /> : error ? null : <Skeleton className="h-16 w-full" />}
      {preview ? <p>{t(`role.later.${preview.isEffective ? (role ?? "none") : "off"}`)}</p> : null}
      <ErrorNote error={error} />
    </Confirm>
  );
}

const kinds = ["gains", "loses", "keeps", "notAllowed"] as const;

function Preview({ preview }: { preview: TeamRolePreview }) {
  const t = useTranslations("teams");
  const filled = kinds.filter((kind) => preview[kind].total > 0);
  if (filled.length === 0) return <p>{t("role.preview.nothing")}</p>;
  return (
    <>
      {filled.map((kind) => (
        <Concerned key={kind} title={t(`role.preview.${kind}`, { count: preview[kind].total })} {...preview[kind]} />
      ))}
      {preview.gains.total > 0 ? <p>{t("role.preview.gainsEffect")}</p> : null}
    </>
  );
}

function Concerned({ title, total, people }: TeamRolePreview["gains"] & { title: string }) {
  const t = useTranslations("teams");
  return (
    <div>
      <h3 className="font-medium text-ink">{title}</h3>
      <section
        aria-label={title}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1)
        tabIndex={0}
        className="mt-1.5 max-h-36 overflow-y-auto rounded-lg border bg-sunken px-3 py-2 text-[13px]"
      >
        <ul className="space-y-1">
          {people.map(({ id, name, email }) => (
            <li key={id} className="wrap-anywhere">
              <span className="font-medium text-ink">{name}</span>{" "}
              {email === null || email === name ? null : <span>{email}</span>}
            </li>
          ))}
          {total > people.length ? <li>{t("role.preview.more", { count: total - people.length })}</li> : null}
        </ul>
      </section>
    </div>
  );
}
