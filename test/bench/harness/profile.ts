import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";

/**
 * With `SIGNALBOX_BENCH_PROFILE=FILE` in the environment, records where the raced part spends its time, as a `.cpuprofile`
 * for the browser's tools; a profiled time means nothing. Without it, does nothing.
 */
export async function startProfile(): Promise<() => Promise<void>> {
  const file = process.env["SIGNALBOX_BENCH_PROFILE"];
  if (file === undefined) return async () => {};
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  return async () => {
    const { profile } = await session.post("Profiler.stop");
    writeFileSync(file, JSON.stringify(profile));
    session.disconnect();
  };
}
