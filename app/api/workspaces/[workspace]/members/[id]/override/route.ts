import { api } from "@/app/api/handler";
import { overrideMember } from "@/lib/workspace/membership/managed";

export const POST = api("members:manage", null, ({ actor, params }) => overrideMember(actor, params.id ?? ""));
