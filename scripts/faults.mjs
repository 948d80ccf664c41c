// npm run faults [names…] [--times 0.1]: injects faults into a built server while clients write to it, and reports lost writes.
import { build, checkNode, generate, install, run } from "./prepare.mjs";

checkNode();
install();
generate();
build();
run(process.execPath, ["--import", "tsx", "e2e/faults/main.ts", ...process.argv.slice(2)], {
  env: { MUSTER_FUZZ: "1" },
});
