import fc from "fast-check";
import { seedOfRun } from "./seeds";

// Tests import fast-check only from here, so that all use the seed of the run.
fc.configureGlobal({ seed: seedOfRun() });

export default fc;
