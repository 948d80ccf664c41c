import { normaliseHost } from "@/lib/address";
import { addDomain, checkDomain, listDomains, trustDomain } from "@/lib/workspace/domains/domains";
import { CommandError, filled, noun, operator, prints, workspaceVerb } from "@/scripts/command/command";

async function findDomain(workspaceId: string, name: string) {
  const domain = (await listDomains(workspaceId)).find((row) => row.name === normaliseHost(name));
  if (!domain) throw new CommandError(`${name} is not on the list: add it first (domain add).`);
  return domain;
}

const withNote = (note: string | null | undefined) => (note ? [`Note: ${note}`] : []);

const add = workspaceVerb("add", "claim a domain and print the DNS record that proves it")
  .requiredOption("--domain <domain>", "such as example.com", filled)
  .action(
    prints(async ({ domain, ...options }) => {
      const { name, record, note } = await addDomain(await operator(options), domain);
      const lines = [`${record.fullName}  TXT  ${record.value}`, ...withNote(note)];
      return { json: { name, record, note }, lines };
    }),
  );

const verify = workspaceVerb("verify", "look for the DNS record of a domain now")
  .requiredOption("--domain <domain>", "such as example.com", filled)
  .option("--trust", "take the operator's word for it, without a record")
  .action(
    prints(async ({ domain: name, trust = false, ...options }) => {
      const actor = await operator(options);
      const { id } = await findDomain(actor.workspaceId, name);
      if (trust) await trustDomain(actor, name);
      else await checkDomain(actor, id);
      const domain = await findDomain(actor.workspaceId, name);
      if (!trust && domain.state !== "verified") process.exitCode = 1;
      const answer = domain.answer ? ` (${domain.answer.outcome})` : "";
      return { json: domain, lines: [`${domain.name}: ${domain.state}${answer}`, ...withNote(domain.note)] };
    }),
  );

export const domain = noun("domain", "email domains").addCommand(add).addCommand(verify);
