import { join } from "node:path";
import { residentMegabytes } from "@/bench/cost";
import { type Report, say, short } from "@/bench/report";
import { startProgram } from "@/bench/running";
import type { Stage } from "@/bench/stage";

/** From `npm start` on a built checkout to the first answer: with a new data folder, and with one that was used. */
export async function measureStart(stage: Stage, report: Report): Promise<void> {
  await (await stage.startMuster()).stop(); // builds, when the build is stale
  const settings = {
    HOST: "127.0.0.1",
    PORT: "0",
    DATABASE_URL: "",
    MUSTER_SECRET: "",
    MUSTER_DATA_DIR: join(stage.folder, "start"),
  };
  for (const data of ["a new data folder", "a used data folder", "a used data folder, again"]) {
    say(`npm start with ${data} …`);
    const started = performance.now();
    const muster = await startProgram(["npm", "start"], settings, /Muster runs at (\S+)\n(?:.*\n)*\n/);
    const answer = await fetch(`${muster.url}/readyz`);
    const seconds = (performance.now() - started) / 1000;
    await muster.stop();
    const isMet = answer.ok && seconds <= 5;
    report.add(`from npm start to serving, ${data}`, `${short(seconds)} s`, "≤ 5 s", isMet);
  }
  const server = await stage.startMuster();
  report.tell("memory of the server just started", `${short(residentMegabytes(server.pid).now)} MB`);
  await server.stop();
}
