// npm run fuzz [times]: the hunts of npm test from new seeds, twenty times as long unless said otherwise: a million parser inputs.
// Only here does a case that failed join the corpus.
import { bin, checkNode, generate, install, run } from "./prepare.mjs";

checkNode();
install();
generate();
const times = Number(process.argv[2] ?? 20);
run(bin("vitest"), ["run", "fuzz", "histories", "--testTimeout=0", "--hookTimeout=0"], {
  env: { MUSTER_FUZZ: String(times) },
});
