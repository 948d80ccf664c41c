import type { ReactNode } from "react";
import { PageHeader } from "@/components/ui/section";
import { AdminsOnly } from "@/components/workspace/admins-only";
import { requireAdmin } from "./access";
import { type Filled, Hydrate } from "./hydrate";

type Params = { workspace: string; id?: string };

/** What a settings page is for: its workspace's id and slug, and the id in its own address. */
type For = { workspaceId: string; workspace: string; id: string };

type Settings = {
  title: string;
  /** What the page is about, below its title. A page without it draws a header of its own. */
  lead?: string;
  /** Reads what the browser's queries begin with. */
  load?: (page: For) => Promise<Filled[]>;
};

/** A page of the workspace settings. Admins get it; members learn whom to ask. `title` is also what `metadata` says. */
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
