// npm start and npm run dev: prepares everything from a bare checkout, then runs the server in this process.
import { spawn } from "node:child_process";
import { build, checkNode, generate, install } from "./prepare.mjs";

checkNode();
install();
generate();
if (process.argv.includes("--dev")) {
  process.env.NODE_ENV = "development";
  const child = spawn(process.execPath, ["--import", "tsx", "server.ts", "--dev"], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
} else {
  process.env.NODE_ENV = "production";
  build();
  if (process.env.npm_lifecycle_event) stopWithParent();
  await import("../dist/server.mjs");
}

/** npm passes on its signals, but if it is killed outright, no signal arrives. */
function stopWithParent() {
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look); // a second signal would end the process at once
    process.kill(process.pid, "SIGTERM");
  }, 500).unref();
}
