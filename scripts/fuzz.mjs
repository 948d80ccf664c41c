// npm run fuzz [times]: runs the hunts of npm test with new seeds, twenty times as long by default: a million parser inputs. Only here do
// failed cases join the corpus.
import { bin, checkNode, generate, install, run } from "./prepare.mjs";

checkNode();
install();
generate();
const times = Number(process.argv[2] ?? 20);
run(bin("vitest"), ["run", "fuzz", "histories", "--testTimeout=0", "--hookTimeout=0"], {
  env: { MUSTER_FUZZ: String(times) },
});
