/**
 * Runs one variant once and writes its measurement to file descriptor 3. A fresh process for each, because compiled
 * code and the heap of one variant would speed up or slow down the next.
 */
import { writeSync } from "node:fs";
import { startProfile } from "./profile.ts";
import type { Measure, Prepare, VariantParams } from "./variant.ts";

interface Mark {
  readonly cpuMs: number;
  readonly wallMs: number;
}

function mark(): Mark {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, wallMs: performance.now() };
}

async function main(file: string, name: string, params: VariantParams): Promise<void> {
  // The names come from the bench files beside this one.
  const variants = (await import(`../variants/${file}.ts`)) as Readonly<Record<string, Prepare | undefined>>;
  const prepare = variants[name];
  if (prepare === undefined) throw new Error(`variants/${file}.ts: expected an export ${name}, found none`);
  const prepared = await prepare(params);
  globalThis.gc?.();
  const loaded = mark();
  await prepared.setup?.();
  const ready = mark();
  globalThis.gc?.();
  const stopProfile = await startProfile();
  const start = mark();
  const extra = (await prepared.run()) ?? {};
  const end = mark();
  await stopProfile();
  const measure: Measure = {
    cpuMs: end.cpuMs - start.cpuMs,
    wallMs: end.wallMs - start.wallMs,
    setupWallMs: prepared.setup === undefined ? 0 : ready.wallMs - loaded.wallMs,
    setupCpuMs: prepared.setup === undefined ? 0 : ready.cpuMs - loaded.cpuMs,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    peakRssMb: process.resourceUsage().maxRSS / 2 ** 10,
    extra,
  };
  await prepared.close?.();
  writeSync(3, JSON.stringify(measure));
}

const [, , file = "", name = "", params = "{}"] = process.argv;
// Written by measureInChild as JSON of exactly this type.
await main(file, name, JSON.parse(params) as VariantParams);
process.exit(0);
