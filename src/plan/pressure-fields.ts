import { PRESSURE_DEFAULTS } from "../resources/defaults.ts";
import type { Field } from "./field.ts";

/** From when on a run holds new items back. */
export const PRESSURE_FIELDS: readonly Field[] = [
  {
    name: "memory",
    kind: { is: "number", min: 0.01, max: 1 },
    default: "0.9 of the machine's, 0.8 of a container's and of Node's heap",
    description: "Share of the memory that is in use: of the machine, of a container or service, of Node's heap.",
    example: 0.9,
  },
  {
    name: "handles",
    kind: { is: "number", min: 0.01, max: 1 },
    default: "0.8",
    defaultValue: PRESSURE_DEFAULTS.handles.raise,
    description: "Share of the file handles that Signalbox may open.",
    example: 0.8,
  },
  {
    name: "eventLoopDelay",
    kind: { is: "duration", minMs: 1 },
    default: "500ms",
    defaultValue: "500ms",
    description: "For how long Signalbox itself was held up at worst since the last look.",
    example: "500ms",
  },
  {
    name: "loadPerProcessor",
    kind: { is: "number", min: 0.1, max: 1_000 },
    default: "not watched",
    description: "Load average of one minute, for each processor.",
    example: 2,
  },
  {
    name: "sample",
    kind: { is: "duration", minMs: 10 },
    default: "1s",
    defaultValue: "1s",
    description: "Time between two looks.",
    example: "1s",
  },
];
