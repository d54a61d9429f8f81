/** The middle value; the mean of the two middle ones when there is an even number. `NaN` for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `12.3k`, `1.05M`, `833`: three significant digits. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value >= 1e6) return `${digits(value / 1e6)}M`;
  if (value >= 1e4) return `${digits(value / 1e3)}k`;
  return digits(value);
}

export function digits(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const places = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toFixed(places);
}

export function ratio(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(2)} x` : "-";
}

/** Median with the smallest and the largest, as `1.02 (0.98..1.31)`. */
export function spread(values: readonly number[], format: (value: number) => string = digits): string {
  if (values.length === 0) return "-";
  if (values.length === 1) return format(values[0]!);
  return `${format(median(values))} (${format(Math.min(...values))}..${format(Math.max(...values))})`;
}
