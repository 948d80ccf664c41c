import { disconnect } from "@/lib/workspace/access/connections";
import { listConnections } from "@/lib/workspace/access/find-connection";
import { CommandError, filled, noun, operator, prints, rows, workspaceVerb } from "@/scripts/command/command";

const list = workspaceVerb("list", "list the identity providers of a workspace").action(
  prints(
    async (options) => {
      const connections = await listConnections((await operator(options)).workspaceId);
      return { json: connections, lines: rows(connections.map(({ id, state, name }) => [id, state, name])) };
    },
    { seals: false },
  ),
);

const end = workspaceVerb("end", "disconnect an identity provider; nobody is suspended by it")
  .requiredOption("--connection <name>", "as connection list prints it", filled)
  .action(
    prints(async ({ connection, ...options }) => {
      const actor = await operator(options);
      const connected = (await listConnections(actor.workspaceId)).filter(({ state }) => state === "connected");
      const known = connected.find(({ name }) => name === connection);
      if (!known) throw new CommandError(`There is no connection named ${connection}.`);
      const freed = await disconnect(actor, known.id);
      return {
        json: freed,
        lines: [`Disconnected: ${freed.people} people and ${freed.teams} teams are managed in the app now.`],
      };
    }),
  );

export const connection = noun("connection", "identity providers").addCommand(list).addCommand(end);
