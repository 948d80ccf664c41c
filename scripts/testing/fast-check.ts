import fc from "fast-check";
import { seedOfRun } from "./seeds";

// The one door to fast-check: whoever comes through it has the seed of the run.
fc.configureGlobal({ seed: seedOfRun() });

export default fc;
