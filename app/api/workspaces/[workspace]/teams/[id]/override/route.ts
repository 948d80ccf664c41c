import { api } from "@/app/api/handler";
import { overrideTeam } from "@/lib/workspace/membership/managed";

export const POST = api("members:manage", null, ({ actor, params }) => overrideTeam(actor, params.id ?? ""));
