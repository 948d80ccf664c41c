import { Option } from "@commander-js/extra-typings";
import {
  declareSchemaExtension,
  listSchemaExtensions,
  removeSchemaExtension,
} from "@/lib/provisioning/resources/schema-extensions";
import { filled, jsonFile, noun, operator, prints, rows, workspaceVerb } from "@/scripts/command/command";

const set = workspaceVerb("set", "declare a schema extension, or change one")
  .requiredOption("--file <extension.json>", "the schema as RFC 7643 §7 writes it", jsonFile)
  .addOption(new Option("--type <type>", "what it extends").choices(["User", "Group"]).default("User" as const))
  .option("--required", "every resource must have it")
  .action(
    prints(async ({ file, type, required = false, ...options }) => {
      const declared = await declareSchemaExtension(await operator(options), type, file, required);
      const { schema, resourceType } = declared;
      return { json: declared, lines: [`${schema.id}: ${schema.attributes.length} attributes of ${resourceType}`] };
    }),
  );

const list = workspaceVerb("list", "list the schema extensions").action(
  prints(
    async (options) => {
      const declared = await listSchemaExtensions((await operator(options)).workspaceId);
      const table = declared.map(({ resourceType, schema }) => [
        schema.id,
        resourceType,
        schema.attributes.map(({ name }) => name).join(" "),
      ]);
      return { json: declared, lines: rows(table) };
    },
    { seals: false },
  ),
);

const remove = workspaceVerb("remove", "remove a schema extension, with every value of it")
  .requiredOption("--urn <urn>", "the id of its schema", filled)
  .action(
    prints(async ({ urn, ...options }) => {
      await removeSchemaExtension(await operator(options), urn);
      return { json: { removed: urn }, lines: ["Removed, with every value of it."] };
    }),
  );

export const schema = noun("schema", "attributes of a workspace's own")
  .addCommand(set)
  .addCommand(list)
  .addCommand(remove);
