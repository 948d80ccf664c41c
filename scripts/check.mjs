// npm run check: one command says yes or no.
import { bin, checkNode, generate, install, run } from "./prepare.mjs";

checkNode();
install();
generate();
run(bin("next"), ["typegen"], { quiet: true });
run(bin("biome"), ["ci", "."]);
run(bin("tsc"), ["--noEmit"]);
run(bin("knip"), []);
run(bin("vitest"), ["run"]);
