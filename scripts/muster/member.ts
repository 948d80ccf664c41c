import { listPeople } from "@/lib/workspace/members/directory";
import { updateRole } from "@/lib/workspace/members/edit";
import { listMembers } from "@/lib/workspace/members/list";
import { CommandError, filled, noun, operator, prints, rows, workspaceVerb } from "@/scripts/command/command";

/** All matching members, read page by page. */
async function listAll(workspaceId: string, search: string | undefined) {
  const found: Awaited<ReturnType<typeof listMembers>>["members"] = [];
  for (let cursor: string | undefined, isMore = true; isMore; isMore = cursor !== undefined) {
    const page = await listMembers(workspaceId, { search, cursor, limit: 200 });
    found.push(...page.members);
    cursor = page.nextCursor ?? undefined;
  }
  return found;
}

const list = workspaceVerb("list", "list the members of a workspace")
  .option("--search <text>", "part of a name or an email address")
  .action(
    prints(
      async ({ search, ...options }) => {
        const members = await listAll((await operator(options)).workspaceId, search);
        const table = members.map(({ id, state, role, email, userName, name }) => [
          id,
          state,
          role,
          email ?? userName,
          name,
        ]);
        return { json: members, lines: rows(table) };
      },
      { seals: false },
    ),
  );

const makeAdmin = workspaceVerb("make-admin", "make a member an admin")
  .requiredOption("--email <email>", "the address that they sign in with", filled)
  .action(
    prints(async ({ email, ...options }) => {
      const actor = await operator(options);
      const [member] = (await listPeople(actor.workspaceId, { email, limit: 1 })).people;
      if (!member) throw new CommandError(`Nobody here has the address ${email}.`);
      await updateRole(actor, member.id, "admin");
      return { json: { id: member.id, role: "admin" }, lines: [`${member.email} is an admin.`] };
    }),
  );

export const member = noun("member", "members of a workspace").addCommand(list).addCommand(makeAdmin);
