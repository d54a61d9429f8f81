export const RESOURCE_NAMES = ["memory", "memory_limit", "heap", "handles", "event_loop", "load"] as const;
/** What may press on the machine. */
export type ResourceName = (typeof RESOURCE_NAMES)[number];

/** What was measured of one resource: memory, heap and handles as shares, the event loop in milliseconds; greater is worse. */
export interface PressureReading {
  readonly name: ResourceName;
  readonly value: number;
  /** The same for people, as a clause: "93 % of 15.6 GiB of memory are in use". */
  readonly words?: string;
}

/** Measures some resources. What cannot be measured here is left out. */
export interface Probe {
  read(): readonly PressureReading[];
  /** Lets go of what measuring needs; it is not read afterwards. */
  stop?(): void;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

export function bytesInWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
