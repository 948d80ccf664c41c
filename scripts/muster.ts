import { lineOf } from "./command/error";
import { program } from "./command/program";

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${lineOf(error)}\n`);
  process.exit(1);
});
