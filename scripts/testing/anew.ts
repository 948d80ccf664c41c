import { vi } from "vitest";

// Files share a process, in which only packages stay loaded: each file loads Muster's modules anew, and begins with the settings and
// the clock that the process had.
const here = globalThis as { givenSettings?: NodeJS.ProcessEnv } & Record<string, unknown>;
here.givenSettings ??= { ...process.env };
for (const name of Object.keys(process.env)) if (!(name in here.givenSettings)) delete process.env[name];
Object.assign(process.env, here.givenSettings);
for (const name of Object.keys(here)) if (name.startsWith("muster")) delete here[name];
vi.useRealTimers();
vi.resetModules();
