import type { ReactNode } from "react";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import type { Room } from "@/lib/messages/room";
import { translator } from "@/lib/messages/translator";
import { requireAdmin } from "./access";
import { type Filled, Hydrate } from "./hydrate";
import { TextsOf, type TitledPage } from "./texts";

type Params = { workspace: string; id?: string };

/** The parameters of a settings page: its workspace's id and slug, and the id in its own URL. */
type For = { workspaceId: string; workspace: string; id: string };

type Settings = {
  /** Its title and lead in the catalogue. A page without a lead renders its own header. */
  page: TitledPage;
  /** The rooms of the catalogue that its components use. */
  rooms: readonly Room[];
  /** Reads the initial data for the browser's queries. */
  load?: (page: For) => Promise<Filled[]>;
};

/** A page of the workspace settings. Members get a note on whom to ask instead. */
export function adminPage({ page, rooms, load }: Settings, Content: (page: For) => ReactNode) {
  return async function AdminPage({ params }: { params: Promise<Params> }) {
    const { workspace, id = "" } = await params;
    const access = await requireAdmin(workspace);
    if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
    const props = { workspaceId: access.workspace.id, workspace, id };
    return (
      <TextsOf rooms={rooms}>
        <Hydrate data={(await load?.(props)) ?? []}>
          <Header page={page} />
          <Content {...props} />
        </Hydrate>
      </TextsOf>
    );
  };
}

function Header({ page }: { page: TitledPage }) {
  const t = translator("pages");
  const lead = `${page}.lead` as "general.lead";
  return t.has(lead) ? <PageHeader title={t(`${page}.title`)}>{t(lead)}</PageHeader> : null;
}
