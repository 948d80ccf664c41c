import { api } from "@/app/api/handler";
import { decideHoldInput } from "@/lib/api/provisioning";
import { approveHold, liftHold, stopHold } from "@/lib/workspace/restore/hold";

const decide = { approve: approveHold, stop: stopHold, lift: liftHold };

export const POST = api("members:manage", decideHoldInput, ({ actor, params, input }) =>
  decide[input.decision](actor, params.id ?? ""),
);
