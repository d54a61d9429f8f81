const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** What a duration looks like in a plan file. */
export const DURATION_PATTERN = /^([0-9]{1,12})(ms|s|m|h)$/;

/** Milliseconds of `250ms`, `90s`, `10m`, `2h`; `undefined` for anything else. */
export function durationMs(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) return undefined;
  // The pattern admits only keys of UNITS here.
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}
