import { migrate } from "@/scripts/database/migrate";
import { openEmbeddedPostgres } from "@/scripts/embedded/postgres";
import { keptSecret } from "@/scripts/embedded/secret";

// Prepares a data folder as a server does before it is ready, in a separate process that can be killed. Prints "up" and stays until
// SIGTERM.

const folder = process.argv[2] ?? "";
const embedded = await openEmbeddedPostgres(folder);
const secret = keptSecret(folder);
await migrate(embedded.url);
process.stdout.write(`up ${secret}\n`);
process.on("SIGTERM", () => void embedded.release().then(() => process.exit(0)));
setInterval(() => {}, 60_000);
