// npm run check: all checks in one command, which passes or fails.
import { bin, checkNode, generate, install, run } from "./prepare.mjs";

checkNode();
install();
generate();
run(bin("next"), ["typegen"], { quiet: true });
run(bin("biome"), ["ci", "."]);
run(bin("tsc"), ["--noEmit"]);
run(bin("knip"), []);
run(bin("vitest"), ["run"]);
