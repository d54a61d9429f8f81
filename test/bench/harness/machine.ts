import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** One line that says where and with what it was measured. The load is of the moment of printing. */
export function machineLine(): string {
  const processors = cpus();
  const load = loadavg()[0]?.toFixed(1) ?? "?";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const parts = [
    `node ${process.versions.node}`,
    `xstate ${installedVersion("xstate")}`,
    `sqlite ${process.versions["sqlite"] ?? "-"}`,
  ];
  return `${parts.join(", ")}; ${processors.length} x ${processors[0]?.model.trim() ?? "unknown processor"}, ${memory}, ${process.platform}; load ${load}`;
}

export function installedVersion(name: string): string {
  // `package.json` is the one file every package has, and its `version` the one field npm insists on.
  const manifest = require(`${name}/package.json`) as { readonly version: string };
  return manifest.version;
}

/** First line that a program prints for its version, or `undefined` when it is not installed. */
export function toolVersion(program: string, args: readonly string[] = ["--version"]): string | undefined {
  try {
    const text = execFileSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 20_000,
    });
    return text.split("\n")[0]?.trim();
  } catch {
    return undefined;
  }
}

/** Processor time of all ended and awaited descendants of this process, in ms (10 ms steps); `undefined` off Linux. */
export function descendantsCpuMs(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  // Fields 16 and 17 of proc(5), counted from the state field, which is the third.
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
