"use client";

import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { History } from "@/components/history/history";
import { Confirm } from "@/components/ui/confirm";
import { MenuItem, MenuNote, RowMenu } from "@/components/ui/menu";
import { PageHeader } from "@/components/ui/section";
import { Tabs } from "@/components/ui/tabs";
import { Time } from "@/components/ui/time";
import { deleteTeam, overrideTeam, type TeamRow, teamListsKey, teamQuery, teamsKey } from "@/lib/api/teams";
import { NameTeam } from "./name-team";
import { TeamFacts } from "./team-facts";
import { TeamMembers } from "./team-members";

const parts = parseAsStringLiteral(["people", "history"]).withDefault("people").withOptions({ history: "push" });

/** One team: its members, its role, and the available actions. */
export function Team({ workspace, id }: { workspace: string; id: string }) {
  const t = useTranslations("teams");
  const history = useTranslations("history");
  const { data: team } = useSuspenseQuery(teamQuery(workspace, id));
  const [shown, setShown] = useQueryState("show", parts);
  const until = team.overrideUntil;
  return (
    <>
      <PageHeader title={team.name} action={<TeamMenu workspace={workspace} team={team} />}>
        {team.managedBy
          ? t("one.managed", { count: team.memberCount, connection: team.managedBy.name })
          : t("one.lead", { count: team.memberCount })}
        {until ? <> {t.rich("one.overridden", { time: () => <Time at={until} /> })}</> : null}
      </PageHeader>
      <TeamFacts workspace={workspace} team={team} />
      <Tabs
        label={t("page.sections")}
        value={shown}
        onChange={setShown}
        tabs={[
          {
            name: "people",
            label: t("people.title", { count: team.memberCount }),
            content: <TeamMembers workspace={workspace} team={team} />,
          },
          {
            name: "history",
            label: history("title"),
            content: (
              <>
                <p className="mb-3 max-w-2xl text-ink-soft">{history("lead")}</p>
                <History workspace={workspace} of={{ kind: "teams", id }} />
              </>
            ),
          },
        ]}
      />
    </>
  );
}

type Props = { workspace: string; team: TeamRow };

function TeamMenu({ workspace, team }: Props) {
  const t = useTranslations("teams");
  const common = useTranslations("common");
  const client = useQueryClient();
  const router = useRouter();
  const [dialog, setDialog] = useState<"rename" | "delete" | "override" | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: teamsKey(workspace) });
  const remove = async () => {
    await deleteTeam(workspace, team.id);
    router.push(`/${workspace}/settings/teams`);
    await client.invalidateQueries({ queryKey: teamListsKey(workspace) });
  };
  const open = (name: typeof dialog) => ({
    open: dialog === name,
    onOpenChange: (next: boolean) => setDialog(next ? name : null),
  });
  return (
    <>
      <RowMenu label={common("actionsFor", { name: team.name })}>
        {team.allowed.includes("rename") ? (
          <MenuItem onSelect={() => setDialog("rename")}>{t("name.rename")}</MenuItem>
        ) : null}
        {team.allowed.includes("override") ? (
          <MenuItem onSelect={() => setDialog("override")}>{t("override.action")}</MenuItem>
        ) : null}
        {team.allowed.includes("delete") ? (
          <MenuItem danger onSelect={() => setDialog("delete")}>
            {t("delete.action")}
          </MenuItem>
        ) : null}
        {team.managedBy ? <MenuNote>{t("one.managedNote", { connection: team.managedBy.name })}</MenuNote> : null}
      </RowMenu>
      {dialog === "rename" ? <NameTeam workspace={workspace} team={team} {...open("rename")} /> : null}
      <Confirm
        {...open("override")}
        title={t("override.title", { team: team.name })}
        action={t("override.action")}
        look="primary"
        run={() => overrideTeam(workspace, team.id).then(refresh)}
      >
        <p>{t("override.effect")}</p>
      </Confirm>
      <Confirm
        {...open("delete")}
        title={t("delete.title", { team: team.name })}
        action={t("delete.action")}
        run={remove}
      >
        <p>{t("delete.effect")}</p>
      </Confirm>
    </>
  );
}
