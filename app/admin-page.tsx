import type { ReactNode } from "react";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { requireAdmin } from "./access";
import { type Filled, Hydrate } from "./hydrate";

type Params = { workspace: string; id?: string };

/** The parameters of a settings page: its workspace's id and slug, and the id in its own URL. */
type For = { workspaceId: string; workspace: string; id: string };

type Settings = {
  title: string;
  /** A short description below the title. A page without it renders its own header. */
  lead?: string;
  /** Reads the initial data for the browser's queries. */
  load?: (page: For) => Promise<Filled[]>;
};

/** A page of the workspace settings. Members get a note on whom to ask instead. `title` must match the page's `metadata`. */
export function adminPage({ title, lead, load }: Settings, Content: (page: For) => ReactNode) {
  return async function AdminPage({ params }: { params: Promise<Params> }) {
    const { workspace, id = "" } = await params;
    const access = await requireAdmin(workspace);
    if (!access.allowed) return <AdminsOnly workspace={access.workspace.name} admins={access.admins} />;
    const page = { workspaceId: access.workspace.id, workspace, id };
    return (
      <Hydrate data={(await load?.(page)) ?? []}>
        {lead !== undefined && <PageHeader title={title}>{lead}</PageHeader>}
        <Content {...page} />
      </Hydrate>
    );
  };
}
