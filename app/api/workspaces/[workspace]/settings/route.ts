import { api } from "@/app/api/handler";
import { updateSettingsInput } from "@/lib/api/settings";
import { findSettings, updateSettings } from "@/lib/workspace/workspaces/settings";

export const GET = api("workspace:manage", null, ({ workspaceId }) => findSettings(workspaceId));
export const PATCH = api("workspace:manage", updateSettingsInput, ({ actor, input }) => updateSettings(actor, input));
