import { api } from "@/app/api/handler";
import { overrideTeam } from "@/lib/workspace/managed";

export const POST = api("members:manage", null, ({ actor, params }) => overrideTeam(actor, params.id ?? ""));
