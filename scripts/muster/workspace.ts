import { env } from "@/lib/env";
import { updateSettings } from "@/lib/workspace/workspaces/settings";
import { createWorkspace } from "@/lib/workspace/workspaces/workspaces";
import { filled, noun, onOrOff, operator, prints, verb, workspaceVerb } from "@/scripts/command/command";

function splitName(name: string): { firstName: string; lastName: string } {
  const [firstName = "", ...rest] = name.trim().split(/\s+/);
  return { firstName, lastName: rest.join(" ") };
}

const create = verb("create", "create a workspace and its first admin")
  .requiredOption("--name <name>", "as people read it", filled)
  .requiredOption("--slug <slug>", "its part of the URL", filled)
  .requiredOption("--admin-email <email>", "who signs in as its admin", filled)
  .option("--admin-name <name>", "first and last name of the admin", "")
  .action(
    prints(async ({ name, slug, adminEmail, adminName }) => {
      const workspace = await createWorkspace({ name, slug, adminEmail, ...splitName(adminName) }, "Operator");
      const url = `${env().MUSTER_URL}/${workspace.slug}/settings`;
      return { json: { id: workspace.id, slug: workspace.slug, url }, lines: [`Created ${name}: ${url}`] };
    }),
  );

const onOff = (isOn: boolean) => (isOn ? "on" : "off");

const set = workspaceVerb("set", "change what an identity provider may do in a workspace")
  .option("--plan <plan>", "what the workspace has bought")
  .option("--scim <on|off>", "provisioning by SCIM", onOrOff)
  .option("--strict <on|off>", "reject what the SCIM standard leaves open", onOrOff)
  .option("--grant-admin <on|off>", "let the identity provider make admins", onOrOff)
  .option("--hold <on|off>", "hold changes that take access from many people", onOrOff)
  .action(
    prints(async ({ plan, scim, strict, grantAdmin, hold, ...options }) => {
      const settings = await updateSettings(await operator(options), {
        plan,
        scimEnabled: scim,
        strictProfile: strict,
        scimMayGrantAdmin: grantAdmin,
        massChangeHold: hold,
      });
      const switches = [
        `SCIM ${onOff(settings.scimEnabled)}`,
        `strict profile ${onOff(settings.strictProfile)}`,
        `grants admin ${onOff(settings.scimMayGrantAdmin)}`,
        `mass-change hold ${onOff(settings.massChangeHold)}`,
      ];
      return { json: settings, lines: [`${settings.name}: plan ${settings.plan}, ${switches.join(", ")}`] };
    }),
  );

export const workspace = noun("workspace", "workspaces").addCommand(create).addCommand(set);
