import type { Json } from "../../../src/base/json.ts";
import type { Contender } from "./contender.ts";

/** Numbers that a variant wants to report beside time and memory. */
export type Extra = Readonly<Record<string, number | readonly number[]>>;

/** What `prepare` gives, which itself only makes the input and is not measured. */
export interface Prepared {
  /** Checks the input and builds what the contender keeps of it; measured by itself. */
  setup?(): Promise<void> | void;
  /** What is raced. */
  run(): Promise<Extra | void> | Extra | void;
  /** Called after measuring; frees files and processes. */
  close?(): Promise<void> | void;
}

export type Prepare = (params: VariantParams) => Promise<Prepared> | Prepared;

export type VariantParams = Readonly<Record<string, Json>>;

/** A contender that runs in a fresh Node process. `file` is a module in `variants/`, `export` the name of its `Prepare`. */
export interface Variant extends Contender {
  readonly file: string;
  readonly export: string;
  readonly params?: VariantParams;
  /** Largest size it can be asked for. */
  readonly sizeMax?: number;
}

/** One measurement of one variant in its own process. CPU time is of the whole process: all threads, GC and JIT included. */
export interface Measure {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly setupCpuMs: number;
  readonly setupWallMs: number;
  readonly rssMb: number;
  readonly peakRssMb: number;
  readonly extra: Extra;
}

export function numberParam(params: VariantParams, name: string): number {
  const value = params[name];
  if (typeof value !== "number")
    throw new Error(`variant parameter ${name}: expected a number, got ${JSON.stringify(value)}`);
  return value;
}

export function textParam(params: VariantParams, name: string): string {
  const value = params[name];
  if (typeof value !== "string")
    throw new Error(`variant parameter ${name}: expected a text, got ${JSON.stringify(value)}`);
  return value;
}
