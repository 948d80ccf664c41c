import type { Env } from "@/lib/env";
import { serveMetrics } from "@/lib/metrics/serve";
import { StartError } from "./start-error";

/** Opens the port for metrics, if there is to be one. Throws StartError if it can't be used. */
export async function openMetricsPort({ MUSTER_METRICS_PORT: port, MUSTER_METRICS_HOST: host }: Env): Promise<void> {
  if (port === undefined) return;
  await serveMetrics(port, host).catch(({ code }: NodeJS.ErrnoException) => {
    const advice = "set MUSTER_METRICS_PORT to another one";
    throw new StartError(`Port ${port} for metrics can't be used on ${host} (${code}): ${advice}.`);
  });
}
